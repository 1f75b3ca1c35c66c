#!/usr/bin/env python3
"""symline decode on logs whose lines are JSON or CSV: every log of the fixtures is wrapped as collectors do it, decoded, and
compared with what the log itself becomes. Each line of the output must be the same object but for the value that held the
text, and the values together the decoded text. Exit: 0 or 1."""
import argparse
import csv
import io
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / 'tests'))
import golden  # noqa: E402

OPTIONS = ['decode', '--offline', '--debug-dir', 'nowhere', '--sysroot', 'userroot', '-k', 'mini-vmlinux-gcc']


def compact(value):
    return json.dumps(value, separators=(',', ':'), ensure_ascii=False)


def go_string(line):
    """What Go's encoder writes: it escapes for HTML, too."""
    text = compact(line)
    for character in '<>&':
        text = text.replace(character, f'\\u{ord(character):04x}')
    return text


def docker(line):
    return f'{{"log":{go_string(line + chr(10))},"stream":"stdout","time":"2026-11-27T19:40:05.123456789Z"}}'


def docker_of_json(line):
    return docker(compact({'level': 'warn', 'time': 1700000000, 'msg': line}))


def journal(line):
    bytes_of = list(line.encode('utf-8', 'surrogateescape'))
    clean = all(c == '\t' or ' ' <= c <= '~' for c in line)
    return compact({'__CURSOR': 's=7e;i=1a2b', '_TRANSPORT': 'kernel', 'PRIORITY': '4', 'MESSAGE': line if clean else bytes_of, '_BOOT_ID': 'a' * 32})


def journal_pretty(line):
    return f'\t"MESSAGE" : {json.dumps(line)},'


def loki(line):
    return json.dumps({'streams': [{'stream': {'job': 'kern'}, 'values': [['1700000000000000000', line]]}]})


def compose(line):
    return 'kernlog-1  | ' + compact({'ts': 1.5, 'message': line, 'attrs': [1, None, {'a': True}]})


def open_telemetry(line):
    return compact({'timeUnixNano': '1', 'body': {'stringValue': line}, 'attributes': [{'key': 'k', 'value': {'stringValue': 'v'}}]})


def fluent_bit(line):
    return json.dumps([1726865990.8, {'log': line}])


STYLES = {style.__name__: style for style in
          (docker, docker_of_json, journal, journal_pretty, loki, compose, open_telemetry, fluent_bit)}


def parse(line, style):
    if style is journal_pretty:
        return json.loads('{' + line.rstrip(',') + '}')
    if style is fluent_bit:
        return json.loads(line)[1]
    return json.loads(line[line.index('{'):])


def take_text(value, style):
    """The text that the style put there, which is taken out of the object."""
    if style is docker:
        text = value.pop('log')
        assert text.endswith('\n')
        return text[:-1]
    if style is docker_of_json:
        inner = json.loads(value.pop('log'))
        text = inner.pop('msg')
        value['log'] = inner
        return text
    if style is loki:
        return value['streams'][0]['values'][0].pop()
    if style is open_telemetry:
        return value['body'].pop('stringValue')
    if style is fluent_bit:
        return value.pop('log')
    text = value.pop('message' if style is compose else 'MESSAGE')
    return text if isinstance(text, str) else bytes(text).decode('utf-8', 'surrogateescape')


