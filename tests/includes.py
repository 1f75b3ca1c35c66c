#!/usr/bin/env python3
"""Checks the arrows between the rooms of src/: a room includes rooms below it alone.

    includes.py [--matrix]

ORDER has the rooms from the bottom up; those of one row do not include each other. Of the public headers, which belong to no
room, PUBLIC names the lowest row that may include each; the others are values that every room may use. --matrix prints how many
includes lead from each room to each other. Exit status: 1 when an arrow points up or sideways."""
import argparse
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ORDER = [
    ['base'],
    ['elf', 'demangle'],
    ['find', 'dwarf', 'gsym'],
    ['symbolize'],
    ['log', 'kernel', 'process'],
    ['decode', 'vmcore'],
    ['output'],
    ['tools'],
]
# What a public header declares is defined in that room.
PUBLIC = {
    'debug_files.h': 'find',
    'file_finder.h': 'find',
    'module.h': 'symbolize',
    'decoder.h': 'decode',
    'symbolizer.h': 'process',
    'core_dump.h': 'process',
    'process.h': 'process',
    'stack_trace.h': 'process',
    'symline.h': 'tools',
}
FLOOR = {room: floor for floor, row in enumerate(ORDER) for room in row}


def includes(path):
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
        if found:
            yield number, found[1]


def target_of(included):
    """The room that an include leads to; None for system headers and for values that every room may use."""
    first, _, rest = included.partition('/')
    if first == 'symline':
        return PUBLIC.get(rest)
    return first if first in FLOOR else None


def problems_of(path, room, matrix):
    for number, included in includes(path):
        target = target_of(included)
        if target is None or target == room:
            continue
        matrix[room, target] += 1
        if FLOOR[target] >= FLOOR[room]:
            way = 'beside it' if FLOOR[target] == FLOOR[room] else 'above it'
            yield f'{path.relative_to(ROOT)}:{number}: {room} includes {included}: {target} is {way}'


def check(source):
    problems, matrix = [], collections.Counter()
    for path in sorted(source.rglob('*')):
        room = path.relative_to(source).parts[0]
        if path.suffix not in ('.h', '.cc') or room == 'package':
            continue
        if room not in FLOOR:
            problems.append(f'{path.relative_to(ROOT)}: {room} is not in the order of rooms')
            continue
        problems.extend(problems_of(path, room, matrix))
    return problems, matrix


def print_matrix(matrix):
    rooms = list(FLOOR)
    print(f'{"":10}', *(f'{room:>9}' for room in rooms))
    for room in reversed(rooms):
        print(f'{room:10}', *(f'{matrix[room, target] or ".":>9}' for target in rooms))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--matrix', action='store_true')
    arguments = parser.parse_args()
    problems, matrix = check(ROOT / 'src')
    if arguments.matrix:
        print_matrix(matrix)
    print(*problems, sep='\n' if problems else '')
    print(f'{len(FLOOR)} rooms, {sum(matrix.values())} includes between them, {len(problems)} against the order')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
