#!/usr/bin/env python3
"""Every option that a program's --help lists is in its manual page."""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMANDS = [('symline', ['decode']), ('symline', ['find']), ('symline', ['index']), ('symline', ['core']),
            ('symline-addr2line', []), ('symline-faddr2line', [])]


def listed(text):
    """The options at the start of a line of --help: "-k,--vmlinux FILE  use this", "  -R --recurse-limit"."""
    options = set()
    for line in text.splitlines():
        words = re.match(r'\s+(-[^ ].*?)(\s{2}|$)', line)
        options.update(re.findall(r'(?<![\w-])--?[A-Za-z][\w-]*', words[1]) if words else [])
    return options


def documented(page):
    """What follows Fl in the page, where mdoc leaves one dash out."""
    options = set()
    for line in page.splitlines():
        if re.match(r'\.(It|Op|Fl|Nm|Pq)?.*\bFl\b', line):
            options.update('-' + word for word in re.findall(r'(?<=[ ])(-?[A-Za-z][\w-]*)', line))
    return options


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--programs', type=pathlib.Path, required=True, help='folder of our programs')
    programs = parser.parse_args().programs.resolve()
    missing = []
    for program, words in COMMANDS:
        done = subprocess.run([programs / program, *words, '--help'], capture_output=True, text=True, check=False)
        options = listed(done.stdout + done.stderr)
        if not options and program != 'symline-faddr2line':
            missing.append(f'{program} {" ".join(words)}: --help lists no options')
        page = documented((ROOT / f'man/{program}.1').read_text('utf-8'))
        missing += [f'{program} {" ".join(words)}: {each} is not in the manual page' for each in sorted(options - page)]
    print('\n'.join(missing) or f'{len(COMMANDS)} helps, all in the manual pages')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
