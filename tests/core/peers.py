#!/usr/bin/env python3
"""The stacks of crashed programs beside those of eu-stack and gdb: no frame that one of them shows is missing.

usage: peers.py SYMLINE_PROGRAMS
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import cores

symline = os.path.join(sys.argv[1], "symline")
failures = []
compared = {"eu-stack": 0, "gdb": 0}

# Every frame of every thread but the inlined ones: thread, address, kind.
GDB_FRAMES = """python
import gdb
for thread in sorted(gdb.selected_inferior().threads(), key=lambda each: each.ptid[1]):
    thread.switch()
    frame = gdb.newest_frame()
    for _ in range(3000):
        if frame is None: break
        kind = {gdb.INLINE_FRAME: 'inline', gdb.TAILCALL_FRAME: 'tail call'}.get(frame.type(), 'frame')
        # Below its outermost frame gdb takes for code what lies there: argc and argv, at _dl_start_user.
        known = frame.name() or gdb.solib_name(frame.pc())
        if kind != 'inline' and known: print('FRAME', thread.ptid[1], hex(frame.pc()), kind)
        try: frame = frame.older()
        except gdb.error: break
end
quit
"""


def ours(core):
    result = subprocess.run([symline, "core", "--offline", "--format=json", core], capture_output=True, text=True, timeout=120)
    return {each["tid"]: [(int(frame["pc"], 16), "tail call" if frame.get("tail_call") else "frame") for frame in each["frames"]]
            for each in json.loads(result.stdout)["threads"]}


def of_eu_stack(core):
    text = subprocess.run(["eu-stack", "-n", "0", "--core", core], capture_output=True, text=True, timeout=300).stdout
    threads, frames = {}, []
    for line in text.splitlines():
        if found := re.match(r"TID (\d+):", line):
            frames = threads.setdefault(int(found[1]), [])
        elif found := re.match(r"#\d+\s+(0x[0-9a-f]+)", line):
            frames.append((int(found[1], 16), "frame"))
    return threads


def of_gdb(folder, program, core):
    script = os.path.join(folder, "frames.gdb")
    with open(script, "w") as file:
        file.write(GDB_FRAMES)
    done = subprocess.run(["gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "set confirm off", "-x", script, program,
                           core], capture_output=True, text=True, timeout=300)
    threads = {}
    for tid, pc, kind in re.findall(r"^FRAME (\d+) (0x[0-9a-f]+) (.*)$", done.stdout, re.M):
        threads.setdefault(int(tid), []).append((int(pc, 16), kind))
    return threads


def missing(theirs, mine):
    """The first of their frames that is not among ours, in their order."""
    at = 0
    for each in theirs:
        if each not in mine[at:]:
            return each
        at = mine.index(each, at) + 1
    return None


def compare(folder, name, program, core, without=()):
    mine = ours(core)
    for peer, threads in (("eu-stack", of_eu_stack(core)), ("gdb", of_gdb(folder, program, core))):
        if peer in without:
            continue
        for tid, frames in threads.items():
            compared[peer] += len(frames)
            if tid not in mine:
                failures.append(f"{name}: {peer} shows thread {tid}, we do not")
                continue
            lost = missing(frames, mine[tid])
            if lost:
                failures.append(f"{name}: {peer} shows {lost[0]:#x} ({lost[1]}) in thread {tid}, we do not: "
                                f"{[hex(pc) for pc, _ in mine[tid]][:20]}")


SORT = """#include <signal.h>
#include <stdlib.h>
#include <string.h>
struct node { struct node *next; int value; };
__attribute__((noinline)) int walk(struct node *node, int depth) {
    volatile char room[24];
    room[0] = (char)depth;
    int sum = depth ? walk(node->next ? node->next : node, depth - 1) : node->next->value;
    return sum + room[0];
}
static int compare(const void *a, const void *b) { struct node node = {0, 1}; (void)b; return walk(&node, *(const int *)a); }
__attribute__((noinline)) void sort(void) { int x[3] = {3, 2, 1}; qsort(x, 3, sizeof *x, compare); __asm__ volatile(""); }
static void handle(int number) { (void)number; abort(); }
int main(int argc, char **argv) {
    stack_t other = {.ss_sp = malloc(65536), .ss_size = 65536};
    struct sigaction action = {.sa_handler = handle, .sa_flags = argc > 2 ? SA_ONSTACK : SA_SIGINFO};
    if (argc > 1) { sigaltstack(&other, 0); sigaction(SIGSEGV, &action, 0); }
    sort();
    return 0;
}
"""
HANDLED = ["handle SIGSEGV nostop noprint pass"]


def sorts(folder):
    for name, flags in (("sort", []), ("sort-pointers", ["-fno-omit-frame-pointer"]), ("sort-static", ["-static"]), ("sort-O2", ["-O2"]),
                        ("sort-static-pie", ["-static-pie"])):
        program = cores.Program(folder, name, SORT, flags)
        for arguments in ([], ["handled"], ["handled", "elsewhere"]):
            core = program.core(*arguments, before=HANDLED if arguments else [])
            compare(folder, f"{name} {arguments}", program.path, core)


def constructor(folder):
    library = os.path.join(folder, "libctor.so")
    with open(library + ".c", "w") as file:
        file.write("""__attribute__((noinline)) static void boom(int *p) { *p = 1; }
__attribute__((constructor)) static void init(void) { boom((int *)4); __asm__ volatile(""); }
""")
    subprocess.run(["gcc", "-g", "-O1", "-shared", "-fPIC", "-o", library, library + ".c"], check=True)
    program = cores.Program(folder, "constructor", "int main(void) { return 0; }\n",
                            ["-L" + folder, "-Wl,--no-as-needed", "-lctor", "-Wl,-rpath," + folder])
    compare(folder, "constructor", program.path, program.core())


def threads(folder):
    program = cores.Program(folder, "waiting", """#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t ready;
__attribute__((noinline)) void wait_for(void) { pthread_mutex_lock(&mutex); pthread_cond_wait(&condition, &mutex); }
__attribute__((noinline)) void rest(void) { for (;;) pause(); }
static void *work(void *p) { pthread_barrier_wait(&ready); if (p) wait_for(); else rest(); return 0; }
int main(void) {
    pthread_barrier_init(&ready, 0, 21);
    for (long i = 0; i < 20; i++) { pthread_t id; pthread_create(&id, 0, work, (void *)(i % 2)); }
    pthread_barrier_wait(&ready);
    sleep(1);
    abort();
}
""", ["-pthread"])
    compare(folder, "threads", program.path, program.core())


def exception(folder):
    if shutil.which("g++") is None:
        return
    program = cores.Program(folder, "thrower", """#include <algorithm>
#include <functional>
#include <stdexcept>
#include <vector>
__attribute__((noinline)) void check(int n) { if (n == 3) throw std::runtime_error("three"); }
int main() {
    std::vector<int> numbers{1, 2, 3};
    std::function<void(int)> each = [](int n) { check(n); };
    std::for_each(numbers.begin(), numbers.end(), each);
}
""", compiler="g++")
    compare(folder, "exception", program.path, program.core())


def main():
    cores.need("gcc", "gdb", "eu-stack")
    with tempfile.TemporaryDirectory() as folder:
        for case in (sorts, constructor, threads, exception):
            case(folder)
    print("\n".join(failures))
    print(", ".join(f"{count} frames of {peer}" for peer, count in compared.items()) + f", {len(failures)} failures")
    return 1 if failures or not all(compared.values()) else 0


sys.exit(main())
