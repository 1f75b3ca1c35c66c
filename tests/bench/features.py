"""Rows beside addresses: start, function+offset, logs, the index."""
import os
import shutil
import subprocess

import addresses
from measure import Command, apart, compiled
from rows import Bar, Row, at_most, ratio

FRAMES_A_SECOND = 500_000
EMPTY = 'int main() {}\n'


def empty_program(bench):
    source, target = bench.scratch / 'empty.cc', bench.scratch / 'empty'
    if not target.exists():
        source.write_text(EMPTY, encoding='ascii')
        compiled(source, target)
    return Command('empty program', [str(target)])


def start(bench):
    """What it costs to start and exit, against a program that does nothing."""
    ours = Command('symline', [bench.ours.addr2line, '--version'])
    yield Row('Start', 'start and exit', [ours, empty_program(bench)], None, [ratio('cpu', 'symline', 'empty program', 2)],
              'empty program')


def faddr2line(bench):
    path = bench.options.kernel
    chosen = apart(addresses.functions, path, 30)
    never = ['--index=never'] if bench.ours.faddr2line_has_index else []
    for count, limit, title in ((1, 8, '1 function+offset'), (30, 60, '30 functions+offsets')):
        words = [f'{name}+{offset:#x}' for name, _, offset in chosen[:count]]
        yield Row('symline-faddr2line', title, [Command('symline', [bench.ours.faddr2line, *never, path, *words])], None,
                  [at_most('cpu', 'symline', limit, 'user+system time', ' ms', 1000)])


def decode(bench):
    path, log = bench.options.kernel, str(bench.scratch / 'stacks')
    frames = apart(addresses.write_stacks, path, log)
    never = ['--index=never'] if bench.ours.decode_has_index else []
    command = Command('symline', [bench.ours.symline, 'decode', *never, '--offline', '--vmlinux', path, log])
    bar = Bar('frames a second', lambda f: frames / f['symline'].wall if f['symline'].counts else None, FRAMES_A_SECOND,
              at_least=True)
    yield Row('symline decode', f'log of 100 MB, {frames / 1e6:.1f} million frames', [command], None, [bar])
    os.unlink(log)


def make_index(bench, path):
    """Makes the index of a file in a cache folder of its own, for rows that look addresses up through it."""
    cache = bench.scratch / 'cache'
    environment = {**bench.launcher.environment, 'XDG_CACHE_HOME': str(cache)}
    done = subprocess.run([bench.ours.symline, 'index', path], env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        bench.indexes[path] = str(cache)
    return done.returncode == 0


def size_below(folder):
    return sum(file.stat().st_size for file in folder.rglob('*') if file.is_file()) / 1e6


def index(bench):
    """The making, then what it saves. (The program that makes it is measured with a cache that was emptied before.)"""
    path, group = bench.options.kernel, 'The index'
    if path not in bench.indexes:
        yield Row(group, 'made, and used', skipped='symline has no index')
        return
    yield making(bench, path, group)
    one = bench.question(path, [a for _, a, _ in apart(addresses.functions, path, 1)])
    yield Row(group, '1 address through it', [bench.own(one, name='symline, index', index=True), empty_program(bench)], None,
              [ratio('cpu', 'symline, index', 'empty program', 2)], 'empty program')
    many = bench.question(path, apart(addresses.inside_functions, path, 10_000))
    yield Row(group, '10,000 inside functions through it',
              [bench.own(many, name='symline, index', index=True), bench.own(many)], many.stdin,
              [ratio('cpu', 'symline, index', 'symline', 0.05)], 'symline')


def making(bench, path, group):
    made, theirs = bench.scratch / 'made', bench.scratch / 'theirs.gsym'
    commands = [Command('symline', [bench.ours.symline, 'index', path], {'XDG_CACHE_HOME': str(made)})]
    tool = next((p for p in ('llvm-gsymutil-19', 'llvm-gsymutil') if shutil.which(p)), None)
    if tool:
        commands.append(Command(tool, [tool, f'--convert={path}', f'--out-file={theirs}', '--quiet']))

    def sizes(figures):
        figures['symline'].size = size_below(made)
        if tool and theirs.exists():
            figures[tool].size = theirs.stat().st_size / 1e6

    def emptied(command):
        if command.name == 'symline':
            shutil.rmtree(made, ignore_errors=True)
    bars = [ratio('wall', 'symline', tool, 1, f'wall time over {tool}'), ratio('size', 'symline', tool, 1, f'size over {tool}')]
    return Row(group, 'made', commands, None, bars if tool else [], tool, after=sizes, prepare=emptied)
