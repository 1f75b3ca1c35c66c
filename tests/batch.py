#!/usr/bin/env python3
"""symline-addr2line with many addresses at once: the answers are those that come one by one, with any number of threads;
a slow writer still gets each answer at once. On the fixtures, the program itself and, where it is there, a kernel.
Exit: 0 or 1."""
import argparse
import os
import pathlib
import random
import re
import select
import subprocess
import sys

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / 'fixtures/bin'
# One by one is slow; what is below this many lines is not answered together.
FEW = 200
problems = []


def check(held, *what):
    if not held:
        problems.append(' '.join(map(str, what)))
        print('FAILED:', problems[-1])


def run(program, text, *options):
    done = subprocess.run([program, *options], input=text, capture_output=True, cwd=FIXTURES, timeout=600)
    return done.returncode, done.stdout, done.stderr


def code_of(path):
    """The largest section of code: address (0 in a relocatable file) and size."""
    out = subprocess.run(['readelf', '-SW', path], capture_output=True, text=True).stdout
    found = re.findall(r'PROGBITS\s+([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+\s+\w*X', out)
    return max(((int(a, 16), int(s, 16)) for a, s in found), key=lambda each: each[1], default=(0, 0))


def answers(out):
    """Of -a, answer by answer."""
    return re.split(rb'^(?=0x)', out, flags=re.M)[1:]


def compare(program, path, count, options, in_pieces):
    low, size = code_of(path)
    if size == 0:
        return
    shuffled = random.Random(str(path))
    lines = [b'0x%x\n' % (low + shuffled.randrange(-16, size + 16) % 2**64) for _ in range(count)]
    lines[count // 2] = b'no_such_symbol\n'
    lines[count // 3] = lines[count // 4] = b'main+4\n'
    text = b''.join(lines)
    options = ['-e', path, *options]
    first = run(program, text, *options, '--jobs=1')
    for jobs in ('--jobs=2', '--jobs=5', '--cache-size=100000'):
        check(run(program, text, *options, jobs) == first, path, *options, jobs, 'differs from --jobs=1')
    arguments = [line.strip().decode() for line in lines]
    if '--output-style=JSON' not in options:
        status, out, err = run(program, b'', *options, '--jobs=2', *arguments[:5000])
        many = run(program, b''.join(lines[:5000]), *options)
        check((status, out, err) == many, path, *options, 'arguments differ from lines')
    # Addresses alone take a shorter way than lines of which some name a symbol.
    alone = run(program, b''.join(line for line in lines if line.startswith(b'0x')), *options)
    named = {i for i, line in enumerate(lines) if not line.startswith(b'0x')}
    if '-afi' in options and '-j' not in options:
        check(answers(alone[1]) == [a for i, a in enumerate(answers(first[1])) if i not in named],
              path, *options, 'other answers where no line names a symbol')
    if in_pieces:
        pieces = [run(program, b''.join(lines[i:i + FEW]), *options) for i in range(0, count, FEW)]
        check(b''.join(out for _, out, _ in pieces) == first[1], path, *options, 'differs from one by one')
        said = {line for _, _, err in pieces for line in err.splitlines()}
        check(said == set(first[2].splitlines()), path, *options, 'says something else one by one:', said)


def slow_writer(program):
    process = subprocess.Popen([program, '-e', 'c-gcc-dwarf5', '-f', '--jobs=2'], cwd=FIXTURES, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    low, _ = code_of(FIXTURES / 'c-gcc-dwarf5')
    # One line, a few, and so many that they are answered together; the pipe stays open.
    for count in (1, 1, 3, 1, 900, 1, 3000, 1):
        os.write(process.stdin.fileno(), b'0x%x\n' % low * count)
        lines = 0
        while lines < 2 * count:
            if not select.select([process.stdout], [], [], 10)[0]:
                check(False, 'no answer to', count, 'lines within 10 s')
                process.kill()
                return
            lines += os.read(process.stdout.fileno(), 65536).count(b'\n')
        check(lines == 2 * count, lines, 'lines instead of', 2 * count)
    process.stdin.close()
    check(process.wait() == 0 and process.stdout.read() == b'', 'the end')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', type=pathlib.Path, required=True)
    parser.add_argument('--kernel', type=pathlib.Path, help='folder that holds usr/lib/debug of a kernel debug package')
    options = parser.parse_args()
    program = options.program.resolve()
    slow_writer(program)
    fixtures = [path for path in sorted((*FIXTURES.iterdir(), *(FIXTURES / 'bad').iterdir(), *FIXTURES.glob('split/*')))
                if path.is_file() and path.read_bytes()[:4] == b'\x7fELF']
    for path in fixtures:
        compare(program, path, 600, ['-afi'], in_pieces=True)
        compare(program, path, 600, ['-afi', '--adjust-vma=0x1000'], in_pieces=True)
    for path in (FIXTURES / name for name in ('cxx-dwz-alt', 'cxx-gcc-dwarf5', 'rust-v0', 'split/clang-v5')):
        if not path.is_file():
            continue
        for style in (['-C', '--output-style=LLVM', '-f', '-i'], ['--output-style=JSON', '-i'], ['--verbose', '-i'],
                      ['-p', '-s', '-f'], ['--skip-line-zero', '-f'], ['-j', '.text', '-f']):
            compare(program, path, 600, style, in_pieces=True)
    compare(program, program, 3000, ['-afiC'], in_pieces=False)
    kernels = sorted((options.kernel / 'usr/lib/debug/boot').glob('vmlinux-*')) if options.kernel else []
    for path in kernels[:1]:
        compare(program, path, 20000, ['-afi'], in_pieces=False)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
