#!/usr/bin/env python3
"""Runs the golden cases: fixtures/cases/<tool>/<behaviour>.txt.

A case is one file:

    # why this case exists
    $ symline-addr2line -e c-gcc-dwarf5 -fi 0x401136
    < a line of standard input (optional, repeatable; escapes \\xNN \\r \\n \\t \\0 \\\\, and \\c at its end: no newline)
    << a file              (optional, in place of lines: what standard input holds)
    > /dev/full            (optional: where stdout goes; also "closed" and "broken pipe")
    exit 0
    --- stdout
    what the program prints, byte for byte; control characters as \\xNN
    --- stderr
    the same; a block that is not there must be empty

The command is split as a shell would, VAR=VALUE words may stand in front of it, and $'...' quotes escapes.
It runs in fixtures/bin with LC_ALL=C and no other name of the environment that a program of ours reads.
addr2line, llvm-addr2line, llvm-symbolizer and faddr2line stand for our program called by that name.
SYMLINE_UPDATE_GOLDEN=1 rewrites what a case expects.
"""
import argparse
import concurrent.futures
import difflib
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIME_LIMIT = 60
PROGRAM_OF = {'addr2line': 'symline-addr2line', 'llvm-addr2line': 'symline-addr2line',
              'llvm-symbolizer': 'symline-addr2line',
              'faddr2line': 'symline-faddr2line'}
ESCAPES = {'r': b'\r', 'n': b'\n', 't': b'\t', '0': b'\0', '\\': b'\\', 'c': b''}
NO_NEWLINE = '\\ no newline at the end'


class BadCase(Exception):
    pass


def unescape(text):
    def byte(match):
        return bytes([int(match[1][1:], 16)]) if match[1][0] == b'x'[0] else ESCAPES[match[1].decode()]
    return re.sub(rb'\\(x[0-9a-fA-F]{2}|[rnt0c\\])', byte, text.encode('utf-8', 'surrogateescape'))


def render(data):
    """Output as lines of a case file."""
    text = re.sub(rb'[\x00-\x08\x0b-\x1f\x7f]', lambda m: b'\\x%02x' % m[0][0], data)
    lines = text.decode('utf-8', 'surrogateescape').split('\n')
    return lines[:-1] if lines[-1] == '' else lines + [NO_NEWLINE]


def split_command(text):
    """Shell words; $'...' stands for one with escapes."""
    quoted = re.sub(r"\$'((?:[^'\\]|\\.)*)'", lambda m: shlex.quote(
        unescape(m[1]).decode('utf-8', 'surrogateescape')), text)
    words = shlex.split(quoted)
    environment = {}
    while words and re.match(r'[A-Za-z_]\w*=', words[0]):
        name, value = words.pop(0).split('=', 1)
        environment[name] = value
    return environment, words


class Case:
    def __init__(self, path):
        self.path = path
        self.lines = path.read_text('utf-8', 'surrogateescape').split('\n')
        self.stdin, self.stdin_file, self.target, self.command = [], None, None, None
        self.blocks = {'stdout': [], 'stderr': []}
        if not re.match(r'# \S', self.lines[0]):
            raise BadCase('the first line must say why the case exists: "# ..."')
        self._read()
        if self.command is None:
            raise BadCase('no line "$ command"')
        self.environment, self.words = split_command(self.command)

    def _read(self):
        self.head, self.exit, block = [], None, None
        lines = self.lines[:-1] if self.lines[-1] == '' else self.lines
        for line in lines:
            if line in ('--- stdout', '--- stderr'):
                block = self.blocks[line[4:]]
            elif block is not None:
                block.append(line)
            elif match := re.fullmatch(r'exit (-?\d+)', line):
                self.exit = int(match[1])
            else:
                self._read_head(line)

    def _read_head(self, line):
        self.head.append(line)
        if line.startswith('$ '):
            self.command = line[2:]
        elif line.startswith('<< '):
            self.stdin_file = line[3:]
        elif line.startswith('< ') or line == '<':
            self.stdin.append(line[2:])
        elif line.startswith('> '):
            self.target = line[2:]
        elif line and not line.startswith('#'):
            raise BadCase(f'a line that is none of a case: {line!r}')

    def input(self, directory):
        if self.stdin_file is not None:
            return (pathlib.Path(directory) / self.stdin_file).read_bytes()
        return b''.join(unescape(x) + (b'' if x.endswith('\\c') else b'\n') for x in self.stdin)

    def expected(self):
        return self._text(self.exit, self.blocks['stdout'], self.blocks['stderr'])

    def _text(self, code, stdout, stderr):
        result = [*self.head, f'exit {code}']
        for name, lines in (('stdout', stdout), ('stderr', stderr)):
            if lines:
                result += [f'--- {name}', *lines]
        return result

    def actual(self, programs, directory):
        name = self.words[0]
        program = programs / PROGRAM_OF.get(name, name)
        environment = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'HOME': '/nonexistent', 'LC_ALL': 'C',
                       **{k: v for k, v in os.environ.items() if k.endswith('SAN_OPTIONS')}, **self.environment}
        done = run(self.words, program, self.input(directory), self.target, environment, directory)
        return self._text(done.returncode, render(done.stdout or b''), render(done.stderr))


def run(words, program, stdin, target, environment, directory):
    options = dict(executable=program, env=environment, cwd=directory, input=stdin, stderr=subprocess.PIPE,
                   timeout=TIME_LIMIT, check=False)
    if target is None:
        return subprocess.run(words, stdout=subprocess.PIPE, **options)
    if target == 'closed':
        return subprocess.run(words, preexec_fn=lambda: os.close(1), **options)
    if target == 'broken pipe':
        reader, writer = os.pipe()
        os.close(reader)
        try:
            return subprocess.run(words, stdout=writer, **options)
        finally:
            os.close(writer)
    with open(target, 'wb') as file:
        return subprocess.run(words, stdout=file, **options)


def judge(path, options):
    """Nothing when the case holds, else what to print."""
    name = path.relative_to(options.cases)
    try:
        case = Case(path)
        actual = case.actual(options.programs, options.directory)
    except BadCase as error:
        return f'{name}: {error}'
    except subprocess.TimeoutExpired:
        return f'{name}: still running after {TIME_LIMIT} s'
    except OSError as error:
        return f'{name}: cannot run: {error}'
    if os.environ.get('SYMLINE_UPDATE_GOLDEN') == '1':
        path.write_text('\n'.join(actual) + '\n', 'utf-8', 'surrogateescape')
        return None
    if actual == case.expected():
        return None
    return '\n'.join(difflib.unified_diff(case.expected(), actual, f'{name} (expected)', f'{name} (actual)',
                                          lineterm=''))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--programs', type=pathlib.Path, required=True, help='folder of our programs')
    parser.add_argument('--cases', type=pathlib.Path, default=ROOT / 'fixtures/cases')
    parser.add_argument('--directory', type=pathlib.Path, default=ROOT / 'fixtures/bin', help='where commands run')
    parser.add_argument('filter', nargs='*', help='only cases whose path holds one of these')
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    paths = [p for p in sorted(options.cases.rglob('*.txt'))
             if not options.filter or any(f in str(p.relative_to(options.cases)) for f in options.filter)]
    if not paths:
        print(f'no case found in {options.cases}')
        return 1
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = [f for f in pool.map(lambda p: judge(p, options), paths) if f]
    for failure in failures:
        sys.stdout.buffer.write((failure + '\n\n').encode('utf-8', 'surrogateescape'))
    print(f'{len(paths) - len(failures)} of {len(paths)} golden cases hold')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
