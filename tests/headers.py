#!/usr/bin/env python3
"""Compiles each public header alone, as a user's compiler sees it, and tests/package/options.cc: without a warning.

    headers.py [--compiler CXX]...

Default: g++, and clang++-19 where it is installed. Each header but symline.h has an example in its head comment."""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / 'include'
FLAGS = ['-std=c++23', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only', f'-I{INCLUDE}']


def complaint(compiler, header):
    """What the compiler says of a source that includes the header twice and nothing else."""
    line = f'#include <symline/{header.name}>\n' if header.suffix == '.h' else header.read_text()
    done = subprocess.run([compiler, *FLAGS, '-x', 'c++', '-'], input=line * (2 if header.suffix == '.h' else 1),
                          capture_output=True, text=True, check=False)
    return f'{compiler}: {header.relative_to(ROOT)}:\n{done.stderr}' if done.returncode else None


def has_example(header):
    head = header.read_text().partition('#pragma once')[0]
    return '\n//     ' in head


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--compiler', action='append')
    compilers = parser.parse_args().compiler or [c for c in ('g++', 'clang++-19') if shutil.which(c)]
    headers = sorted((INCLUDE / 'symline').glob('*.h'))
    problems = [f'{each.relative_to(ROOT)}: no example in the head comment' for each in headers
                if each.name != 'symline.h' and not has_example(each)]
    sources = [*headers, ROOT / 'tests/package/options.cc']
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        work = [pool.submit(complaint, compiler, source) for compiler in compilers for source in sources]
        problems += filter(None, (each.result() for each in work))
    print(*problems, sep='\n' if problems else '')
    print(f'{len(headers)} headers, {", ".join(compilers)}: {len(problems)} problems')
    return 1 if problems or not headers or not compilers else 0


if __name__ == '__main__':
    sys.exit(main())
