"""The questions that any addr2line answers, for a kernel, a module, a library and a program."""
import dataclasses
import os
import pathlib

import addresses
from measure import Command, apart, evict
from tools import ARGUMENTS, Ours, peers
from rows import Row, at_most, least_memory, ratio

MILLION_LIMIT = 1800


@dataclasses.dataclass
class Question:
    path: str
    addresses: list
    relocatable: bool
    dwarf: str
    stdin: str = None


class Bench:
    """What all rows share: options, programs, a folder for what is made."""

    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.ours = Ours(options.programs)
        self.peers = peers()
        self.reference = self.peers[0].name if self.peers and self.peers[0].name.startswith('llvm') else None
        self.late = set()     # (file, program): took too long for fewer addresses of that file
        self.indexes = {}     # file: the cache folder that has its index

    def question(self, path, places):
        words = [f'{a:#x}' for a in places]
        stdin = None
        if len(words) > ARGUMENTS:
            stdin = str(self.scratch / 'addresses')
            pathlib.Path(stdin).write_text('\n'.join(words) + '\n', encoding='ascii')
        return Question(path, words, apart(addresses.is_relocatable, path), apart(addresses.debug_file, path), stdin)

    def own(self, question, *options, name='symline', **words):
        environment = {'XDG_CACHE_HOME': self.indexes[question.path]} if words.get('index') else None
        return Command(name, self.ours.tool(*options, **words).command(question), environment)

    def ask(self, group, title, path, places, bar=None):
        """The row of one list of addresses."""
        question = self.question(path, places)
        commands = [self.own(question)]
        if path in self.indexes:
            commands.append(self.own(question, name='symline, index', index=True))
        for peer in self.peers:
            words = peer.command(question)
            if words and (path, peer.name) not in self.late:
                commands.append(Command(peer.name, words))
        bars = [least_memory('symline', [peer.name for peer in self.peers])]
        if bar:
            bars.insert(0, ratio('cpu', 'symline', self.reference, bar))
        return Row(group, title, commands, question.stdin, bars, self.reference, compared=True)

    def note_late(self, path, figures):
        """A program that was ended is not asked about more addresses of that file."""
        self.late |= {(path, name) for name, figure in figures.items() if (figure.word or '').startswith('over')}


def named(path):
    return f'{os.path.basename(path)}, {os.path.getsize(path) / 1e6:,.0f} MB'


def of_kernel(bench):
    path = bench.options.kernel
    group = named(path)
    chosen = [address for _, address, _ in apart(addresses.functions, path, 30)]
    yield bench.ask(group, '1 address', path, chosen[:1], 0.04)
    yield bench.ask(group, '30 addresses in 30 functions', path, chosen, 0.08)
    yield bench.ask(group, '10,000 inside functions', path, apart(addresses.inside_functions, path, 10_000), 0.20)
    random = apart(addresses.in_text, path, 10_000)
    yield bench.ask(group, '10,000 random, sorted', path, sorted(random), 0.15)
    yield bench.ask(group, '100 addresses, each 100 times', path, apart(addresses.repeated, path, 100, 100), 0.10)
    yield bench.ask(group, '100,000 random', path, apart(addresses.in_text, path, 100_000), 0.20)
    if bench.options.long:
        row = bench.ask(group, '1,000,000 random', path, apart(addresses.in_text, path, 1_000_000), 0.10)
        row.once, row.limit = 20, MILLION_LIMIT
        row.bars.append(at_most('memory', 'symline', 400, 'peak memory', ' MB'))
        yield row
    else:
        yield Row(group, '1,000,000 random', skipped='takes minutes: --long')


def of_kernel_jobs(bench):
    """What more than one processor saves, in wall time."""
    path = bench.options.kernel
    group = 'More than one processor'
    for count in (10_000, 100_000):
        title = f'{count:,} random, all processors and one'
        if not bench.ours.has_jobs or os.cpu_count() == 1:
            yield Row(group, title, skipped='symline-addr2line has no --jobs' if not bench.ours.has_jobs else 'one processor')
            continue
        question = bench.question(path, apart(addresses.in_text, path, count))
        commands = [bench.own(question), bench.own(question, '--jobs=1', name='symline --jobs=1')]
        bar = ratio('wall', 'symline', 'symline --jobs=1', 0.6, 'wall time over --jobs=1')
        yield Row(group, title, commands, question.stdin, [bar], 'symline --jobs=1')


def of_cold_kernel(bench):
    """One address in a file of which nothing is in the page cache."""
    path = bench.options.kernel
    row = bench.ask('From the disk, nothing cached', '1 address', path,
                    [a for _, a, _ in apart(addresses.functions, path, 1)])
    row.commands = [c for c in row.commands if c.name in ('symline', bench.reference)]
    row.prepare = lambda _: evict(path)
    row.bars = [at_most('read', 'symline', 8, 'read from disk', ' MB'),
                ratio('wall', 'symline', bench.reference, 1, 'wall time over ' + str(bench.reference))]

    def without_counts(figures):
        if bench.reference in figures and not figures[bench.reference].read:
            row.title += ' (what is read cannot be measured here)'
            row.bars = row.bars[1:]
    row.after = without_counts
    yield row


def of_module(bench):
    path = bench.options.module
    group = named(path)
    yield bench.ask(group, '1 address', path, [a for _, a, _ in apart(addresses.functions, path, 1)], 0.01)
    yield bench.ask(group, '1,000 random', path, apart(addresses.in_text, path, 1000), 0.08)


def one_and_many(bench, path, group, bars):
    yield bench.ask(group, '1 address', path, [a for _, a, _ in apart(addresses.functions, path, 1)], bars[0])
    yield bench.ask(group, '10,000 random', path, apart(addresses.in_text, path, 10_000), bars[1])


def of_library(bench):
    path = bench.options.library
    if not apart(addresses.debug_file, path):
        return [Row(os.path.basename(path), '1 and 10,000 addresses', skipped='its debug file is not installed')]
    return one_and_many(bench, path, f'{os.path.basename(path)} with its debug file', (0.3, 0.3))


def of_program(bench):
    return one_and_many(bench, bench.options.program, 'C++: ' + named(bench.options.program), (0.15, 0.2))


def of_compressed_program(bench):
    path = bench.options.compressed_program
    return one_and_many(bench, path, 'C++, zlib: ' + named(path), (0.3, 0.35))
