#!/usr/bin/env python3
"""Living processes, as `symline core --pid` shows them: beside eu-stack and gdb where these are installed, and left as they were.

usage: living.py SYMLINE_PROGRAMS
"""
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys

import cores
import peer_stacks
from cores import check, comes_to, flat, in_order, living, names, ours, report, report_on, run, state_of
from peer_stacks import compare_process

X86_64 = os.uname().machine == "x86_64"
ROOT = os.getuid() == 0
NOBODY = 65534


def built(folder, name, source, *flags):
    """Optimised, without anything of cores.Program but the path."""
    path = os.path.join(folder, name)
    with open(path + ".c", "w") as file:
        file.write(source)
    subprocess.run(["gcc", "-g", "-O2", "-o", path, path + ".c", *flags], check=True)
    return path


# ---- as it is

def resting(folder):
    program = cores.Program(folder, "resting", """#include <unistd.h>
__attribute__((noinline)) void rest(void) { sleep(1000); /*rest*/ }
int main(void) { for (;;) rest(); /*main*/ return 0; }
""")
    with living([program.path]) as process:
        thread = report_on(process)["threads"][0]
        lines = [each[:2] for each in flat(thread) if each[0] in ("rest", "main")]
        check(lines == [("rest", program.line("rest")), ("main", program.line("main"))], f"resting: {flat(thread)}")
        pc = [hex(int(each["pc"], 16) - 1) for each in thread["frames"] if each["frames"] and each["frames"][-1]["function"] == "rest"]
        answer = run(ours("symline-addr2line"), "--pid", str(process.pid), *pc).stdout.strip()
        check(answer == f"{program.source}:{program.line('rest')}", f"symline-addr2line --pid: {answer}")
        check(state_of(process.pid) == "S", "resting: it goes on sleeping")
        compare_process("resting", process)


def threads(folder):
    program = built(folder, "threads", """#include <pthread.h>
#include <unistd.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
__attribute__((noinline)) void wait_for(void) { pthread_mutex_lock(&mutex); pthread_cond_wait(&condition, &mutex); }
__attribute__((noinline)) void rest(void) { for (;;) pause(); }
static void *work(void *p) { if (p) wait_for(); else rest(); return 0; }
int main(void) {
    for (long i = 0; i < 500; i++) { pthread_t id; pthread_create(&id, 0, work, (void *)(i % 2)); }
    rest();
}
""", "-pthread")
    with living([program]) as process:
        found = report_on(process)
        check(len(found["threads"]) == 501, f"500 threads: {len(found['threads'])}")
        check(all(names(found, each)[1 - each % 2:] for each in range(501)), "500 threads: one has no frames")
        # gdb reads all debug information for each.
        compare_process("500 threads", process, without=["gdb"])


def other_stacks(folder):
    """A handler on a stack of its own, the thread's below it; a stack of 20 MB."""
    program = cores.Program(folder, "altstack", """#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void handler(int s) { (void)s; for (;;) pause(); /*handler*/ }
__attribute__((noinline)) void deep(int n) {
    volatile char b[64]; memset((void *)b, n, 64);
    if (n == 0) raise(SIGUSR1); /*raise*/
    else deep(n - 1);
    b[0]++;
}
int main(void) {
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, 0);
    sigaction(SIGUSR1, &action, 0);
    deep(5); /*main*/
    return 0;
}
""")
    with living([program.path]) as process:
        found = report_on(process)
        compare_process("handler on its own stack", process)
    shown = names(found)
    check(shown.count("deep") == 6 and "handler" in shown and "main" in shown, f"handler on its own stack: {shown}")
    check("stopped" not in found["threads"][0], f"handler on its own stack: {found['threads'][0].get('stopped')}")

    program = cores.Program(folder, "deepstack", """#include <pthread.h>
#include <unistd.h>
__attribute__((noinline)) int recurse(int n) {
    volatile char b[4096]; b[0] = n;
    if (n == 0) for (;;) pause();
    return recurse(n - 1) + b[0];
}
static void *thread(void *a) { recurse(5000); return a; }
int main(void) {
    pthread_attr_t attributes; pthread_t id;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256UL << 20);
    pthread_create(&id, &attributes, thread, 0);
    pthread_join(id, 0);
    return 0;
}
""", ["-pthread"])
    with living([program.path]) as process:
        shown = names(report_on(process), 1)
        compare_process("a stack of 20 MB", process)
    check(shown.count("recurse") == 5001 and "thread" in shown, f"a stack of 20 MB: {len(shown)} frames")


