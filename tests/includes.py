#!/usr/bin/env python3
"""Checks the arrows between the rooms of src/: a room includes rooms below it alone. And that public headers name no internals:
no namespace but std and symline, and nothing of OPAQUE where a user could reach it.

    includes.py [--matrix]

ORDER has the rooms from the bottom up; those of one row do not include each other. PUBLIC has the room of each public header,
or that it is of values, which every room may use; a header that it does not name is an error. --matrix prints how many
includes lead from each room to each other. Exit status: 1 when an arrow points up or sideways, or a header names internals."""
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
    ['log', 'kernel', 'llvm_reader', 'process'],
    ['decode', 'verify', 'vmcore'],
    ['output'],
    ['tools'],
]
# A public header is of the room that defines what it declares; values have functions in the header alone, or such as only
# compare and describe them, and every room may use them.
PUBLIC = {
    'values': ['address.h', 'build_id.h', 'code_listing.h', 'decoded_line.h', 'disassembler.h', 'embedded_line.h', 'error.h', 'fetch.h', 'found_by.h',
               'frame.h', 'index.h', 'log_format.h', 'miss.h', 'missing_files.h', 'package.h', 'section.h', 'symbol.h', 'variable.h', 'version.h'],
    'demangle': ['demangle.h'],
    'find': ['debug_files.h', 'file_finder.h'],
    'symbolize': ['embedded_source.h', 'module.h', 'module_elf.h', 'module_files.h', 'module_index.h', 'module_reader.h', 'module_sections.h',
                  'module_symbols.h', 'module_variables.h', 'owned_lookup.h'],
    'kernel': ['kernel.h', 'kernel_miss.h', 'notice.h'],
    'process': ['address_space.h', 'core_dump.h', 'mapping.h', 'process.h', 'process_module.h', 'stack_trace.h', 'symbolizer.h', 'tail_calls.h'],
    'decode': ['decoder.h'],
    'vmcore': ['kernel_dump.h', 'kernel_task.h'],
    'tools': ['symline.h'],
}
ROOM_OF = {header: room for room, headers in PUBLIC.items() for header in headers}
# Nested structs that hold what a public class consists of.
OPAQUE = {'Access', 'Impl', 'Parts', 'State'}
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
        room = ROOM_OF.get(rest)
        return room if room in FLOOR else None
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


def unknown_headers(folder):
    there = {path.name for path in folder.glob('*.h')}
    for name in sorted(there ^ ROOM_OF.keys()):
        yield f'include/symline/{name}: ' + ('PUBLIC does not say whose it is' if name in there else 'PUBLIC has it, and it is not there')


def public_problems(path):
    """What a public header names of the library's internals."""
    access = None
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        code = line.partition('//')[0]
        if begun := re.match(r'(class|struct) \w+', code):
            access = {'class': 'private', 'struct': 'public'}[begun[1]]
        elif label := re.match(r'(public|protected|private):', code):
            access = label[1]
        named = re.findall(r'(?<![\w:])([a-z]\w*)::|\bnamespace (\w+)', code)
        foreign = {name for pair in named for name in pair} - {'', 'std', 'symline'}
        opaque = [name for name in re.findall(r'\bstruct (\w+)', code) if name in OPAQUE and access == 'public']
        for name in [*sorted(foreign), *opaque]:
            yield f'include/symline/{path.name}:{number}: {name} is internal'


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
    headers = ROOT / 'include/symline'
    problems += unknown_headers(headers)
    problems += (problem for path in sorted(headers.glob('*.h')) for problem in public_problems(path))
    if arguments.matrix:
        print_matrix(matrix)
    print(*problems, sep='\n' if problems else '')
    print(f'{len(FLOOR)} rooms, {sum(matrix.values())} includes between them, {len(problems)} against the order')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
