#!/usr/bin/env python3
"""What may go wrong around the programs: no memory, no room, closed streams, no descriptors, a file that is cut short.

Each ends with an exit status and, unless that is 0, a line that says why; never with a signal, never without an end."""
import argparse
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / 'fixtures/bin'
TIME_LIMIT = 120
# What the dynamic loader says, and how it ends, is not ours.
LOADER = b'error while loading shared libraries'

failures = []


def check(what, holds, seen):
    if not holds:
        failures.append(f'{what}: {seen!r}')


def run(command, before=None, **options):
    """The exit status, below 0 for a signal, and standard error."""
    environment = {**os.environ, 'LC_ALL': 'C', 'XDG_CACHE_HOME': '/nonexistent'}
    done = subprocess.run([str(word) for word in command], cwd=BIN, env=environment, preexec_fn=before, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=TIME_LIMIT,
                          **{'stdin': subprocess.DEVNULL, **options})
    return done.returncode, done.stderr


def limit(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


def close(*streams):
    return lambda: [os.close(stream) for stream in streams]


def said(status, error):
    return status == 0 or (status > 0 and error.endswith(b'\n') and b'terminate called' not in error)


def commands(programs, indexes):
    return {
        'index': [programs / 'symline', 'index', '--directory', indexes, 'cxx-gcc-dwarf5'],
        'find': [programs / 'symline', 'find', '--offline', 'cxx-gcc-dwarf5'],
        'decode': [programs / 'symline', 'decode', '--offline', '-k', 'mini-vmlinux-gcc', 'src/mini-linux/init/main.c'],
        'core': [programs / 'symline', 'core', '--offline', 'core/five-threads'],
        'dump': [programs / 'symline', 'core', '--offline', 'dump/vmcore-kdump'],
        'addr2line': [programs / 'symline-addr2line', '-afie', 'cxx-gcc-dwarf5', '0x401200', '0x401300'],
        'faddr2line': [programs / 'symline-faddr2line', 'mini-vmlinux-gcc', 'sched_fork+0x1f'],
    }


def test_memory(programs, indexes):
    """The limits go from what a program cannot start with to what it needs, so that every allocation fails once."""
    refused = set()
    for name, command in commands(programs, indexes).items():
        for kibibytes in (*range(4096, 24576, 256), *range(24576, 131072, 8192)):
            try:
                status, error = run(command, limit(resource.RLIMIT_AS, kibibytes * 1024))
            except OSError:  # too little to start a program at all
                continue
            if LOADER in error:
                continue
            # The kernel ends what it has begun to start and cannot.
            not_started = status in (-signal.SIGSEGV, -signal.SIGKILL) and not error
            check(f'{name}, {kibibytes} KiB of memory', said(status, error) or not_started, (status, error))
            # The limit is not the program's own.
            check(f'{name}, {kibibytes} KiB of memory: the reason', b'--limit-memory' not in error, error)
            if b'out of memory' in error:
                refused.add(name)
    check('some ran out of memory', refused, refused)


def test_descriptors(programs, indexes):
    for name, command in commands(programs, indexes).items():
        for count in range(3, 9):
            status, error = run(command, limit(resource.RLIMIT_NOFILE, count))
            if LOADER not in error:
                check(f'{name}, {count} descriptors', said(status, error), (status, error))


def test_room(programs, indexes):
    status, error = run(commands(programs, indexes)['index'], limit(resource.RLIMIT_FSIZE, 100))
    check('index, ulimit -f', status == 1 and b'File too large' in error and error.count(b'\n') == 1, (status, error))
    check('nothing half-written stays', not list(indexes.glob('*')), list(indexes.glob('*')))


def test_closed_streams(programs, indexes):
    reading = {'decode': [programs / 'symline', 'decode', '--offline', '-k', 'mini-vmlinux-gcc', '-'],
               'addr2line': [programs / 'symline-addr2line', '-e', 'c-gcc-dwarf5'],
               'core': [programs / 'symline', 'core', '--offline', '-']}
    for name, command in reading.items():
        status, error = run(command, close(0), stdin=None)
        check(f'{name}: stdin closed', status == 1 and error.count(b'\n') == 1, (status, error))
    for name, command in commands(programs, indexes).items():
        status, error = run(command, close(1))
        check(f'{name}: stdout closed', status == 1 and b'Bad file descriptor' in error, (status, error))
        status, error = run(command, close(0, 1, 2), stdin=None)
        check(f'{name}: all closed', status >= 0, (status, error))


def test_cut_short(programs, folder):
    """A file that another program truncates between two lookups in it."""
    path = folder / 'program\x1b'
    shutil.copy(BIN / 'cxx-gcc-dwarf5', path)
    command = [programs / 'symline-addr2line', '-afie', path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(b'0x1000\n')
        process.stdin.flush()
        first = process.stdout.readline()
        os.truncate(path, 0)
        out, error = process.communicate(b''.join(b'%#x\n' % x for x in range(0x1000, 0x402000, 0x40)),
                                         timeout=TIME_LIMIT)
    check('cut short: the first answer', first.startswith(b'0x'), (first, out))
    check('cut short: the end', process.returncode == 1 and error.endswith(b"program?': cut short while it was read\n"),
          (process.returncode, error))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--programs', type=pathlib.Path, required=True, help='folder of our programs')
    programs = parser.parse_args().programs.resolve()
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top)
        test_room(programs, folder / 'indexes')
        test_memory(programs, folder / 'indexes')
        test_descriptors(programs, folder / 'indexes')
        test_closed_streams(programs, folder / 'indexes')
        test_cut_short(programs, folder)
    for failure in failures:
        print(failure)
    print(f'{len(failures)} failures')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
