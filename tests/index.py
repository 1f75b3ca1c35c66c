#!/usr/bin/env python3
"""Indexes, from outside: answers with one are those without, in every form of output; LLVM's own reader of GSYM
finds the same functions and lines in it; damage is said, and answered around.

  index.py --programs FOLDER [--kernel FOLDER] [--count N]

Without a kernel's debug files the programs themselves are looked up."""
import argparse
import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / 'lib'))

from elf import Elf  # noqa: E402

FORMS = (['-afi'], ['-afi', '--output-style=LLVM'], ['-afipC', '-s'],
         ['-f', '--functions=short', '--relativenames', '--output-style=LLVM'], ['--output-style=JSON'])


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


class Index:
    def __init__(self, programs, scratch):
        self.programs = programs
        self.environment = {**os.environ, 'XDG_CACHE_HOME': str(scratch), 'LC_ALL': 'C', 'DEBUGINFOD_URLS': ''}
        self.environment.pop('SYMLINE_INDEX', None)

    def run(self, program, *words, stdin=None, status=0):
        done = subprocess.run([str(self.programs / program), *map(str, words)], input=stdin, capture_output=True,
                              env=self.environment, check=False)
        check(done.returncode == status, f'{program} {words}: exit {done.returncode}: {done.stderr[-300:]}')
        return done

    def make(self, path):
        line = self.run('symline', 'index', path).stdout.decode()
        return re.search(r': (\S+\.gsym), [0-9.]+ MB$', line.strip())[1]


def addresses(path, count):
    section = Elf(path).section('.text')
    choose = random.Random(20)
    return [section.address + choose.randrange(section.size) for _ in range(count)]


def same_answers(index, path, asked):
    stdin = '\n'.join(f'{a:#x}' for a in asked).encode() + b'\n'
    for form in FORMS:
        plain = index.run('symline-addr2line', '--index=never', '-e', path, *form, stdin=stdin)
        indexed = index.run('symline-addr2line', '--index=require', '-e', path, *form, stdin=stdin)
        check(plain.stdout == indexed.stdout, f'{path}: {form}: other answers from the index')
        check(plain.stderr == indexed.stderr, f'{path}: {form}: {indexed.stderr[:300]}')


def places(text):
    """The first place of each answer of llvm-gsymutil --address: function and line."""
    found = {}
    for match in re.finditer(r'^(0x[0-9a-f]+): (.+?)(?: \+ \d+)?(?: @ (\S+):(\d+))?(?: \[inlined\])?$', text, re.M):
        found.setdefault(int(match[1], 16), (match[2], int(match[4] or 0)))
    return found


