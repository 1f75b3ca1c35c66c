#!/usr/bin/env python3
"""Cores of other machines: programs built for each machine that a compiler is there for, crashed under qemu-user, whose
cores have no NT_FILE. Every function must be found, with its line: of a program of four functions without any library,
of a handler that crashes in a signal that a crash raised, and of a function that qsort calls; the last two from _start
on, through a C library without debug information. QEMU 7.2 writes no cores for RISC-V and SPARC: those are made through its stub
for debuggers. Where there is no C library for a machine, its programs make system calls by themselves.

    machines.py --program build/default/bin/symline

Ends with 77 when there is no compiler or no qemu-user for any of them."""

import argparse
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import typing

import stub_core

class Program(typing.NamedTuple):
    source: str
    wanted: list  # functions with their lines, innermost first
    flags: list
    with_libc: bool = True
    suffix: str = 'c'
    thread: bool = False  # of the program, which begins in clone
    only: tuple = ()  # the machines whose assembler it has


PROGRAMS = {
    'bare': Program("""\
#define AFTER __asm__ volatile("" ::: "memory")
__attribute__((noinline)) int inner(volatile int *p) { FLUSH; int v = *p + 1; AFTER; return v; }
__attribute__((noinline)) int middle(volatile int *p) { int v = inner(p) * 2; AFTER; return v + 1; }
__attribute__((noinline)) int outer(int n) { int v = middle((int *)(long)n) * 3; AFTER; return v; }
void _start(void) { outer(8); for (;;) { } }
""", [('inner', 2), ('middle', 3), ('outer', 4), ('_start', 5)], ['-ffreestanding', '-nostdlib', '-static', '-Wl,-e,_start'], False),
    'signal': Program("""\
#include <signal.h>
__attribute__((noinline)) int deep(int n) { FLUSH; int v = n ? deep(n - 1) : *(volatile int *)8; return v + 1; }
static void on_signal(int number) { *(volatile int *)(long)number = 1; }
int main(void) { signal(SIGSEGV, on_signal); return deep(2); }
""", [('on_signal', 3), ('deep', 2), ('deep', 2), ('deep', 2), ('main', 4)], ['-fno-optimize-sibling-calls']),
    'siginfo': Program("""\
#include <signal.h>
__attribute__((noinline)) int deep(int n) { FLUSH; int v = n ? deep(n - 1) : *(volatile int *)8; return v + 1; }
static void on_signal(int number, siginfo_t *info, void *context) { *(volatile int *)(long)number = 1; }
int main(void) {
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESETHAND};
    sigaction(SIGSEGV, &action, 0);
    return deep(2);
}
""", [('on_signal', 3), ('deep', 2), ('deep', 2), ('deep', 2), ('main', 7)], ['-fno-optimize-sibling-calls']),
    'qsort': Program("""\
#include <stdlib.h>
__attribute__((noinline)) int leaf(volatile int *p) { FLUSH; return *p + 1; }
static int compare(const void *a, const void *b) { return leaf((int *)8) + *(int *)a - *(int *)b; }
__attribute__((noinline)) int sorter(int n) { int v[4] = {n, 2, 5, 1}; qsort(v, 4, sizeof v[0], compare); return v[0]; }
int main(int argc, char **argv) { return sorter(argc) + 1; }
""", [('leaf', 2), ('compare', 3), ('sorter', 4), ('main', 5)], []),
    # Handlers in handlers, on the stack for them and on the usual one.
    'nested': Program("""\
#include <signal.h>
#include <stddef.h>
static char space[1 << 16];
__attribute__((noinline)) int deep(int n) { int v = n ? deep(n - 1) : *(volatile int *)8; return v + 1; }
__attribute__((noinline)) int deeper(int n) { int v = n ? deeper(n - 1) : raise(SIGUSR1); return v + 1; }
static void third(int number) { *(volatile int *)(long)number = 1; }
static void second(int number, siginfo_t *info, void *context) { raise(SIGUSR2); }
static void first(int number) { signal(SIGSEGV, SIG_DFL); signal(SIGBUS, SIG_DFL); deeper(1); }
int main(void) {
    stack_t stack = {.ss_sp = space, .ss_size = sizeof space};
    struct sigaction simple = {.sa_handler = first, .sa_flags = SA_ONSTACK | SA_NODEFER};
    struct sigaction full = {.sa_sigaction = second, .sa_flags = SA_SIGINFO};
    sigaltstack(&stack, NULL);
    sigaction(SIGSEGV, &simple, NULL);
    sigaction(SIGBUS, &simple, NULL);
    sigaction(SIGUSR1, &full, NULL);
    signal(SIGUSR2, third);
    return deep(1);
}
""", [('third', 6), ('second', 7), ('deeper', 5), ('deeper', 5), ('first', 8), ('deep', 4), ('deep', 4), ('main', 18)],
                      ['-fno-optimize-sibling-calls']),
    # Functions that do not return may have no call frame information, and no unwind table.
    'abort': Program("""\
#include <stdlib.h>
__attribute__((noinline)) int leaf(int n) { if (n) abort(); return n + 1; }
__attribute__((noinline)) int middle(int n) { return leaf(n + 1) + 2; }
int main(int argc, char **argv) { return middle(argc) + 3; }
""", [('leaf', 2), ('middle', 3), ('main', 4)], []),
    'thread': Program("""\
#include <pthread.h>
__attribute__((noinline)) int leaf(volatile int *p) { return *p + 1; }
static void *run(void *number) { return (void *)(long)(leaf(number) + 3); }
int main(void) {
    pthread_t thread;
    pthread_create(&thread, 0, run, (void *)8);
    return pthread_join(thread, 0);
}
""", [('leaf', 2), ('run', 3)], ['-pthread'], thread=True),
    'terminate': Program("""\
#include <exception>
#include <stdexcept>
struct Guard { ~Guard() { asm volatile("" ::: "memory"); } };
__attribute__((noinline)) int thrower(int n) { if (n) throw std::runtime_error("x"); return n; }
__attribute__((noinline)) int middle(int n) { Guard guard; return thrower(n) + 1; }
static void on_terminate() { *(volatile int *)8 = 1; for (;;) { } }
int main(int argc, char **) { std::set_terminate(on_terminate); return middle(argc) + 1; }
""", [('on_terminate', 6), ('thrower', 4), ('middle', 5), ('main', 7)], [], suffix='cc'),
    'catch': Program("""\
#include <stdexcept>
struct Guard { ~Guard() { asm volatile("" ::: "memory"); } };
__attribute__((noinline)) int thrower(int n) { if (n) throw std::runtime_error("x"); return n; }
__attribute__((noinline)) int middle(int n) { Guard guard; return thrower(n) + 1; }
__attribute__((noinline)) int catcher(int n) {
    try { return middle(n) + 1; } catch (const std::exception &) { return *(volatile int *)8 + 1; }
}
int main(int argc, char **) { return catcher(argc) + 1; }
""", [('catcher', 6), ('main', 8)], [], suffix='cc'),
}


