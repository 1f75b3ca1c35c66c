#!/usr/bin/env python3
"""Every option that a program's --help lists is in its manual page, and every one that the page explains in --help; symline(1) says of each form of a log what the parser finds
in it, and no page puts quotes in quotes."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MACROS = {'Ar', 'Cm', 'No', 'Ns', 'Op', 'Pq', 'Ql', 'Xr'}
COMMANDS = [('symline', []), ('symline', ['decode']), ('symline', ['find']), ('symline', ['index']), ('symline', ['core']), ('symline', ['verify']),
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


def explained(page):
    """The options that a list of the page has an item for: '.It Fl C , -demangle Ns Op = Ns Ar style', '.It Fl a , Fl -addresses'."""
    options = set()
    for line in page.splitlines():
        is_option = False
        for word in line.split() if line.startswith('.It ') else []:
            if word == 'Fl':
                is_option = True
            elif is_option and word != ',':
                is_option = re.fullmatch('-?[A-Za-z][\\w-]*', word) is not None and word not in MACROS
                options.update({'-' + word} if is_option else {})
    return options


def plain(example):
    """Without what mdoc writes for quotes, arrows and other characters."""
    text = example.replace('\\(dq', '"').replace('\\(->', '\u2192').replace('\\&', '')
    return re.sub(r'\\\[u([0-9A-F]{4,6})\]', lambda m: chr(int(m[1], 16)), text)


def groups_of_forms(page):
    """The lists of examples below FORMATS, each as [(example, kinds)]: '.It Ql "EXAMPLE"', then 'exact: why' or 'exact, call: why'."""
    section = page[page.index('.Sh FORMATS'):page.index('.Ss JSON')]
    for group in re.findall(r'^\.Bl (?:.*\n)+?\.El$', section, re.M):
        rows = re.findall(r'^\.It Ql "(.*)"\n([a-z, ]+)', group, re.M)
        if rows:
            yield [(plain(example), kinds.split(', ')) for example, kinds in rows]


def wrong_forms(dump):
    """The examples of one list are one text."""
    wrong, count = [], 0
    for group in groups_of_forms((ROOT / 'man/symline.1').read_text('utf-8')):
        with tempfile.NamedTemporaryFile('w') as file:
            file.write(''.join(example + '\n' for example, _ in group))
            file.flush()
            output = subprocess.run([dump, file.name], capture_output=True, text=True, check=True).stdout
        found = [row.split('\t') for row in output.splitlines()]
        for number, (example, kinds) in enumerate(group, 1):
            count += 1
            ours = [row[7] for row in found if row[1] == str(number)] or ['nothing']
            if ours != kinds:
                wrong.append(f'FORMATS: {example!r} is {", ".join(ours)}, not {", ".join(kinds)}')
    print(f'{count} examples of forms')
    return wrong


def nested_quotes():
    """Rendered lines in which a quote is closed right after another: the macro for one quotes those after it on its line, too."""
    if not shutil.which('mandoc'):
        print('no mandoc, pages are not rendered')
        return []
    wrong = []
    for page in sorted((ROOT / 'man').glob('symline*')):
        done = subprocess.run(['mandoc', '-T', 'utf8', page], capture_output=True, text=True, check=False)
        wrong += [f'{page.name}: quotes in quotes: {line.strip()}' for line in done.stdout.splitlines()
                  if re.search('\u2019\u2019|\u201d\u201d', line)]
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--programs', type=pathlib.Path, required=True, help='folder of our programs')
    parser.add_argument('--dump', type=pathlib.Path, required=True, help='symline_parse_dump')
    options = parser.parse_args()
    programs = options.programs.resolve()
    missing = wrong_forms(options.dump.resolve()) + nested_quotes()
    helped = {}
    for program, words in COMMANDS:
        done = subprocess.run([programs / program, *words, '--help'], capture_output=True, text=True, check=False)
        options = listed(done.stdout + done.stderr)
        if not options and program != 'symline-faddr2line':
            missing.append(f'{program} {" ".join(words)}: --help lists no options')
        page = documented((ROOT / f'man/{program}.1').read_text('utf-8'))
        missing += [f'{program} {" ".join(words)}: {each} is not in the manual page' for each in sorted(options - page)]
        helped.setdefault(program, set()).update(options)
    for program, options in helped.items():
        page = explained((ROOT / f'man/{program}.1').read_text('utf-8'))
        missing += [f'{program}: {each} of the manual page is in no --help' for each in sorted(page - options)]
    print('\n'.join(missing) or f'{len(COMMANDS)} helps, all in the manual pages')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
