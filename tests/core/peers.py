#!/usr/bin/env python3
"""The stacks of crashed programs beside those of eu-stack and gdb: no frame that one of them shows is missing.

usage: peers.py SYMLINE_PROGRAMS
"""
import os
import shutil
import subprocess
import sys

import cores
import peer_stacks
from peer_stacks import compare_core

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
            compare_core(f"{name} {arguments}", program.path, core)


def constructor(folder):
    library = os.path.join(folder, "libctor.so")
    with open(library + ".c", "w") as file:
        file.write("""__attribute__((noinline)) static void boom(int *p) { *p = 1; }
__attribute__((constructor)) static void init(void) { boom((int *)4); __asm__ volatile(""); }
""")
    subprocess.run(["gcc", "-g", "-O1", "-shared", "-fPIC", "-o", library, library + ".c"], check=True)
    program = cores.Program(folder, "constructor", "int main(void) { return 0; }\n",
                            ["-L" + folder, "-Wl,--no-as-needed", "-lctor", "-Wl,-rpath," + folder])
    compare_core("constructor", program.path, program.core())


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
    compare_core("threads", program.path, program.core())


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
    compare_core("exception", program.path, program.core())


def main():
    cores.need("gcc", "gdb", "eu-stack")
    status = cores.run_cases(sorts, constructor, threads, exception)
    print(peer_stacks.said())
    return status if all(peer_stacks.compared.values()) else 1


sys.exit(main())