# Debian has no C library for these: rt_sigaction(SIGSEGV, ...) by hand.
PROGRAMS['handler'] = Program("""\
static void on_signal(int number) { *(volatile int *)(long)number = 1; }
__attribute__((noinline)) int faulty(volatile int *p) { int v = *p; __asm__ volatile("" ::: "memory"); return v + 1; }
__attribute__((noinline)) int begin(void) {
    unsigned long action[4] = {(unsigned long)on_signal, 0, 0, 0};
    register long number __asm__("a7") = 134, result __asm__("a0") = 11, size __asm__("a3") = 8;
    register unsigned long *new __asm__("a1") = action, *old __asm__("a2") = 0;
    __asm__ volatile(CALL : "+r"(result) : "r"(number), "r"(new), "r"(old), "r"(size)
                     : "memory", "t0", "t1", "t2", "t3", "t4", "t5", "t6");
    return faulty((int *)8) + 1;
}
void _start(void) { begin(); for (;;) { } }
""", [('on_signal', 1), ('faulty', 2), ('begin', 9), ('_start', 11)],
                              ['-ffreestanding', '-nostdlib', '-static', '-Wl,-e,_start'], False,
                              only=('loongarch64', 'riscv32'))


class Machine(typing.NamedTuple):
    compilers: list  # the first one that is there is taken
    qemu: str
    sysroot: str = ''  # of its C library; empty: there is none in a place of its own
    flags: list = []
    discard: list = []  # command that takes call frame information away
    processor: list = []  # options of qemu-user
    bare: list = []  # flags for a program without a C library
    programs: tuple = ()  # the only ones that it runs; empty: all

    def cxx(self):
        return [re.sub(r'gcc$', 'g++', self.compilers[0][0]), *self.compilers[0][1:]]


