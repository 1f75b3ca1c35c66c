#!/usr/bin/env python3
"""Cores of other machines: programs built for each machine that a compiler is there for, crashed under qemu-user, whose
cores have no NT_FILE. Every function must be found, with its line: of a program of four functions without any library,
of a handler that crashes in a signal that a crash raised, and of a function that qsort calls; the last two from _start
on, through a C library without debug information. QEMU 7.2 writes no cores for RISC-V: those are made through its stub
for debuggers.

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


PROGRAMS = {
    'bare': Program("""\
#define AFTER __asm__ volatile("" ::: "memory")
__attribute__((noinline)) int inner(volatile int *p) { int v = *p + 1; AFTER; return v; }
__attribute__((noinline)) int middle(volatile int *p) { int v = inner(p) * 2; AFTER; return v + 1; }
__attribute__((noinline)) int outer(int n) { int v = middle((int *)(long)n) * 3; AFTER; return v; }
void _start(void) { outer(8); for (;;) { } }
""", [('inner', 2), ('middle', 3), ('outer', 4), ('_start', 5)], ['-ffreestanding', '-nostdlib', '-static'], False),
    'signal': Program("""\
#include <signal.h>
__attribute__((noinline)) int deep(int n) { int v = n ? deep(n - 1) : *(volatile int *)8; return v + 1; }
static void on_signal(int number) { *(volatile int *)(long)number = 1; }
int main(void) { signal(SIGSEGV, on_signal); return deep(2); }
""", [('on_signal', 3), ('deep', 2), ('deep', 2), ('deep', 2), ('main', 4)], ['-fno-optimize-sibling-calls']),
    'siginfo': Program("""\
#include <signal.h>
__attribute__((noinline)) int deep(int n) { int v = n ? deep(n - 1) : *(volatile int *)8; return v + 1; }
static void on_signal(int number, siginfo_t *info, void *context) { *(volatile int *)(long)number = 1; }
int main(void) {
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESETHAND};
    sigaction(SIGSEGV, &action, 0);
    return deep(2);
}
""", [('on_signal', 3), ('deep', 2), ('deep', 2), ('deep', 2), ('main', 7)], ['-fno-optimize-sibling-calls']),
    'qsort': Program("""\
#include <stdlib.h>
__attribute__((noinline)) int leaf(volatile int *p) { return *p + 1; }
static int compare(const void *a, const void *b) { return leaf((int *)8) + *(int *)a - *(int *)b; }
__attribute__((noinline)) int sorter(int n) { int v[4] = {n, 2, 5, 1}; qsort(v, 4, sizeof v[0], compare); return v[0]; }
int main(int argc, char **argv) { return sorter(argc) + 1; }
""", [('leaf', 2), ('compare', 3), ('sorter', 4), ('main', 5)], []),
}


class Machine(typing.NamedTuple):
    compilers: list  # the first one that is there is taken
    qemu: str
    sysroot: str = ''  # of its C library; empty: there is none in a place of its own
    flags: list = []
    discard: list = []  # command that takes call frame information away


def clang(target):
    return ['clang-19', f'--target={target}', '-fuse-ld=lld']


MACHINES = {
    'aarch64': Machine([['aarch64-linux-gnu-gcc'], clang('aarch64-linux-gnu')], 'aarch64', '/usr/aarch64-linux-gnu'),
    # Debian's armhf libc has no call frame information, but the unwind tables of the EHABI.
    'arm': Machine([['arm-linux-gnueabihf-gcc'], clang('arm-linux-gnueabihf')], 'arm', '/usr/arm-linux-gnueabihf',
                   ['-marm']),
    'thumb': Machine([['arm-linux-gnueabihf-gcc'], clang('arm-linux-gnueabihf')], 'arm', '/usr/arm-linux-gnueabihf',
                     ['-mthumb']),
    'exidx': Machine([['arm-linux-gnueabihf-gcc']], 'arm', '/usr/arm-linux-gnueabihf',
                     ['-mthumb', '-funwind-tables'], ['arm-linux-gnueabihf-objcopy', '--remove-section=.debug_frame']),
    'i386': Machine([['gcc', '-m32']], 'i386', '/'),
    'ppc': Machine([['powerpc-linux-gnu-gcc']], 'ppc', '/usr/powerpc-linux-gnu'),
    'ppc64le': Machine([['powerpc64le-linux-gnu-gcc'], clang('powerpc64le-linux-gnu')], 'ppc64le',
                       '/usr/powerpc64le-linux-gnu'),
    'riscv64': Machine([['riscv64-linux-gnu-gcc']], 'riscv64', '/', ['-static']),
    's390x': Machine([['s390x-linux-gnu-gcc']], 's390x', '/usr/s390x-linux-gnu'),
}
FLAGS = ['-g', '-O1', '-fasynchronous-unwind-tables']


def build(machine, name, folder):
    """The program's path; None when nothing here builds it for the machine."""
    source = folder / f'{name}.c'
    source.write_text(PROGRAMS[name].source)
    program = folder / f'{name}-{machine}'
    facts = MACHINES[machine]
    for compiler in facts.compilers:
        if shutil.which(compiler[0]) is None:
            continue
        done = subprocess.run([*compiler, *FLAGS, *facts.flags, *PROGRAMS[name].flags, '-o', program, source.name], cwd=folder,
                              capture_output=True, check=False)
        if done.returncode == 0:
            if facts.discard:
                subprocess.run([*facts.discard, program], check=True)
            return program
    return None


def core_of(machine, program, folder):
    facts = MACHINES[machine]
    if machine == 'riscv64':
        core = folder / f'{program.name}.core'
        return core if stub_core.crash_of_riscv64(f'qemu-{facts.qemu}', program, core) else None
    # QEMU writes the core itself, if the limit allows one.
    library = ['-L', facts.sysroot] if facts.sysroot else []
    subprocess.run([f'qemu-{facts.qemu}', *library, program], cwd=folder, capture_output=True, timeout=60, check=False,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, resource.RLIM_INFINITY)))
    return next(folder.glob(f'qemu_{program.name}_*.core'), None)


def problem(symline, machine, name, program, core):
    """What is wrong with the stack; empty when nothing is."""
    sysroot = ['--sysroot', MACHINES[machine].sysroot] if PROGRAMS[name].with_libc else []
    done = subprocess.run([symline, 'core', *sysroot, core, program], capture_output=True, text=True, timeout=60, check=False)
    frames = re.findall(rf'^#\d+ +0x[0-9a-f]+ (\w+) at \S*{name}\.c:(\d+)', done.stdout, re.M)
    right = [(function, int(line)) for function, line in frames] == PROGRAMS[name].wanted and done.returncode == 0
    if PROGRAMS[name].with_libc:
        # The code that a handler returns to is no one's; the C library has symbols for what it exports alone.
        last = re.findall(r'^#\d+ +0x[0-9a-f]+ (\S+)', done.stdout, re.M)[-1:]
        # PowerPC's _start jumps.
        right = right and last in (['_start'], ['__libc_start_main']) and 'stopped:' not in done.stdout and 'found by' not in done.stdout
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
