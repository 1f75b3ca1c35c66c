// Faults, warnings and waits in a module: each word that is written to /proc/symline_faults makes one report. The line
// on which it happens is marked "fault: WORD", so that a test knows it without a symbolizer.
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

static int *volatile nowhere;
static int *volatile non_canonical = (int *)0x00dead0000000000;
static void (*volatile no_function)(void);
static volatile int zero;

static __always_inline void store(int *volatile *place, int value)
{
	**place = value; // fault: null
}

static noinline void null_store(int value)
{
	store(&nowhere, value);
	zero = 0;
}

static noinline int protection(void)
{
	return *non_canonical + 1; // fault: protection
}

static noinline int divide(void)
{
	return (int)jiffies / zero; // fault: divide
}

static noinline void bug(void)
{
	BUG_ON(!zero); // fault: bug
}

static noinline void warn(const char *where)
{
	WARN(1, "symline guest warns in %s\n", where); // fault: warn
	zero = 0;
}

// The call is the last instruction: what it pushes is the address of whatever follows the function.
static noinline void __noreturn give_up(void)
{
	BUG(); // fault: noreturn
}

static noinline void no_return(int value)
{
	if (!value)
		give_up();
	zero = 0;
}

static noinline void jump_to_null(void)
{
	no_function();
	zero = 0;
}

static noinline void corrupt_list(void)
{
	LIST_HEAD(list);
	struct list_head entry;

	list.next = &entry;
	entry.prev = NULL;
	list_add(&entry, &list);
	zero = 0;
}

static noinline void sleep_in_atomic(void)
{
	preempt_disable();
	msleep(1);
	preempt_enable();
}

// Until the watchdog has reported it.
static noinline void spin(void)
{
	unsigned long end = jiffies + 120 * HZ;

	while (!test_taint(TAINT_SOFTLOCKUP) && time_before(jiffies, end))
		cpu_relax();
}

static void on_timer(struct timer_list *timer)
{
	warn("a timer");
	zero = 0;
}

static void on_interrupt(struct irq_work *work)
{
	warn("an interrupt");
	zero = 0;
}

static DEFINE_TIMER(timer, on_timer);
static struct irq_work interrupt = IRQ_WORK_INIT_HARD(on_interrupt);

static noinline void wait_for_ever(void)
{
	while (!kthread_should_stop()) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
}

static int waiting_thread(void *unused)
{
	wait_for_ever();
	return zero;
}

static noinline void provoke(const char *word)
{
	if (!strcmp(word, "null"))
		null_store(1);
	else if (!strcmp(word, "protection"))
		zero = protection();
	else if (!strcmp(word, "divide"))
		zero = divide();
	else if (!strcmp(word, "bug"))
		bug();
	else if (!strcmp(word, "warn"))
		warn("a system call");
	else if (!strcmp(word, "noreturn"))
		no_return(zero);
	else if (!strcmp(word, "jump"))
		jump_to_null();
	else if (!strcmp(word, "list"))
		corrupt_list();
	else if (!strcmp(word, "atomic"))
		sleep_in_atomic();
	else if (!strcmp(word, "spin"))
		spin();
	else if (!strcmp(word, "stack"))
		dump_stack();
	else if (!strcmp(word, "timer"))
		mod_timer(&timer, jiffies + 1);
	else if (!strcmp(word, "interrupt"))
		irq_work_queue(&interrupt);
	else if (!strcmp(word, "wait"))
		kthread_run(waiting_thread, NULL, "symline wait:1");
}

static ssize_t faults_write(struct file *file, const char __user *text, size_t size, loff_t *position)
{
	char word[16] = "";

	if (size >= sizeof(word) || copy_from_user(word, text, size))
		return -EINVAL;
	provoke(strim(word));
	return size;
}

static const struct proc_ops faults_operations = {.proc_write = faults_write};

static int __init faults_init(void)
{
	WARN_ON(!zero); // fault: init
	return proc_create("symline_faults", 0200, NULL, &faults_operations) ? 0 : -ENOMEM;
}

module_init(faults_init);
MODULE_DESCRIPTION("Faults whose lines are known");
MODULE_LICENSE("GPL");