def clang(target):
    return ['clang-19', f'--target={target}', '-fuse-ld=lld']


# What calls through a register that the C library's start sets would need.
MIPS_BARE = ['-mno-abicalls', '-fno-pic']
MACHINES = {
    'aarch64': Machine([['aarch64-linux-gnu-gcc'], clang('aarch64-linux-gnu')], 'aarch64', '/usr/aarch64-linux-gnu'),
    # Return addresses on the stack are signed.
    **{f'aarch64 {name}': Machine([['aarch64-linux-gnu-gcc'], clang('aarch64-linux-gnu')], 'aarch64',
                                  '/usr/aarch64-linux-gnu', [f'-mbranch-protection={name}'], processor=['-cpu', 'max'])
       for name in ['standard', 'pac-ret+leaf', 'pac-ret+leaf+b-key']},
    # Debian's armhf libc has no call frame information, but the unwind tables of the EHABI.
    'arm': Machine([['arm-linux-gnueabihf-gcc'], clang('arm-linux-gnueabihf')], 'arm', '/usr/arm-linux-gnueabihf',
                   ['-marm']),
    'thumb': Machine([['arm-linux-gnueabihf-gcc'], clang('arm-linux-gnueabihf')], 'arm', '/usr/arm-linux-gnueabihf',
                     ['-mthumb']),
    'exidx': Machine([['arm-linux-gnueabihf-gcc']], 'arm', '/usr/arm-linux-gnueabihf',
                     ['-mthumb', '-funwind-tables'], ['arm-linux-gnueabihf-objcopy', '--remove-section=.debug_frame']),
    'i386': Machine([['gcc', '-m32']], 'i386', '/'),
    'loongarch64': Machine([clang('loongarch64-linux-gnu')], 'loongarch64',
                           flags=['-mno-lsx', '-DCALL="syscall 0"']),  # QEMU 7.2 has no vectors
    'mips': Machine([['mips-linux-gnu-gcc']], 'mips', '/usr/mips-linux-gnu', bare=MIPS_BARE),
    'mipsel': Machine([['mipsel-linux-gnu-gcc']], 'mipsel', '/usr/mipsel-linux-gnu', bare=MIPS_BARE),
    'mips64el': Machine([['mips64el-linux-gnuabi64-gcc']], 'mips64el', '/usr/mips64el-linux-gnuabi64', bare=MIPS_BARE),
    'ppc': Machine([['powerpc-linux-gnu-gcc']], 'ppc', '/usr/powerpc-linux-gnu'),
    # Its functions' symbols name descriptors.
    'ppc64': Machine([['powerpc64-linux-gnu-gcc']], 'ppc64', '/usr/powerpc64-linux-gnu'),
    'ppc64le': Machine([['powerpc64le-linux-gnu-gcc'], clang('powerpc64le-linux-gnu')], 'ppc64le',
                       '/usr/powerpc64le-linux-gnu'),
    'riscv64': Machine([['riscv64-linux-gnu-gcc']], 'riscv64', '/', ['-static']),
    'riscv32': Machine([['riscv64-linux-gnu-gcc']], 'riscv32',
                       flags=['-march=rv32imac', '-mabi=ilp32', '-DCALL="ecall"']),
    # Its processors keep the last frames in register windows: as the kernel does before it writes a core, the program
    # has them stored where it matters. QEMU 7.2 writes no cores for SPARC.
    'sparc64': Machine([['sparc64-linux-gnu-gcc']], 'sparc64', '/', ['-static', '-UFLUSH', '-DFLUSH=__asm__ volatile("flushw")'],
                       programs=('bare', 'signal', 'siginfo', 'qsort')),
    'sparc32plus': Machine([['sparc64-linux-gnu-gcc', '-m32']], 'sparc32plus',
                           flags=['-UFLUSH', '-DFLUSH=__asm__ volatile("ta 3")'], programs=('bare',)),
    's390x': Machine([['s390x-linux-gnu-gcc']], 's390x', '/usr/s390x-linux-gnu'),
}
# Debian's C library for RISC-V has no call frame information for these.
WITHOUT_CFI = [('riscv64', 'abort'), ('riscv64', 'thread')]
FLAGS = ['-g', '-O1', '-fasynchronous-unwind-tables', '-DFLUSH=']