def decoded(program, text):
    run = subprocess.run([program] + OPTIONS, input=text.encode('utf-8', 'surrogateescape'), capture_output=True,
                         cwd=ROOT / 'fixtures/bin', timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout.decode('utf-8', 'surrogateescape')


def is_plain(line):
    """Lines that are in a container already say something else in another; other bytes than UTF-8 are none of JSON."""
    text = line.lstrip(' \t')
    if text.startswith(('{', '"', '}', ']', ',')) or '{"' in text or re.search('[,;\t]"|"[,;\t]', line) or '#012' in line or '\r' in line or '\0' in line:
        return False
    try:
        line.encode('utf-8')
    except UnicodeEncodeError:
        return False
    return True


def logs(every):
    """Name and lines of each, or of one in so many; what stands in the golden cases is one text."""
    for path in sorted((ROOT / 'fixtures/logs').rglob('*.txt'))[::every]:
        yield path.name, path.read_text('utf-8', 'surrogateescape').split('\n')[:-1]
    lines = []
    for path in sorted((ROOT / 'fixtures/cases/symline').glob('*.txt')):
        case = golden.Case(path)
        if 'decode' in case.words:
            lines += golden_input(path)
    yield 'golden cases', lines


def golden_input(path):
    lines = path.read_text('utf-8', 'surrogateescape').split('\n')
    found = [golden.unescape(line[2:]).decode('utf-8', 'surrogateescape') for line in lines if re.match('< ', line)]
    return ''.join(line + '\n' for line in found).split('\n')[:-1]


def check(program, name, lines, style, problems):
    wrapped = [style(line) for line in lines]
    printed = decoded(program, ''.join(line + '\n' for line in wrapped)).split('\n')[:-1]
    if len(printed) != len(wrapped):
        problems.append(f'{name}, {style.__name__}: {len(wrapped)} lines became {len(printed)}')
        return None
    texts = []
    for before, after in zip(wrapped, printed):
        try:
            was, is_now = parse(before, style), parse(after, style)
            take_text(was, style)
            texts.append(take_text(is_now, style))
        except (ValueError, KeyError, AssertionError) as error:
            problems.append(f'{name}, {style.__name__}: {error}:\n{after}')
            continue
        if compact(was) != compact(is_now) or before[:before.index('"')] != after[:after.index('"')]:
            problems.append(f'{name}, {style.__name__}: something else has changed:\n{before}\n{after}')
    return ''.join(text + '\n' for text in texts)


#: Where the text is in a row, and what is around it.
ROWS = {'in the middle': lambda i, line: [str(i), line, 'box "1"'], 'first': lambda i, line: [line, str(i), 'a, b; c\td'],
        'last': lambda i, line: ['2026-11-27T19:40:05+0000', 'box', str(i), line]}
DIALECTS = [{'quoting': csv.QUOTE_ALL}, {}, {'delimiter': ';'}, {'delimiter': '\t'}, {'lineterminator': '\r\n'},
            {'delimiter': ';', 'lineterminator': '\r\n', 'quoting': csv.QUOTE_NONNUMERIC}]


def written(rows, dialect):
    text = io.StringIO(newline='')
    csv.writer(text, **({'lineterminator': '\n'} | dialect)).writerows(rows)
    return text.getvalue()


def check_csv(program, name, lines, expected, problems):
    """A row for each line, with quotes where they are needed alone, too."""
    for place, row_of in ROWS.items():
        rows = [row_of(i, line) for i, line in enumerate(lines)]
        column = rows[0].index(lines[0])
        header = [f'field {i}' for i in range(len(rows[0]))]
        header[column] = 'message'
        for dialect in DIALECTS:
            printed = decoded(program, written([header] + rows, dialect))
            after = list(csv.reader(io.StringIO(printed, newline=''), delimiter=dialect.get('delimiter', ',')))
            what = f'{name}: the text {place} in a row, {dialect}'
            others = [row[:column] + row[column + 1:] for row in [header] + rows]
            if others != [row[:column] + row[column + 1:] for row in after]:
                pairs = zip([header] + rows, after)
                problems.append(f'{what}: other rows of CSV: {next((p for p in pairs if p[0] != p[1]), None)}')
                continue
            texts = [row[column] for row in after[1:]]
            if '\n'.join(texts) + '\n' != expected:
                pairs = zip(expected.split('\n'), '\n'.join(texts).split('\n'))
                problems.append(f'{what}: it differs: {next((p for p in pairs if p[0] != p[1]), None)}')


def check_csv_field(program, name, lines, expected, problems):
    """The whole text in one field."""
    printed = decoded(program, written([['n', 'message', 'host'], ['1', '\n'.join(lines), 'x']], {'quoting': csv.QUOTE_ALL}))
    after = list(csv.reader(io.StringIO(printed, newline='')))
    if after[1:] != [['1', expected.removesuffix('\n'), 'x']]:
        problems.append(f'{name}: as one field of CSV it differs')


def printed_records(records):
    """As programs print objects over several lines: each member on its own, the first beside the brace, the comma in front."""
    yield json.dumps(records, indent=2)
    yield json.dumps(records, indent=1).replace('{\n', '{ ').replace('[\n', '[ ')
    yield json.dumps(records, indent=1).replace('\n', '').replace(', "', ',\n"').replace('}, {', '\n}, {')
    members = ('\n  , '.join(f'{json.dumps(key)}: {json.dumps(value)}' for key, value in record.items()) for record in records)
    yield '[ ' + '\n, '.join('{ ' + each + '\n  }' for each in members) + '\n]'


def check_over_lines(program, name, lines, expected, problems):
    """The same records, each with the text first and last. Where a bare name is the kernel's only because of the names below,
    as in some of the golden cases, they are too far below."""
    records = [{'log': line, 'n': 1, 'of': {'a': 'b', 'c': [1, 2]}} for line in lines]
    records = [dict(sorted(record.items(), reverse=i % 2 == 1)) for i, record in enumerate(records)]
    for text in printed_records(records):
        printed = decoded(program, text + '\n')
        try:
            after = json.loads(printed)
        except ValueError as error:
            problems.append(f'{name}: over several lines: {error}')
            continue
        if printed.count('\n') != text.count('\n') + 1:
            problems.append(f'{name}: over several lines: {printed.count(chr(10))} lines')
        if ''.join(record.pop('log') + '\n' for record in after) != expected and name != 'golden cases':
            problems.append(f'{name}: over several lines it differs')
        elif [list(record.items()) for record in after] != [[m for m in record.items() if m[0] != 'log'] for record in records]:
            problems.append(f'{name}: over several lines: something else has changed')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', type=pathlib.Path, required=True)
    parser.add_argument('--every', type=int, default=1, metavar='N', help='of the logs only each Nth, and the golden cases')
    options = parser.parse_args()
    program = options.program.resolve()
    problems = []
    for name, lines in logs(options.every):
        lines = [line for line in lines if is_plain(line)]
        # The functions of tail calls are lines of plain text alone.
        plain = decoded(program, ''.join(line + '\n' for line in lines))
        expected = ''.join(line for line in plain.splitlines(keepends=True) if '(tail call) ' not in line)
        for style in STYLES.values():
            text = check(program, name, lines, style, problems)
            if text is not None and text != expected:
                pairs = zip(expected.split('\n'), text.split('\n'))
                at, pair = next(((i, p) for i, p in enumerate(pairs) if p[0] != p[1]), (0, ('', '')))
                problems.append(f'{name}, {style.__name__}: line {at + 1} of the text differs:\n{pair[0]}\n{pair[1]}')
        whole = compact({'message': '\n'.join(lines), 'n': 1})
        text = json.loads(decoded(program, whole + '\n'))['message']
        if text != expected.removesuffix('\n'):
            problems.append(f'{name}: as one value it differs')
        check_over_lines(program, name, lines, expected, problems)
        if lines:
            check_csv(program, name, lines, expected, problems)
            check_csv_field(program, name, lines, expected, problems)
    print('\n'.join(problems) or 'JSON stays JSON, and CSV CSV')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
