#!/usr/bin/env python3
"""Cores of other machines: a program of four functions, built for each machine that a compiler is there for, crashed
under qemu-user, whose cores have no NT_FILE. Every function must be found, with its line.

    machines.py --program build/default/bin/symline

Ends with 77 when there is no compiler or no qemu-user for any of them. (QEMU 7.2 writes no cores for RISC-V.)"""

import argparse
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

SOURCE = """\
#define AFTER __asm__ volatile("" ::: "memory")
__attribute__((noinline)) int inner(volatile int *p) { int v = *p + 1; AFTER; return v; }
__attribute__((noinline)) int middle(volatile int *p) { int v = inner(p) * 2; AFTER; return v + 1; }
__attribute__((noinline)) int outer(int n) { int v = middle((int *)(long)n) * 3; AFTER; return v; }
void _start(void) { outer(8); for (;;) { } }
"""
WANTED = [('inner', 2), ('middle', 3), ('outer', 4), ('_start', 5)]
# qemu-user's name of the machine, and compilers for it: the first one that is there is taken.
MACHINES = {
    'aarch64': (['aarch64-linux-gnu-gcc'], ['clang-19', '--target=aarch64-linux-gnu', '-fuse-ld=lld']),
    'arm': (['arm-linux-gnueabihf-gcc'], ['clang-19', '--target=arm-linux-gnueabihf', '-fuse-ld=lld']),
    'i386': (['gcc', '-m32'],),
    'ppc64le': (['powerpc64le-linux-gnu-gcc'], ['clang-19', '--target=powerpc64le-linux-gnu', '-fuse-ld=lld']),
    's390x': (['s390x-linux-gnu-gcc'],),
}
FLAGS = ['-g', '-O1', '-ffreestanding', '-nostdlib', '-static', '-fasynchronous-unwind-tables']


def build(machine, folder):
    """The program's path; None when nothing here builds for the machine."""
    program = folder / f'crash-{machine}'
    for compiler in MACHINES[machine]:
        if shutil.which(compiler[0]) is None:
            continue
        done = subprocess.run([*compiler, *FLAGS, '-o', program, 'crash.c'], cwd=folder, capture_output=True, check=False)
        if done.returncode == 0:
            return program
    return None


def core_of(machine, program, folder):
    # QEMU writes the core itself, if the limit allows one.
    subprocess.run([f'qemu-{machine}', program], cwd=folder, capture_output=True, timeout=60, check=False,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, resource.RLIM_INFINITY)))
    return next(folder.glob(f'qemu_{program.name}_*.core'), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', type=pathlib.Path, required=True)
    symline = parser.parse_args().program.resolve()
    tried, failures = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'crash.c').write_text(SOURCE)
        for machine in MACHINES:
            program = build(machine, folder) if shutil.which(f'qemu-{machine}') else None
            core = core_of(machine, program, folder) if program else None
            if core is None:
                print(f'{machine}: no compiler, or no core from qemu-user')
                continue
            tried.append(machine)
            done = subprocess.run([symline, 'core', core, program], capture_output=True, text=True, timeout=60, check=False)
            frames = [(m[1], int(m[2])) for m in re.finditer(r'^#\d+ +0x[0-9a-f]+ (\w+) at \S*crash\.c:(\d+)', done.stdout, re.M)]
            right = frames == WANTED and done.returncode == 0
            failures += not right
            print(f'{machine}: {"as it should be" if right else done.stdout + done.stderr}')
    if not tried:
        return 77
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