def read_by_llvm(index, path, gsym, asked):
    """How many addresses LLVM's reader answers as we do; None where it is not installed."""
    reader = next((p for p in ('llvm-gsymutil-19', 'llvm-gsymutil') if shutil.which(p)), None)
    if reader is None:
        return None
    asked = asked[:300]
    words = [word for a in asked for word in ('--address', hex(a))]
    done = subprocess.run([reader, *words, gsym], capture_output=True, text=True, check=False)
    theirs = places(done.stdout)
    ours = index.run('symline-addr2line', '--index=require', '-e', path, '-fi', '-a', *map(hex, asked)).stdout.decode()
    agreed = 0
    for answer in re.split(r'^(?=0x)', ours, flags=re.M)[1:]:
        lines = answer.split('\n')
        address, name = int(lines[0], 16), lines[1]
        if name == '??':
            continue
        match = re.search(r':(\d+|\?)', lines[2])
        line = int(match[1]) if match and match[1] != '?' else 0
        if lines[2].startswith('??') and theirs.get(address, ('',))[0].startswith('error: '):
            continue  # where a row has no file, it says that the address is not in the line table
        check(address in theirs, f'{gsym}: {reader} does not find {address:#x} ({name})')
        check(theirs[address] == (name, line), f'{gsym}: {address:#x}: {name}:{line}, {reader} says {theirs[address]}')
        agreed += 1
    check(agreed > len(asked) // 3, f'{gsym}: {reader} was compared at {agreed} addresses only')
    return agreed


def damage(index, path, gsym, asked):
    """Answers stay, and there is a word."""
    stdin = '\n'.join(f'{a:#x}' for a in asked[:200]).encode() + b'\n'
    expected = index.run('symline-addr2line', '--index=never', '-afi', '-e', path, stdin=stdin).stdout
    good = pathlib.Path(gsym).read_bytes()
    choose = random.Random(5)
    for _ in range(40):
        bad = bytearray(good)
        for _ in range(choose.choice((1, 10, 1000))):
            bad[choose.randrange(len(bad))] = choose.randrange(256)
        pathlib.Path(gsym).write_bytes(bad[:choose.choice((len(bad), len(bad), choose.randrange(len(bad))))])
        done = index.run('symline-addr2line', '-afi', '-e', path, stdin=stdin)
        check(done.stdout == expected, f'{path}: other answers around a damaged index')
        said = done.stderr.decode()
        check(said == '' or 'its index is not used: ' in said, f'{path}: {said[:300]}')
    pathlib.Path(gsym).write_bytes(b'')
    said = index.run('symline-addr2line', '-afi', '-e', path, stdin=stdin).stderr.decode()
    check('its index is not used: ' in said, f'an empty index: {said[:300]}')
    pathlib.Path(gsym).write_bytes(good)


def in_passing(index, path, asked):
    """A run that takes longer than making the index makes it, with the same answers, and the next run uses it."""
    stdin = '\n'.join(f'{a:#x}' for a in asked).encode() + b'\n'

    def answers(*options):
        done = index.run('symline-addr2line', *options, '-afi', '-e', path, stdin=stdin)
        return hashlib.sha256(done.stdout).digest(), done.stderr  # the answers themselves are hundreds of MB

    expected, _ = answers('--index=never')
    first, said = answers()
    check(first == expected, f'{path}: other answers while its index is made')
    check(b'index written to' in said, f'{path}: no index made opportunistically: {said[-300:]}')
    again, said = answers('--index=require')
    check(again == expected and not said, f'{path}: other answers from the opportunistic index')


def in_passing_of_decode(index, path):
    """The same of `symline decode`."""
    section = Elf(str(path)).section('.text')
    choose = random.Random(3)
    log = ''.join(f'{path}(+{section.address + choose.randrange(section.size):#x}) [0x5555]\n' for _ in range(120000))
    plain = index.run('symline', 'decode', '--index=never', stdin=log.encode())
    check(b'.cc:' in plain.stdout or b'.h:' in plain.stdout, f'decode: nothing decoded: {plain.stdout[:300]}')
    first = index.run('symline', 'decode', stdin=log.encode())
    check(first.stdout == plain.stdout, 'decode: other answers while the index is made')
    check(b'index written to' in first.stderr, f'decode: no index made opportunistically: {first.stderr[-300:]}')
    again = index.run('symline', 'decode', '--index=require', stdin=log.encode())
    check(again.stdout == plain.stdout and not again.stderr, 'decode: other answers from the opportunistic index')


def tidy(index):
    """--list and --prune."""
    listed = index.run('symline', 'index', '--list').stdout.decode().splitlines()
    check(listed and all('.gsym' in line for line in listed), f'--list: {listed}')
    removed = index.run('symline', 'index', '--prune', '--max-size=0').stdout.decode().splitlines()
    check(len(removed) == len(listed) + 1, f'--prune: {removed}')
    check(removed[-1].startswith('freed '), f'--prune: {removed}')
    check(index.run('symline', 'index', '--list').stdout == b'', '--list after --prune')


def full_disk(index, path):
    """Nothing is left of an index that could not be written whole."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='symline-full-'))
    try:
        limited = ['sh', '-c', 'ulimit -f 8; exec "$0" "$@"', str(index.programs / 'symline'), 'index', '--directory',
                   str(folder), str(path)]
        done = subprocess.run(limited, capture_output=True, env=index.environment, check=False)
        check(done.returncode != 0, 'an index larger than may be written')
        check(list(folder.glob('*.gsym')) == [], 'half an index is left')
    finally:
        shutil.rmtree(folder)


def on_small_disk(folder, *words, **options):
    """Runs a program while a file system of 64 KB is mounted at `folder`, and names on standard error the files that
    are left there; None where nothing may be mounted."""
    mounted = 'mount -t tmpfs -o size=64k,mode=700 symline "$0" || exit 99; "$@"; status=$?; find "$0" -type f >&2; exit $status'
    if not shutil.which('unshare'):
        return None
    for namespace in (['--mount'], ['--mount', '--map-root-user']):
        done = subprocess.run(['unshare', *namespace, 'sh', '-c', mounted, str(folder), *map(str, words)],
                              capture_output=True, check=False, **options)
        refused = done.returncode == 99 or done.stderr.startswith(b'unshare: ')
        if not refused:
            return done
    return None


def full_file_system(index, path, asked):
    """As full_disk, of a file system without room; a run that would have written the index opportunistically says so and
    answers."""
    program = index.programs / 'symline'
    with tempfile.TemporaryDirectory(prefix='symline-full-') as folder:
        made = on_small_disk(folder, program, 'index', '--directory', folder, path, env=index.environment)
        if made is None:
            print('full file system: nothing may be mounted here, not tested')
            return
        said = made.stderr.decode()
        check(made.returncode == 1 and made.stdout == b'', f'an index larger than its disk: {made.returncode} {said}')
        check(said.count('\n') == 1 and 'No space left' in said, f'an index larger than its disk: {said}')
        stdin = '\n'.join(f'{a:#x}' for a in asked).encode() + b'\n'
        plain = index.run('symline-addr2line', '--index=never', '-afi', '-e', path, stdin=stdin)
        passed = on_small_disk(folder, index.programs / 'symline-addr2line', '-afi', '-e', path, input=stdin,
                               env={**index.environment, 'XDG_CACHE_HOME': folder})
        said = passed.stderr.decode()
        check(passed.returncode == 0 and passed.stdout == plain.stdout, f'other answers with a full disk: {said}')
        check(said.count('\n') == 1 and 'No space left' in said, f'a full disk, opportunistic index: {said}')



def change_byte(path):
    """Another name in .debug_str: the same size and the same times."""
    status = path.stat()
    content = bytearray(path.read_bytes())
    at = content.rindex(b'\0hypotenuse\0') + 1
    content[at] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def without_build_id(index, folder):
    """The index of a file without a build id: found again by the file's path, used while its content is the same."""
    content = (HERE.parent / 'fixtures/bin/c-gcc-dwarf5').read_bytes().replace(b'\3\0\0\0GNU\0', b'\3\0\0\0XYZ\0')
    path = pathlib.Path(folder) / os.fsdecode(b'no\xff id\n')
    path.write_bytes(content)
    section = Elf(path).section('.text')
    asked = [section.address + i for i in range(section.size)]
    stdin = '\n'.join(f'{a:#x}' for a in asked).encode() + b'\n'

    def answers(*options, file=path, **more):
        return index.run('symline-addr2line', '-afi', '-e', file, *options, stdin=stdin, **more)

    def refused(said, **more):
        done = answers('--index=require', status=1, **more)
        check(said in done.stderr.decode(errors='replace'), f'without a build id: {done.stderr[-300:]}')

    plain = answers('--index=never').stdout
    refused('no index of it')
    index.run('symline', 'index', path)
    same_answers(index, path, asked)
    linked = pathlib.Path(folder) / 'link'
    linked.symlink_to(path.name)
    relative = os.path.relpath(linked)
    for file in linked, relative:
        check(answers('--index=require', file=file).stdout == plain, f'{file}: other answers from the index')
    copy = pathlib.Path(folder) / 'copy'
    copy.write_bytes(path.read_bytes())
    refused('no index of it', file=copy)
    os.utime(path, ns=(1, 1))
    check(answers('--index=require').stderr == b'', 'other times of the same content')

    change_byte(path)
    changed = answers('--index=never').stdout
    check(changed != plain, 'the change cannot be seen')
    refused('the file has changed since it was made')
    around = answers()
    check(around.stdout == changed, 'answers of the file as it was')
    check(b'its index is not used: the file has changed' in around.stderr, f'not said: {around.stderr[-300:]}')
    index.run('symline', 'index', path)
    check(answers('--index=require').stdout == changed, 'other answers from the index made anew')
    listed = index.run('symline', 'index', '--list').stdout.decode().splitlines()
    check(len(listed) == 1 and '/path-' in listed[0], f'--list: {listed}')
    path.write_bytes(path.read_bytes() + b'\0')
    refused('the file has changed since it was made')
    print(f'without a build id: {len(asked)} addresses')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--programs', type=pathlib.Path, required=True)
    parser.add_argument('--kernel', type=pathlib.Path, help='a folder with usr/lib/debug of a kernel')
    parser.add_argument('--count', type=int, default=100000)
    options = parser.parse_args()
    kernels = sorted(options.kernel.glob('usr/lib/debug/boot/vmlinux-*')) if options.kernel else []
    with tempfile.TemporaryDirectory(prefix='symline-index-') as scratch:
        index = Index(options.programs, scratch)
        try:
            for path, count in [(options.programs / 'symline-addr2line', 10000), *((k, options.count) for k in kernels)]:
                asked = addresses(str(path), count)
                gsym = index.make(path)
                same_answers(index, path, asked)
                agreed = read_by_llvm(index, path, gsym, asked)
                damage(index, path, gsym, asked)
                print(f'{path.name}: {count} addresses, {agreed} of them as LLVM reads the index')
            tidy(index)
            with tempfile.TemporaryDirectory(prefix='symline-path-') as folder:
                without_build_id(index, folder)
            full_disk(index, options.programs / 'symline-addr2line')
            tidy(index)
            program = options.programs / 'symline-addr2line'
            # Several times what it takes until making an index would have been the quicker way, on any machine.
            many = addresses(str(program), 600000)
            full_file_system(index, program, many)
            in_passing_of_decode(index, program)
            tidy(index)
            in_passing(index, program, many)
            if kernels:
                in_passing(index, kernels[0], addresses(str(kernels[0]), 2500000))
        except Failed as failure:
            sys.exit(f'index.py: {failure}')
    if not kernels:
        print('no kernel: the programs alone were looked up')
    return 0


if __name__ == '__main__':
    sys.exit(main())