# ---- its files

PLUG = """__attribute__((noinline)) void plug_inner(void (*f)(void)) { f(); __asm__ volatile(""); }
void plug(void (*f)(void)) { plug_inner(f); __asm__ volatile(""); }
"""
LOADER = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
static void rest(void) { if (getenv("CRASHES")) abort(); for (;;) pause(); }
/* The same file, without a name. */
static char *copied(const char *path) {
    static char name[64], bytes[1 << 20];
    int from = open(path, O_RDONLY), to = memfd_create("plug", 0);
    ssize_t count;
    while ((count = read(from, bytes, sizeof bytes)) > 0) if (write(to, bytes, count) != count) abort();
    snprintf(name, sizeof name, "/proc/self/fd/%d", to);
    return name;
}
int main(int argc, char **argv) {
    if (argc > 3) return execv(copied(argv[0]), (char *[]){argv[0], argv[1], argv[2], 0});
    if (argv[2][0] == 'u') prctl(PR_SET_DUMPABLE, 0);
    void *library = dlopen(argv[2][0] == 'm' ? copied(argv[1]) : argv[1], RTLD_NOW);
    void (*plug)(void (*)(void)) = (void (*)(void (*)(void)))dlsym(library, "plug");
    plug(rest);
    return 0;
}
"""
PLUGGED = ["rest", "plug_inner", "plug", "main"]


def loader(folder, name):
    library = os.path.join(folder, name + ".so")
    with open(library + ".c", "w") as file:
        file.write(PLUG)
    subprocess.run(["gcc", "-g", "-O2", "-shared", "-fPIC", "-o", library, library + ".c"], check=True)
    return built(folder, name, LOADER), library


def deleted_files(folder):
    """What cannot be opened by its name any more is opened by the process's own references, or made from its memory."""
    program, library = loader(folder, "deleted")
    os.rename(program, program + ".first")
    shutil.copy(program + ".first", program)
    with living([program, library, "file"]) as process:
        os.remove(library)
        os.remove(program)
        shutil.copy("/bin/true", program)
        check(in_order(PLUGGED if ROOT else PLUGGED[1:3], names(report_on(process))), f"deleted: {names(report_on(process))}")
        compare_process("deleted", process, without=[] if ROOT else ["eu-stack", "gdb"])
        core = cores.core_of_process(process, program + ".core")
    # gdb's core has what was in memory of a library that is gone; the program lies under another name.
    found = report(core, program + ".first")
    check(in_order(PLUGGED, names(found)), f"a core after that: {names(found)}, {cores.misses(found)}")


def files_without_name(folder):
    """Of a memfd there is no path at all."""
    program, library = loader(folder, "unnamed")
    for how, what in ((["memory"], "library in a memfd"), (["file", "again"], "program in a memfd"), (["memory", "again"], "both")):
        with living([program, library, *how]) as process:
            found = report_on(process)
            check(in_order(PLUGGED if ROOT else ["plug_inner", "plug"], names(found)), f"{what}: {names(found)}")
            # gdb opens /proc/self/fd/3 as its own, a pipe, and waits for it.
            compare_process(what, process, without=["gdb"] if ROOT else ["eu-stack", "gdb"])
        core = cores.kernel_core(folder, "env", "CRASHES=yes", program, library, *how)
        if core:
            found = report(core)
            # The kernel dumps no code that lies in a file, as this does for it.
            check(how[1:] or in_order(["rest", "main"], names(found)), f"a core, {what}: {names(found)}")
            peer_stacks.compare_core(f"a core, {what}", program, core, without=["gdb"])


