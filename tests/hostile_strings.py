#!/usr/bin/env python3
"""Runs the golden cases on a pseudo-terminal, with escape sequences in what their inputs hold.

The strings to spoil are found and not listed: every word that some case prints and that is in a file below fixtures/bin
or in a log gets a control sequence in place of its middle, in a copy of the folder. Which of the places where a word
stands are spoilt differs from round to round, so that one name may still be found by another that is intact.
Whatever the programs then print, none of it may be a control character that the terminal would obey."""
import argparse
import collections
import concurrent.futures
import pathlib
import random
import re
import shutil
import sys
import tempfile

import golden
from terminal import HOSTILE, on_terminal

# Colours and hyperlinks.
OURS = re.compile(rb'\x1b\[[0-9;]*m|\x1b\]8;;[!-~]*\x1b\\')
SEQUENCES = [b'\x1b[2J', b'\x1b]0;t\x07', b'\x1b[5n', b'\xc2\x9b2J', b'\x9b2J', b'\x07', b'\b\b\b', b'\r', b'\x0e',
             b'\xe2\x80\xae', b'\xe2\x81\xa6', b'\x1bc', b'\x7f']
# A line of the stranger's own. Not in what is decoded, where a line end is what it is.
LINE = b'\nZQX'
SHORTEST = 6
SHARE = 0.5
SEEDS = range(8)
# Rounds in which what the user wrote is spoilt as well.
WITH_ARGUMENTS = range(5, 8)
# What shows that a sequence came as far as the output: it stands there as text.
SHOWN = re.compile(rb'\\x(?:1b|07|08|0d|0e|7f|9b|c2\\x9b|e2\\x80\\xae|e2\\x81\\xa6)|\\u(?:00|20)[0-9a-f]{2}')


def words_of(cases):
    """Words of what the cases print."""
    found = set()
    for case in cases:
        for block in case.blocks.values():
            for line in block:
                found.update(re.findall(rb'[\w./-]{%d,}' % SHORTEST, line.encode('utf-8', 'surrogateescape')))
    return found


def spoil(data, words, chance, sequences):
    """The data with sequences in some of the places where the words stand, its size unchanged."""
    def other(match):
        word = match[0]
        if word not in words or chance.random() > SHARE:
            return word
        fitting = [x for x in sequences if len(x) + 2 <= len(word)]
        sequence = chance.choice(fitting)
        at = chance.randint(1, len(word) - len(sequence) - 1)
        return word[:at] + sequence + word[at + len(sequence):]
    return re.sub(rb'[\w./-]{%d,}' % SHORTEST, other, data)


def spoilt_copy(folder, words, chance, sequences):
    shutil.copytree(golden.ROOT / 'fixtures/bin', folder, symlinks=True)
    for path in sorted(folder.rglob('*')):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o755)
            path.write_bytes(spoil(path.read_bytes(), words, chance, sequences))


def arguments(case, chance):
    """The command with sequences in a third of its words: most are names of files, which are missing then."""
    spoilt = [case.words[0].encode()]
    for word in case.words[1:]:
        word = word.encode('utf-8', 'surrogateescape')
        at = chance.randint(0, len(word))
        spoilt.append(word[:at] + chance.choice([*SEQUENCES, LINE]) + word[at:] if chance.random() < 1 / 3 else word)
    return spoilt


def run_case(case, programs, folder, words, chance, with_arguments):
    name = case.words[0]
    program = programs / golden.PROGRAM_OF.get(name, name)
    stdin = spoil(case.input(folder), words, chance, SEQUENCES)
    command = arguments(case, chance) if with_arguments else case.words
    output = on_terminal(command, stdin, program, folder, HOME='/nonexistent', LC_ALL='C', **case.environment)
    rest = OURS.sub(b'', output).replace(b'\r', b'')
    return output, HOSTILE.findall(rest) or (LINE in rest and LINE)


def run_round(seed, cases, programs, words):
    chance = random.Random(seed)
    failures, shown = [], collections.Counter()
    with tempfile.TemporaryDirectory() as top:
        folder = pathlib.Path(top) / 'fixtures/bin'
        # With spoilt arguments a program is at times read as a log, whose line ends stay.
        spoilt_copy(folder, words, chance, SEQUENCES if seed in WITH_ARGUMENTS else [*SEQUENCES, LINE])
        with concurrent.futures.ThreadPoolExecutor() as pool:
            jobs = [(case, pool.submit(run_case, case, programs, folder, words, random.Random(f'{seed}{case.path}'),
                                       seed in WITH_ARGUMENTS))
                    for case in cases]
            for case, job in jobs:
                output, hostile = job.result()
                if hostile:
                    failures.append(f'{case.path.name}, seed {seed}: {hostile!r} in {output!r}')
                shown.update(set(SHOWN.findall(output)))
    return failures, shown


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--programs', type=pathlib.Path, required=True, help='folder of our programs')
    parser.add_argument('--seeds', type=int, nargs='+', default=SEEDS, help='which rounds to run (all)')
    options = parser.parse_args()
    programs, seeds = options.programs.resolve(), options.seeds
    cases = [golden.Case(path) for path in sorted((golden.ROOT / 'fixtures/cases').glob('*/*.txt'))]
    cases = [case for case in cases if case.target is None]
    words = words_of(cases)
    failures, shown = [], collections.Counter()
    for seed in seeds:
        found, seen = run_round(seed, cases, programs, words)
        failures += found
        shown += seen
    for failure in failures:
        print(failure)
    print(f'{len(cases)} cases, {len(seeds)} rounds: {len(failures)} failures; sequences shown as text: '
          + ', '.join(f'{count} {what.decode()}' for what, count in shown.most_common(8)))
    if sum(shown.values()) < len(cases) // 4:
        print('too few of them came as far as the output')
        return 1
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
