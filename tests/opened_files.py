#!/usr/bin/env python3
"""Runs the golden cases under strace where part of the files of fixtures/bin are devices and FIFOs instead.

Opening alone can do harm: a watchdog is armed, a tape is rewound, the writer of a FIFO is woken, a terminal becomes the
controlling one. So nothing that a file or a log names may be opened unless it is a regular file or a folder; O_PATH
opens nothing. What is to be decoded may be anything, since the user named it: "symline decode <(zcat log.gz)"."""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import shutil
import stat
import subprocess
import sys
import tempfile

import golden

SEEDS = range(3)
SHARE = 0.3
# Where a program talks to its user.
OWN = ('/dev/null', '/dev/tty')
# A call that gave a descriptor: its arguments, and the path that strace says the descriptor has.
OPENED = re.compile(r'open(?:at|at2)?\((.*)\) += \d+<([^>]*)(<(?:char|block) [^>]*>)?')
SKIPPED = 77


def plant(folder, chance):
    """Puts devices and FIFOs in the place of some files. How many of each."""
    planted = collections.Counter()
    for path in sorted(folder.rglob('*')):
        if not path.is_file() or path.is_symlink() or chance.random() > SHARE:
            continue
        kind = chance.choice(['device', 'link', 'fifo'])
        path.unlink()
        if kind == 'fifo':
            os.mkfifo(path)
        elif kind == 'device' and os.geteuid() == 0 and may_make_devices(path):
            pass
        else:
            path.symlink_to('/dev/zero')
        planted[kind] += 1
    return planted


def may_make_devices(path):
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero
    except OSError:
        return False
    return True


def harmless(path, device, arguments, case, folder):
    if 'O_PATH' in arguments or path in OWN or path.startswith('/dev/pts/'):
        return True
    if not device:
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            return True
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            return True
    named = re.search(r'"([^"]*)"', arguments)
    return reads_logs(case) and named is not None and named[1] in operands(case)


def reads_logs(case):
    return case.words[0] == 'symline' and case.words[1:2] != ['core'] and 'find' not in case.words[1:2] \
        and 'index' not in case.words[1:2] and 'verify' not in case.words[1:2]


def operands(case):
    """Words that may be logs: not the values of options."""
    return [word for before, word in zip(case.words, case.words[1:])
            if not word.startswith('-') and before not in ('-k', '--vmlinux', '-m', '--modules')]


def run_case(case, names, folder, trace):
    environment = {'PATH': os.environ['PATH'], 'HOME': '/nonexistent', 'LC_ALL': 'C', **case.environment}
    stdin = b''
    if case.stdin_file is None or (folder / case.stdin_file).is_file():
        stdin = case.input(folder)
    command = ['strace', '-f', '-yy', '-qq', '-s', '400', '-e', 'trace=open,openat,openat2', '-o', trace,
               names / case.words[0], *case.words[1:]]
    try:
        subprocess.run(command, env=environment, cwd=folder, input=stdin, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=golden.TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return 0, ['it hangs']
    opened, harm = 0, []
    for line in trace.read_text('utf-8', 'replace').split('\n'):
        if found := OPENED.search(line):
            opened += 1
            path = found[2] if found[2].startswith('/') else str(folder / found[2])
            if not harmless(path, found[3], found[1], case, folder):
                harm.append(line)
    return opened, harm


def names_of_programs(folder, cases, programs):
    """A folder of links by which the programs are called as the cases do."""
    folder.mkdir()
    for name in {case.words[0] for case in cases}:
        (folder / name).symlink_to(programs / golden.PROGRAM_OF.get(name, name))
    return folder


def run_round(seed, cases, programs):
    chance = random.Random(seed)
    failures, opened = [], 0
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top).resolve() / 'fixtures/bin'
        shutil.copytree(golden.ROOT / 'fixtures/bin', folder, symlinks=True)
        planted = plant(folder, chance)
        names = names_of_programs(pathlib.Path(top) / 'names', cases, programs)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            jobs = [(case, pool.submit(run_case, case, names, folder, pathlib.Path(top) / f'{number}.trace'))
                    for number, case in enumerate(cases)]
            for case, job in jobs:
                count, harm = job.result()
                opened += count
                failures += [f'{case.path.name}, seed {seed}: {each}' for each in harm]
    return failures, opened, planted


def can_trace():
    if shutil.which('strace') is None:
        return False
    return subprocess.run(['strace', '-qq', '-o', '/dev/null', 'true'], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--programs', type=pathlib.Path, required=True, help='folder of our programs')
    programs = parser.parse_args().programs.resolve()
    if not can_trace():
        print('skipped: strace is not here, or may not trace')
        return SKIPPED
    cases = [golden.Case(path) for path in sorted((golden.ROOT / 'fixtures/cases').glob('*/*.txt'))]
    cases = [case for case in cases if case.target is None]
    failures, total = [], 0
    for seed in SEEDS:
        found, opened, planted = run_round(seed, cases, programs)
        failures += found
        total += opened
        print(f'seed {seed}: ' + ', '.join(f'{count} {kind}' for kind, count in sorted(planted.items())))
    for failure in failures:
        print(failure)
    print(f'{len(cases)} cases, {len(SEEDS)} rounds, {total} files opened, {len(failures)} of them devices')
    return 1 if failures or total < len(cases) else 0


if __name__ == '__main__':
    sys.exit(main())
