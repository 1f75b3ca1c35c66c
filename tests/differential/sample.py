"""Which addresses of a file are asked about: seeded, so that every run asks the same."""
import bisect
import itertools
import random

SEED = 20240607


def generator(elf, purpose):
    return random.Random(f'{SEED}:{elf.path.rsplit("/", 1)[-1]}:{purpose}')


def in_section(elf, section, limit):
    """Every byte of a small code section; of a larger one the ends of its functions and a random choice.
    Addresses as the programs take them: offsets into the section of a relocatable file."""
    base = elf.base(section)
    if section.size <= limit:
        return list(range(base, base + section.size))
    ends = {a for f in elf.functions(section) for a in (f.value, f.value + f.size - 1)}
    ends = {a for a in ends if base <= a < base + section.size}
    choose = generator(elf, section.name)
    chosen = set(choose.sample(sorted(ends), min(len(ends), limit // 2)))
    while len(chosen) < limit:
        chosen.add(base + choose.randrange(section.size))
    return sorted(chosen)


def inside_functions(elf, count):
    """Random bytes of sized functions, each byte of code as likely as any other. {section: [address]}"""
    functions = [f for f in elf.functions() if f.section.code]
    if not functions:
        return {}
    sums = list(itertools.accumulate(f.size for f in functions))
    choose = generator(elf, 'inside functions')
    result = {}
    for _ in range(count):
        at = choose.randrange(sums[-1])
        index = bisect.bisect_right(sums, at)
        function = functions[index]
        result.setdefault(function.section.index, set()).add(function.value + function.size - (sums[index] - at))
    return {elf.sections[i]: sorted(a) for i, a in result.items()}


def places(elf, count):
    """Random (symbol, offset) pairs for symbol+offset/size questions."""
    functions = [f for f in elf.functions() if f.section.code and '+' not in f.name and '/' not in f.name]
    choose = generator(elf, 'places')
    return [(f, choose.randrange(f.size)) for f in choose.choices(functions, k=count)]
