#!/usr/bin/env python3
"""Does the log parser find every place of the real excerpts in fixtures/logs/excerpts, with its kind, and no other?

    log_excerpts.py --dump PROGRAM

The program is symline_parse_dump. NAME.frames beside each NAME.txt is the list of places; SYMLINE_UPDATE_GOLDEN=1 writes it anew, to be
read beside the text."""
import argparse
import difflib
import os
import pathlib
import subprocess
import sys

EXCERPTS = pathlib.Path(__file__).resolve().parent.parent / 'fixtures/logs/excerpts'


def found(dump, path):
    output = subprocess.run([dump, path], capture_output=True, check=True).stdout.decode()
    rows = [row.split('\t') for row in output.splitlines()]
    return [f'{line} {kind} {form} {text}' for _, line, text, _, _, _, _, kind, form, *_ in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--dump', required=True)
    options = parser.parse_args()
    texts, places, failed = sorted(EXCERPTS.glob('*.txt')), 0, 0
    for text in texts:
        frames, golden = found(options.dump, text), text.with_suffix('.frames')
        if os.environ.get('SYMLINE_UPDATE_GOLDEN') == '1':
            golden.write_text('\n'.join(frames) + '\n')
        wanted = golden.read_text().splitlines()
        differences = list(difflib.unified_diff(wanted, frames, golden.name, text.name, lineterm='', n=0))
        print(*differences, sep='\n', end='\n' if differences else '')
        places, failed = places + len(wanted), failed + bool(differences)
    print(f'{places} places in {len(texts)} excerpts, {failed} excerpts differ')
    return 1 if failed or not texts else 0


if __name__ == '__main__':
    sys.exit(main())