def other_root(folder):
    """In a chroot, and in a mount namespace where the paths are other files."""
    if not ROOT:
        print("only root may change the root: that is not tried")
        return
    program = built(folder, "chrooted", """#define _GNU_SOURCE
#include <unistd.h>
__attribute__((noinline)) static void serve(void) { for (;;) sleep(100); }
int main(int argc, char **argv) {
    if (chroot(argv[1]) || chdir("/")) return 1;
    serve();
    return argc;
}
""")
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    with living([program, empty]) as process:
        shown = names(report_on(process))
        check(in_order(["serve", "main", "_start"], shown) and len(shown) == 8, f"in a chroot: {shown}")
        compare_process("in a chroot", process)

    if shutil.which("unshare") is None or run("unshare", "-m", "true").returncode != 0:
        print("no namespaces here: they are not tried")
        return
    program, library = loader(folder, "elsewhere")
    room = os.path.join(folder, "room")
    os.mkdir(room)
    inside, plug = os.path.join(room, "program"), os.path.join(room, "plug.so")
    for name in (inside, plug):
        shutil.copy("/bin/true", name)
    script = 'mount -t tmpfs none "$1" && cp "$2" "$1/program" && cp "$3" "$1/plug.so" && exec "$1/program" "$1/plug.so" file'
    with living(["unshare", "-m", "sh", "-c", script, "sh", room, program, library]) as process:
        check(comes_to(process.pid, "S"), "in a mount namespace")
        cores.wait_for(lambda: os.readlink(f"/proc/{process.pid}/exe") == inside and state_of(process.pid) == "S")
        found = report_on(process)
        check(in_order(PLUGGED, names(found)), f"in a mount namespace: {names(found)}")


# ---- left as it was

