#!/usr/bin/env python3
"""Indexes of the small kernels of other machines (fixtures/bin/machines): every golden case that names one holds with
the index too, and so does the answer at every address of its code, in it or between its functions.

  machine_index.py --programs FOLDER"""
import argparse
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / 'tests'), str(ROOT / 'tests/lib')]

import golden  # noqa: E402
from elf import Elf  # noqa: E402
from index import Failed, Index, check, same_answers  # noqa: E402

FIXTURES = ROOT / 'fixtures/bin'


def code_addresses(path):
    """Each address of a linked file's code."""
    return [section.address + offset for section in Elf(str(path)).sections if section.code
            for offset in range(section.size)]


def cases():
    found = [golden.Case(path) for path in sorted((ROOT / 'fixtures/cases').rglob('*.txt'))]
    return [case for case in found if 'machines/' in case.command and '--index' not in case.command]


def case_holds(case, index):
    case.environment |= {'XDG_CACHE_HOME': index.environment['XDG_CACHE_HOME'], 'SYMLINE_INDEX': 'require'}
    actual = case.actual(index.programs.resolve(), FIXTURES)
    check(actual == case.expected(), f'{case.path}: another answer from the index:\n' + '\n'.join(actual))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--programs', type=pathlib.Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='symline-index-') as scratch:
        index = Index(options.programs, scratch)
        try:
            asked = 0
            for path in sorted((FIXTURES / 'machines').iterdir()):
                index.make(path)
                if path.suffix != '.ko':
                    addresses = code_addresses(path)
                    same_answers(index, path, addresses)
                    asked += len(addresses)
            all_cases = cases()
            for case in all_cases:
                case_holds(case, index)
        except Failed as failure:
            sys.exit(f'machine_index.py: {failure}')
    print(f'{asked} addresses and {len(all_cases)} golden cases: the same with an index')
    return 0


if __name__ == '__main__':
    os.environ.pop('SYMLINE_INDEX', None)
    sys.exit(main())
