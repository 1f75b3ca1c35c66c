"""Which addresses are asked about: seeded, so that every run asks the same."""
import collections
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'lib'), str(HERE.parent / 'differential')]

import sample  # noqa: E402
from elf import Elf  # noqa: E402


def functions(path, count):
    """(function, address, offset) of that many distinct functions of .text, whose names occur once."""
    elf = Elf(path)
    text = elf.section('.text')
    names = collections.Counter(f.name for f in elf.functions())
    usable = [f for f in elf.functions(text) if f.size >= 64 and '.' not in f.name and names[f.name] == 1]
    choose = random.Random(sample.SEED)
    chosen = choose.sample(usable, min(count, len(usable)))
    return [(f.name, f.value + offset, offset) for f in chosen for offset in [choose.randrange(16, f.size)]]


def inside_functions(path, count):
    every = [a for section in sample.inside_functions(Elf(path), count).values() for a in section]
    random.Random(sample.SEED).shuffle(every)
    return every


def in_text(path, count):
    """Random bytes of .text: between functions too, and in code that has no debug information."""
    elf = Elf(path)
    text = elf.section('.text')
    choose = random.Random(sample.SEED)
    return [elf.base(text) + choose.randrange(text.size) for _ in range(count)]


def repeated(path, count, times):
    every = in_text(path, count) * times
    random.Random(sample.SEED).shuffle(every)
    return every


def is_relocatable(path):
    return Elf(path).relocatable


def debug_file(path, folder='/usr/lib/debug'):
    """The debug file that belongs to a file by its build id, where there is one."""
    note = Elf(path).section('.note.gnu.build-id')
    if note is None:
        return None
    with open(path, 'rb') as file:
        file.seek(note.offset + 16)
        build_id = file.read(note.size - 16).hex()
    found = pathlib.Path(folder, '.build-id', build_id[:2], build_id[2:] + '.debug')
    return str(found) if found.is_file() else None


def write_stacks(path, log, distinct=2000, depth=20, size=100_000_000):
    """A log of bpftrace's kernel stacks, repeated up to a size; how many frames it has."""
    places = functions(path, distinct * 4)
    choose = random.Random(sample.SEED)
    blocks = []
    for number in range(distinct):
        stack = ''.join(f'    {name}+{offset}\n' for name, _, offset in choose.choices(places, k=depth))
        blocks.append(f'@[\n{stack}]: {number + 1}\n')
    written = frames = 0
    with open(log, 'w', encoding='utf-8') as file:
        while written < size:
            block = choose.choice(blocks)
            file.write(block)
            written += len(block)
            frames += depth
    return frames
