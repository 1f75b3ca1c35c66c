"""Rows of stacks: the cores of programs with many threads, or with a deep stack, and a living process, against eu-stack."""
import shutil
import subprocess
import sys

import standstill
from measure import HERE, Command
from rows import Bar, Row, ratio

THREADS = """\
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_barrier_t ready;
__attribute__((noinline)) static void rest(void) { for (;;) pause(); }
__attribute__((noinline)) static void hold(void) { pthread_barrier_wait(&ready); rest(); }
static void *work(void *p) { if (p) hold(); pthread_barrier_wait(&ready); for (;;) sleep(1000); }
int main(int argc, char **argv) {
    long count = atol(argv[1]) - 1;
    pthread_barrier_init(&ready, 0, (unsigned)count + 1);
    for (long i = 0; i < count; i++) { pthread_t id; pthread_create(&id, 0, work, (void *)(i % 2)); }
    pthread_barrier_wait(&ready);
    usleep(200000);
    abort();
}
"""
DEEP = """\
#include <stdlib.h>
__attribute__((noinline)) int odd(int n);
__attribute__((noinline)) int even(int n) { volatile char b[16]; b[0] = (char)n; if (n <= 0) abort(); return odd(n - 1) + b[0]; }
__attribute__((noinline)) int odd(int n) { volatile char b[16]; b[0] = (char)n; if (n <= 0) abort(); return even(n - 1) + b[0]; }
int main(int argc, char **argv) { return even(atoi(argv[1])); }
"""


def core_of(bench, name, source, argument):
    """The core that gdb writes of it, and the program; nothing where gdb cannot."""
    program, core = bench.scratch / name, bench.scratch / f'{name}.{argument}.core'
    if not program.exists():
        (bench.scratch / f'{name}.c').write_text(source, encoding='ascii')
        subprocess.run(['gcc', '-g', '-O1', '-fno-optimize-sibling-calls', '-pthread', f'{program}.c', '-o', program], check=True)
    commands = ('set confirm off', 'set debuginfod enabled off', 'set startup-with-shell off', 'run', f'generate-core-file {core}', 'kill')
    words = [word for each in commands for word in ('-ex', each)]
    subprocess.run(['gdb', '-nx', '-batch', *words, '--args', program, str(argument)], capture_output=True, check=False)
    return core if core.exists() else None


def of_cores(bench):
    group = 'Stacks in a core'
    for name, source, argument, title in (('threads', THREADS, 1, '1 thread'), ('threads', THREADS, 200, '200 threads'),
                                          ('threads', THREADS, 500, '500 threads'), ('deep', DEEP, 16000, '16,000 frames')):
        missing = next((tool for tool in ('gcc', 'gdb', 'eu-stack') if shutil.which(tool) is None), None)
        core = None if missing else core_of(bench, name, source, argument)
        if core is None:
            yield Row(group, title, skipped=f'{missing} is not installed' if missing else 'gdb makes no core here')
            continue
        commands = [Command('symline', [bench.ours.symline, 'core', '--offline', str(core)]),
                    Command('eu-stack', ['eu-stack', '-n', '0', '-i', '-s', '-m', '--core', str(core)])]
        yield Row(group, title, commands, None, [ratio('cpu', 'symline', 'eu-stack', 0.5)], 'eu-stack')


def of_living_process(bench):
    """A row whose figures are how long the process stood still: times of the programs mean nothing here."""
    group, title = 'Stacks of a living process', '200 threads stand still'
    missing = next((tool for tool in ('gcc', 'eu-stack') if shutil.which(tool) is None), None)
    if missing:
        yield Row(group, title, skipped=f'{missing} is not installed')
        return
    program = bench.scratch / 'standstill'
    (bench.scratch / 'standstill.c').write_text(standstill.SOURCE, encoding='ascii')
    subprocess.run(['gcc', '-O1', '-pthread', f'{program}.c', '-o', program], check=True)

    def looks(name, *words):
        result = str(bench.scratch / f'standstill.{name}')
        return Command(name, [sys.executable, str(HERE / 'standstill.py'), str(program), '200', '10', result, *words])

    def gaps(figures):
        for name, figure in figures.items():
            figure.gap = float((bench.scratch / f'standstill.{name}').read_text(encoding='ascii'))

    def added(figures):
        return figures['symline'].gap - figures['untraced'].gap
    commands = [looks('untraced'), looks('symline', bench.ours.symline, 'core', '--offline', '--pid', 'PID'),
                looks('eu-stack', 'eu-stack', '-i', '-s', '-p', 'PID')]
    yield Row(group, title, commands, None, [Bar('longest standstill beyond that of the untraced process', added, 20, ' ms')],
              after=gaps)
