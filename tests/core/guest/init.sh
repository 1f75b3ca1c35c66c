#!/bin/busybox sh
# The guest's only program. What the kernel reports goes to the console (serial.txt), what is read from its files to
# the second serial port (traces.txt), each part under a line "#### NAME".
busybox=/bin/busybox
tracing=/sys/kernel/tracing
traces=/dev/ttyS1

say() { echo "#### $1" >$traces; }
provoke() {
    echo "symline guest: $1" >/dev/kmsg
    $busybox sh -c "echo $1 > /proc/symline_faults" 2>/dev/null
}
# Waits until the kernel has reported something: how soon that is depends on the host.
await() {
    tries=300
    until $busybox dmesg | $busybox grep -q "$1"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return
        $busybox sleep 0.2
    done
}
# Ordinary system calls, to be traced.
work() { $busybox ls /proc >/dev/null; $busybox cat /proc/version >/dev/null; $busybox true | $busybox cat; }
show_trace() {
    say "$1"
    $busybox head -n "${2:-150}" $tracing/trace >$traces
    echo nop >$tracing/current_tracer
    echo >$tracing/trace
}

$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t tracefs tracefs $tracing
$busybox stty -F $traces raw -echo
echo 7 >/proc/sys/kernel/printk
for module in /*.ko; do $busybox insmod "$module"; done
$busybox sleep 1000 &

# The kernel as it runs: its symbols' home is System.map, a module's the address of its sections.
say sections
for module in /sys/module/*/sections; do
    for section in "$module"/.text* "$module"/.init.text "$module"/.exit.text; do
        [ ! -f "$section" ] || echo "$section:$($busybox cat "$section")" >$traces
    done
done

# Warnings, a task that waits for ever and a processor that does not come back; after an oops the kernel no longer looks
# for these.
if [ -e /proc/symline_faults ]; then
    echo 1 >/proc/sys/kernel/hung_task_timeout_secs
    echo 1 >/proc/sys/kernel/watchdog_thresh
    for word in warn stack; do provoke $word; done
    provoke timer
    await "symline guest warns in a timer"
    provoke interrupt
    await "symline guest warns in an interrupt"
    provoke wait
    provoke spin
    await "BUG: soft lockup"
    await "blocked for more than"
    echo 0 >/proc/sys/kernel/hung_task_timeout_secs
    echo 10 >/proc/sys/kernel/watchdog_thresh
fi
$busybox dd if=/dev/zero of=/dev/null bs=1M 2>/dev/null &
busy=$!
$busybox sleep 0.2
for key in l w t q; do
    echo $key >/proc/sysrq-trigger
done
kill $busy

say proc_stack
for process in /proc/[0-9]*; do
    { echo "$process"; $busybox cat "$process/stack"; } >$traces
done
say vmallocinfo
$busybox cat /proc/vmallocinfo >$traces

# Few functions are traced: without KVM each one costs milliseconds.
cd $tracing || exit
echo 1 >options/sym-offset
for filter in vfs_read vfs_open do_exit pipe_write kmem_cache_free; do
    echo $filter >>set_ftrace_filter
done
echo 1 >options/func_stack_trace
echo function >current_tracer
work
echo 0 >options/func_stack_trace
show_trace function
echo function >current_tracer
work
echo 1 >options/sym-addr
show_trace function_addresses 60
echo 0 >options/sym-addr
echo function_graph >current_tracer
work
show_trace function_graph 60
echo 1 >options/stacktrace
echo 1 >events/sched/sched_switch/enable
work
echo 0 >events/sched/sched_switch/enable
echo 0 >options/stacktrace
show_trace event_stacks
echo stacktrace >events/sched/sched_process_exec/trigger
work
echo '!stacktrace' >events/sched/sched_process_exec/trigger
show_trace trigger
echo 'p:symline_open vfs_open' >kprobe_events
echo 'r:symline_read vfs_read' >>kprobe_events
echo 1 >events/kprobes/enable
work
echo 0 >events/kprobes/enable
show_trace kprobes 60
echo >kprobe_events
echo 'hist:keys=stacktrace:sort=hitcount' >events/kmem/kmem_cache_free/trigger
work
say hist
$busybox head -n 150 events/kmem/kmem_cache_free/hist >$traces
echo '!hist:keys=stacktrace:sort=hitcount' >events/kmem/kmem_cache_free/trigger
echo vfs_read >stack_trace_filter
echo kmem_cache_free >>stack_trace_filter
echo 1 >/proc/sys/kernel/stack_tracer_enabled
work
echo 0 >/proc/sys/kernel/stack_tracer_enabled
say stack_trace
$busybox cat stack_trace >$traces
say end
# Setting up a line waits until what was written to it is sent, which a panic would keep it from.
$busybox stty -F $traces raw -echo

[ ! -e /proc/symline_faults ] ||
    for word in atomic null protection divide bug noreturn jump list; do provoke $word; done
echo "symline guest: about to crash" >/dev/kmsg
echo c >/proc/sysrq-trigger
