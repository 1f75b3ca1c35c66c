#!/usr/bin/env python3
"""Runs the programs on damaged files: exit code 0 or 1, no signal, a few lines on stderr at most.

    tests/fuzz/damage_programs.py --programs FOLDER --damage SYMLINE_DAMAGE --fixtures FOLDER [--copies 200]"""
import argparse
import collections
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

SECONDS, MEMORY, MESSAGES = 10, 1 << 30, 8
ADDRESSES = '0x0 0x10 0x1000 0x1139 0x10040 0x10100 0x401000 0x401126 0x401136 0xffffffff81000000 0xffffffffffffffff'.split()
FUNCTIONS = 'main+0x0 main+0x4/0x10 init_module+0x2 nothing+0x1/0x2'.split()
SANITIZED = 'address' in os.environ.get('SYMLINE_SANITIZE', '')


def limit():
    if not SANITIZED:  # AddressSanitizer reserves terabytes of address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def complaint(command):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False,
                              preexec_fn=limit)
    except subprocess.TimeoutExpired:
        return f'more than {SECONDS} s', None
    lines = done.stderr.count(b'\n')
    if done.returncode not in (0, 1):
        return f'exit status {done.returncode}: {done.stderr[-300:]!r}', done.returncode
    if lines > MESSAGES:
        return f'{lines} lines of messages', done.returncode
    if done.returncode == 1 and lines == 0:
        return 'fails and does not say why', done.returncode
    return None, done.returncode


def main():
    parser = argparse.ArgumentParser()
    for option in '--programs', '--damage', '--fixtures':
        parser.add_argument(option, type=pathlib.Path, required=True)
    parser.add_argument('--copies', type=int, default=200)
    options = parser.parse_args()
    failures, codes = 0, collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([options.damage, '--write', options.fixtures, folder, str(options.copies)], check=True)
        for path in sorted(pathlib.Path(folder).iterdir()):
            for command in ([options.programs / 'symline-addr2line', '-f', '-i', '-C', '-e', path, *ADDRESSES],
                            [options.programs / 'symline-faddr2line', path, *FUNCTIONS]):
                text, code = complaint(command)
                codes[command[0].name, code] += 1
                if text:
                    failures += 1
                    print(f'{command[0].name} {path.name}: {text}', file=sys.stderr)
    print(', '.join(f'{name} exit {code}: {count}' for (name, code), count in sorted(codes.items(), key=str)))
    if not any(code == 0 for _, code in codes):
        print('no program answered anything', file=sys.stderr)
        failures += 1
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