def build(machine, name, folder):
    """The program's path; None when nothing here builds it for the machine."""
    wanted = PROGRAMS[name]
    source = folder / f'{name}.{wanted.suffix}'
    source.write_text(wanted.source)
    program = folder / f'{name}-{machine.replace(" ", "-")}'
    facts = MACHINES[machine]
    for compiler in facts.compilers if wanted.suffix == 'c' else [facts.cxx()]:
        if shutil.which(compiler[0]) is None:
            continue
        own = [] if wanted.with_libc else facts.bare
        done = subprocess.run([*compiler, *FLAGS, *facts.flags, *own, *wanted.flags, '-o', program, source.name],
                              cwd=folder, capture_output=True, check=False)
        if done.returncode == 0:
            if facts.discard:
                subprocess.run([*facts.discard, program], check=True)
            return program
    return None


def core_of(machine, program, folder):
    facts = MACHINES[machine]
    if machine in stub_core.TARGETS:
        core = folder / f'{program.name}.core'
        return core if stub_core.crash(f'qemu-{facts.qemu}', machine, program, core) else None
    # QEMU writes the core itself, if the limit allows one.
    library = ['-L', facts.sysroot] if facts.sysroot else []
    subprocess.run([f'qemu-{facts.qemu}', *facts.processor, *library, program], cwd=folder, capture_output=True, timeout=60, check=False,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, resource.RLIM_INFINITY)))
    return next(folder.glob(f'qemu_{program.name}_*.core'), None)


def problem(symline, machine, name, program, core):
    """What is wrong with the stack; empty when nothing is."""
    sysroot = ['--sysroot', MACHINES[machine].sysroot] if PROGRAMS[name].with_libc else []
    done = subprocess.run([symline, 'core', *sysroot, core, program], capture_output=True, text=True, timeout=60, check=False)
    crashed = done.stdout.split('\n\n')[1] if '\n\n' in done.stdout else ''
    frames = re.findall(rf'^#\d+ +0x[0-9a-f]+ (\w+)(?:\([^)]*\))? at \S*{name}\.\w+:(\d+)', crashed, re.M)
    right = [(function, int(line)) for function, line in frames] == PROGRAMS[name].wanted and done.returncode == 0
    if PROGRAMS[name].with_libc:
        # Prologues are read where nothing else is.
        guessed = '' if (machine, name) in WITHOUT_CFI else '|scan|found by frame'
        right = right and not re.search(f'stopped:{guessed}', crashed)
    if PROGRAMS[name].with_libc and not PROGRAMS[name].thread:
        # The code that a handler returns to is no one's; the C library has symbols for what it exports alone.
        last = re.findall(r'^#\d+ +0x[0-9a-f]+ (\S+)', crashed, re.M)[-1:]
        # PowerPC's _start jumps.
        right = right and last in (['_start'], ['__start'], ['__libc_start_main'])
    return '' if right else done.stdout + done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', type=pathlib.Path, required=True)
    symline = parser.parse_args().program.resolve()
    tried, failures = 0, 0
    with tempfile.TemporaryDirectory() as folder_name:
        folder = pathlib.Path(folder_name)
        for machine, facts in MACHINES.items():
            for name in PROGRAMS:
                skipped = facts.programs and name not in facts.programs
                if skipped or (PROGRAMS[name].only and machine not in PROGRAMS[name].only):
                    continue
                program = build(machine, name, folder) if shutil.which(f'qemu-{facts.qemu}') else None
                core = core_of(machine, program, folder) if program else None
                if core is None:
                    print(f'{machine}, {name}: no compiler, no C library, or no core from qemu-user')
                    continue
                tried += 1
                wrong = problem(symline, machine, name, program, core)
                failures += bool(wrong)
                print(f'{machine}, {name}: {wrong or "as it should be"}')
    if not tried:
        return 77
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