def counts_signals(folder):
    """None is lost. (tests/unit/process/live looks a thousand times.)"""
    program = built(folder, "signals", """#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t got, ends;
static void count(int s, siginfo_t *i, void *c) { (void)s; (void)i; (void)c; got++; }
static void end(int s) { (void)s; ends = 1; }
int main(void) {
    struct sigaction action = {.sa_sigaction = count, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &action, 0);
    signal(SIGTERM, end);
    pid_t me = getpid(), sender = fork();
    int pipes[2], sent = 0, status;
    if (sender == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (; !ends; usleep(1)) sent += sigqueue(me, SIGRTMIN, (union sigval){0}) == 0;
        printf("sent %d\\n", sent);
        exit(0);
    }
    while (!ends) pipes[got % 2] = got;
    kill(sender, SIGTERM);
    while (waitpid(sender, &status, 0) != sender) {}
    usleep(200000);
    printf("got %d\\n", (int)got);
    return pipes[0] * 0;
}
""")
    with living([program], state="R", settled=False, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(100):
            result = run(ours(), "core", "--offline", "--pid", str(process.pid))
            check(result.returncode == 0, f"counting signals: {result.stderr}")
        process.terminate()
        said = dict(line.split() for line in process.communicate(timeout=60)[0].splitlines())
    check(said["sent"] == said["got"] and int(said["got"]) > 100, f"signals: {said}")


def blocked(folder):
    """A thread that the kernel does not let stop is shown by what /proc says, and so are the others."""
    program = built(folder, "blocked", """#include <pthread.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>
static void *other(void *a) { for (;;) pause(); return a; }
static void *spin(void *a) { for (volatile long i = 0;; i++) {} return a; }
int main(int argc, char **argv) {
    pthread_t id;
    pthread_create(&id, 0, argc > 1 ? spin : other, 0);
    if (vfork() == 0) { prctl(PR_SET_PDEATHSIG, SIGKILL); sleep(1000); _exit(0); } /*vfork*/
    return 0;
}
""", "-pthread")
    for arguments, name in (([], "other"), (["spin"], "spin")):
        with living([program, *arguments], state="D", settled=False) as process:
            found = report_on(process)
            check(state_of(process.pid) == "D", "blocked: it goes on as before")
        first, other = found["threads"]
        check(first.get("unstopped", {}).get("state") == "D", f"blocked: {first}")
        # Other machines' /proc does not say enough registers.
        check(not X86_64 or "main" in names(found), f"blocked: {names(found)}")
        check("unstopped" not in other and name in names(found, 1), f"beside a blocked thread: {other}")


def without_first_thread(folder):
    program = built(folder, "leader", """#include <pthread.h>
#include <unistd.h>
static void *other(void *a) { for (;;) pause(); return a; }
int main(void) {
    pthread_t id;
    pthread_create(&id, 0, other, 0);
    pthread_exit(0);
}
""", "-pthread")
    with living([program], state="Z") as process:
        found = report_on(process)
    first, other = found["threads"]
    check(first["stopped"] == "the thread has ended" and not first["frames"], f"ended: {first}")
    check("other" in names(found, 1), f"beside an ended thread: {flat(other)}")


def stopped(folder):
    """Those that job control has stopped are shown, and remain so; and they can be continued."""
    program = os.path.join(folder, "threads")
    with living([program]) as process:
        os.kill(process.pid, signal.SIGSTOP)
        tasks = [int(each) for each in os.listdir(f"/proc/{process.pid}/task")]
        check(cores.wait_for(lambda: {state_of(process.pid, each) for each in tasks} == {"T"}), "stopped: all threads")
        found = report_on(process)
        check(all(each["frames"] for each in found["threads"]) and len(found["threads"]) == 501, "stopped: all are shown")
        check(cores.wait_for(lambda: {state_of(process.pid, each) for each in tasks} == {"T"}), "stopped: they remain so")
        os.kill(process.pid, signal.SIGCONT)
        check(cores.wait_for(lambda: {state_of(process.pid, each) for each in tasks} == {"S"}), "stopped: they go on")


def stopped_meanwhile(folder):
    """Its parent sees each stop and each continuation, as without us."""
    program = built(folder, "controls", """#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t ends;
static void end(int s) { (void)s; ends = 1; }
static void *spin(void *a) { for (volatile long i = 0;; i++) {} return a; }
int main(void) {
    pid_t child = fork();
    int status, wrong = 0, rounds = 0;
    if (child == 0) {
        pthread_t id;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pthread_create(&id, 0, spin, 0);
        for (;;) pause();
    }
    signal(SIGTERM, end);
    printf("%d\\n", child);
    fflush(stdout);
    for (; !ends; rounds++) {
        kill(child, SIGSTOP);
        wrong += waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status);
        kill(child, SIGCONT);
        wrong += waitpid(child, &status, WCONTINUED) != child || !WIFCONTINUED(status);
        usleep(500);
    }
    kill(child, SIGKILL);
    printf("%d of %d\\n", wrong, rounds);
    return 0;
}
""", "-pthread")
    process = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
    try:
        child = process.stdout.readline().strip()
        for _ in range(50):
            result = run(ours(), "core", "--offline", "--pid", child)
            check(result.returncode == 0, f"stopped meanwhile: {result.stderr}")
        process.terminate()
        wrong, _, rounds = process.communicate(timeout=60)[0].partition(" of ")
        check(wrong == "0" and int(rounds) > 50, f"stopped meanwhile: {wrong} of {rounds}")
    finally:
        process.kill()
        process.wait()


def changing(folder):
    """Threads that come and go; a program that is executed again and again by one of them."""
    program = built(folder, "changing", """#include <pthread.h>
#include <stddef.h>
#include <unistd.h>
static char **arguments;
static void *leaf(void *a) { return a; }
static void *create(void *a) {
    for (;;) {
        pthread_t id[8];
        int made = 0;
        for (int i = 0; i < 8; i++) made += pthread_create(id + made, 0, leaf, 0) == 0;
        while (made > 0) pthread_join(id[--made], 0);
    }
    return a;
}
static void *execute(void *a) { usleep(2000); execv("/proc/self/exe", arguments); return a; }
int main(int argc, char **argv) {
    pthread_t id;
    arguments = argv;
    for (int i = 0; i < 4; i++) pthread_create(&id, 0, argc > 1 ? execute : create, 0);
    for (;;) pause();
}
""", "-pthread")
    for arguments in ([], ["execute"]):
        process = subprocess.Popen([program, *arguments])
        try:
            cores.wait_for(lambda: len(os.listdir(f"/proc/{process.pid}/task")) > 1)
            for _ in range(30):
                result = run(ours(), "core", "--offline", "--pid", str(process.pid))
                check(result.returncode == 0 and "Thread" in result.stdout, f"changing {arguments}: {result.stderr}")
            check(process.poll() is None, f"changing {arguments}: it has ended")
        finally:
            process.kill()
            process.wait()


def confined(folder):
    """Under a seccomp filter that allows a few calls alone: none is made on its behalf."""
    program = built(folder, "confined", """#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
__attribute__((noinline)) static void rest(int from) { char c; while (read(from, &c, 1) >= 0) {} }
int main(void) {
    int ends[2];
    if (pipe(ends) || prctl(PR_SET_SECCOMP, 1)) return 1;
    rest(ends[0]);
    return 0;
}
""")
    with living([program]) as process:
        found = report_on(process)
        check(in_order(["rest", "main"], names(found)), f"confined: {names(found)}")
        check(state_of(process.pid) == "S" and process.poll() is None, "confined: it goes on")
        compare_process("confined", process, without=["gdb"])


# ---- one right line for what cannot be shown

TRACED = r"""
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <stdio.h>
int main(void) {
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
    }
    ptrace(PTRACE_SEIZE, child, 0, 0);
    printf("%d\n", child);
    fflush(stdout);
    for (;;) pause();
}
"""


def refused(pid, wanted, what, *before):
    result = run(*before, ours(), "core", "--offline", "--pid", str(pid))
    check(result.returncode == 1 and result.stdout == "", f"{what}: {result}")
    check(re.fullmatch(wanted, result.stderr.rstrip("\n")) is not None, f"{what}: '{result.stderr}' is not '{wanted}'")


def no_processes(_folder):
    refused("0", r"symline: .*--pid.*", "--pid 0")
    refused("-1", r"symline: .*--pid.*", "--pid -1")
    refused("no", r"symline: .*--pid.*", "--pid no")
    refused("99999999999", r"symline: .*--pid.*", "--pid 99999999999")
    refused("2147483646", r"symline: process 2147483646: there is no such process", "a process that is not there")
    with living(["true"], state="Z") as zombie:
        refused(zombie.pid, rf"symline: process {zombie.pid}: the process has ended \(a zombie\)", "a zombie")
    for pid in (each for each in os.listdir("/proc") if each.isdigit()):
        try:
            with open(f"/proc/{pid}/stat") as file:
                flags = int(file.read().rpartition(") ")[2].split()[6])
        except OSError:
            continue
        if flags & 0x200000:  # PF_KTHREAD
            refused(pid, rf"symline: process {pid}: a thread of the kernel, which has no program", "a kernel thread")
            break
    else:
        print("no kernel thread is to be seen here")
    itself = run("sh", "-c", 'exec "$0" core --offline --pid $$', ours())
    check(re.fullmatch(r"symline: process \d+: it cannot be stopped: it is this process itself\n", itself.stderr) is not None,
          f"itself: {itself}")


def traced(folder):
    program = built(folder, "traced", TRACED)
    tracer = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
    try:
        pid = int(tracer.stdout.readline())
        refused(pid, rf"symline: process {pid}: it cannot be stopped: process {tracer.pid} traces it \(traced\)", "a traced process")
    finally:
        tracer.kill()
        tracer.wait()
        tracer.stdout.close()


def of_others(folder):
    """Who may not look is told who may."""
    if not ROOT or shutil.which("setpriv") is None:
        print("only root can be another user: that is not tried")
        return
    os.chmod(folder, 0o755)
    nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if run(*nobody, ours(), "--version").returncode != 0:
        print("another user may not run symline where it is: that is not tried")
        return
    with living(["sleep", "1000"]) as process:
        refused(process.pid, rf"symline: process {process.pid}: Permission denied: it is for root alone to look at", "root's", *nobody)
    with living(["sleep", "1000"], user=12345) as process:
        refused(process.pid, rf"symline: process {process.pid}: Permission denied: it is for user 12345 and root to look at", "another's",
                *nobody)
    program, library = loader(folder, "own")
    with living([program, library, "undumpable"], user=NOBODY) as process:
        refused(process.pid, rf"symline: process {process.pid}: Permission denied: it is for root alone to look at", "undumpable", *nobody)
        check(in_order(PLUGGED, names(report_on(process))), "undumpable, as root")
    privileged = program + ".setuid"
    shutil.copy(program, privileged)
    os.chmod(privileged, 0o4755)
    with living([privileged, library, "file"], user=NOBODY) as process:
        refused(process.pid, rf"symline: process {process.pid}: Permission denied: it is for root alone to look at", "setuid", *nobody)
        check(in_order(PLUGGED, names(report_on(process))), "setuid, as root")
    # /proc/PID/map_files is not for everybody: what is left of a deleted library is in memory.
    with living([program, library, "file"], user=NOBODY, group=NOBODY, extra_groups=[]) as process:
        os.remove(library)
        result = run(*nobody, ours(), "core", "--offline", "--pid", str(process.pid))
        check(in_order(PLUGGED, re.findall(r" (rest|plug_inner|plug|main)\b", result.stdout)), f"one's own: {result}")


def main():
    cores.need("gcc", "gdb")
    # What is left over of a test that fails ends with it.
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
    if not cores.may_trace():
        return cores.SKIPPED
    status = cores.run_cases(resting, threads, other_stacks, deleted_files, files_without_name, other_root, counts_signals, blocked,
                             without_first_thread, stopped, stopped_meanwhile, changing, confined, no_processes, traced, of_others)
    print(peer_stacks.said())
    return status


if __name__ == "__main__":
    sys.exit(main())
