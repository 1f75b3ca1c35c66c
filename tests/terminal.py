#!/usr/bin/env python3
"""What reaches a terminal: the programs run on a pseudo-terminal with logs and files that hold escape sequences.

Nothing of a stranger's control characters may come out, except tabs and line ends; our own sequences come on a
terminal only, and as NO_COLOR, TERM and the options want them."""
import argparse
import os
import pathlib
import pty
import re
import select
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / 'fixtures/bin'
TIME_LIMIT = 60
FRAME = b'[ 1.0]  sched_fork+0x20/0x90\n'
# Sequences that our own output may hold: colours, and links to what follows.
OURS = re.compile(rb'\x1b\[(?:1|2|36)?m|\x1b\]8;;[!-~]*\x1b\\')
HOSTILE = re.compile(rb'[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\xc2-\xf4\x80-\xbf])[\x80-\x9f]'
                     # Bidirectional formatting characters.
                     rb'|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]')

failures = []


def check(what, holds, output):
    if not holds:
        failures.append(f'{what}: {output!r}')


def on_terminal(command, stdin, program=None, folder=BIN, **environment):
    """What a program writes to the terminal that is its standard output and standard error."""
    controller, terminal = pty.openpty()
    variables = {'PATH': os.environ['PATH'], 'TERM': 'xterm-256color', **environment,
                 **{k: v for k, v in os.environ.items() if k.endswith('SAN_OPTIONS')}}
    with tempfile.TemporaryFile() as log:
        log.write(stdin)
        log.seek(0)
        process = subprocess.Popen(command, executable=program, cwd=folder, env=variables, stdin=log, stdout=terminal, stderr=terminal)
    os.close(terminal)
    output, end = b'', time.monotonic() + TIME_LIMIT
    while time.monotonic() < end:
        ready, _, _ = select.select([controller], [], [], 1)
        if not ready:
            continue
        try:
            block = os.read(controller, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not block:
            break
        output += block
    else:
        process.kill()
    process.wait()
    os.close(controller)
    return output.replace(b'\r\n', b'\n')


def crafted(folder, name, changes):
    """A copy of a fixture with other names in its string tables."""
    data = (BIN / name).read_bytes()
    for old, new in changes.items():
        assert len(old) == len(new) and old in data, old
        data = data.replace(old, new)
    path = folder / pathlib.Path(name).name
    path.write_bytes(data)
    return path


def test_log(decode):
    log = (b'\x1b]0;owned\x07\x1b[2J \x9b31m \xc2\x9b31m over\rwritten\ttab \x7f\n'
           b'\x1b[31m[ 1.0]\x1b[m  sched_fork+0x20/0x90 \x1b[5m\n'
           b'\x1b[2J ? do_fork+0x10/0x30\r\r\n [  2.0]\x1b[2J  sched_fork+0x20/0x90\n')
    for style in ('default', 'kernel', 'json'):
        output = on_terminal([*decode, f'--style={style}'], log)
        rest = OURS.sub(b'', output).replace(b'\r', b'') if style != 'json' else output
        check(f'{style}: a control character of the log', not HOSTILE.search(rest), output)
        check(f'{style}: the frame is decoded', b'kernel/sched.c' in output, output)
        if style != 'json':
            check(f'{style}: they are made visible', rb'\x1b]0;owned\x07\x1b[2J' in output, output)
            check(f'{style}: the line is not written over', rb'over\x0dwritten' in output, output)
            check(f'{style}: tabs stay', b'written\ttab' in output, output)
            check(f'{style}: escape sequences of the log', rb'\x1b[31m[ 1.0]\x1b[m' in output, output)


# sched_fork+0x1f; of a symbol, LLVM's styles show one place without what is inlined there.
AT = '0xffffffff8100016f'


def test_names(programs, folder):
    hostile = crafted(folder, 'mini-vmlinux-gcc', {
        b'\0pick_next\0': b'\0pic\x1b[2J\n_\0', b'./kernel/sched.c\0': b'./ke\x1b]0;a\x07\nsch.c\0'})
    runs = {
        'symline': ([programs / 'symline', 'decode', '-k', hostile, '--explain'], FRAME),
        'symline --style=kernel': ([programs / 'symline', 'decode', '--style=kernel', '-k', hostile], FRAME),
        'symline --style=json': ([programs / 'symline', 'decode', '--style=json', '-k', hostile], FRAME),
        'addr2line': ([programs / 'symline-addr2line', '-e', hostile, '-afi', 'sched_fork+0x1f'], b''),
        'addr2line, LLVM': ([programs / 'symline-addr2line', '-e', hostile, '-fi', '--output-style=LLVM',
                             '--verbose', AT], b''),
        'addr2line, JSON': ([programs / 'symline-addr2line', '-e', hostile, '-fi', '--output-style=JSON',
                             AT], b''),
        'faddr2line': ([programs / 'symline-faddr2line', hostile, 'sched_fork+0x1f'], b''),
    }
    for name, (command, stdin) in runs.items():
        output = on_terminal(command, stdin)
        check(f'{name}: a control character of the debug information',
              not HOSTILE.search(OURS.sub(b'', output)), output)
        check(f'{name}: it is made visible', re.search(rb'\\(x|u00)1b\[2J', output) or 'kernel' in name, output)
        # A line end in a name breaks the lines of a pipe's reader as well.
        piped = subprocess.run(command, input=stdin, cwd=BIN, stdout=subprocess.PIPE, check=False).stdout
        check(f'{name}: into a pipe', not HOSTILE.search(piped) and b'\n_' not in piped and b'\nsch.c' not in piped,
              piped)
    # The pattern would find them.
    check('the file holds them', HOSTILE.search(b'pic\x1b[2J'), b'')


def test_dump(programs):
    """The log of a kernel's dump, decoded and raw."""
    for options in ([], ['--dmesg']):
        output = on_terminal([programs / 'symline', 'core', '--sysroot', 'dump', '--debug-dir', 'nowhere', *options,
                              'dump/vmcore-kdump'], b'')
        check(f'dump {options}: no control character', not HOSTILE.search(output), output)
        check(f'dump {options}: it is shown instead', b'Product: \\x1b[31mred\\x1b[0m device\twith' in output, output)


def test_messages(programs):
    output = on_terminal([programs / 'symline', 'decode', 'no\x1b[2Jsuch'], b'')
    check('a message', b"'no\\x1b[2Jsuch'" in output and not HOSTILE.search(output), output)
    name = 'no\x1b[2J\nsymline: \x9bforged\r'
    for command in (['symline', 'find', name], ['symline', 'index', name], ['symline', 'core', name],
                    ['symline-addr2line', '-e', name, '0'], ['symline-faddr2line', name, 'f+0x1']):
        output = on_terminal([programs / command[0], *command[1:]], b'', XDG_CACHE_HOME='/nonexistent')
        check(f'{command[:2]}: a message', not HOSTILE.search(output.replace(b'\r', b'')), output)
        check(f'{command[:2]}: it is one line', b'\nsymline: ' not in output and rb'\x0asymline' in output, output)


def test_find(programs, folder):
    """Names in a file that say where other files are."""
    hostile = b'\x1b[2J\x07\r\n  debug   /evil'
    alt = crafted(folder, 'cxx-dwz-alt', {b'cxx-dwz-alt.sup\0': b'\x1b[2J\n debug\r\x07\xc2\x9b\0'})
    split = crafted(folder, 'split/c-gcc-dwarf4-split', {
        b'o/split/c-gcc-dwarf4-main.dwo\0': (b'o/' + hostile).ljust(29, b'x') + b'\0'})
    for name, path in (('alt', alt), ('split', split)):
        for options in ([], ['-v'], ['--json', '-v']):
            output = on_terminal([programs / 'symline', 'find', *options, path], b'')
            check(f'find {name} {options}: a control character', not HOSTILE.search(output), output)
            shown = re.search(rb'\\(x|u00)1b\[2J', output) or (name == 'alt' and '--json' in options)
            check(f'find {name} {options}: it is made visible', shown, output)
            check(f'find {name} {options}: a line of its own', not re.search(rb'\n *debug *(\\|/evil)', output), output)
        # A program that reads the names opens the files.
        piped = subprocess.run([programs / 'symline', 'find', path], stdout=subprocess.PIPE, check=False).stdout
        check(f'find {name}: into a pipe', b'\x1b[2J' in piped and rb'\x1b' not in piped, piped)


def test_source(programs, folder):
    (folder / 'kernel').mkdir()
    lines = ['line\x1b[2J\x0c'.encode()] * 60
    (folder / 'kernel/sched.c').write_bytes(b'\n'.join(lines))
    log = b' sched_fork+0x0/0x90\n'
    output = on_terminal([programs / 'symline', 'decode', '-k', 'mini-vmlinux-gcc', '--source=3', '--source-dir',
                          folder], FRAME + log)
    check('source: it is shown', rb'line\x1b[2J\x0c' in output, output)
    check('source: a control character', not HOSTILE.search(OURS.sub(b'', output)), output)
    output = on_terminal([programs / 'symline-addr2line', '-e', 'mini-vmlinux-gcc', '-i', '--source-dir', folder,
                          '--print-source-context-lines=3', 'sched_fork+0x1f'], b'')
    check('addr2line: its source is shown', rb'line\x1b[2J\x0c' in output, output)
    check('addr2line: a control character of source', not HOSTILE.search(output), output)


def test_colours(decode):
    def coloured(*options, **environment):
        return b'\x1b[36m' in on_terminal([*decode, *options], FRAME, **environment)
    for what, got, wanted in (
            ('a terminal', coloured(), True), ('NO_COLOR', coloured(NO_COLOR='1'), False),
            ('an empty NO_COLOR', coloured(NO_COLOR=''), True), ('TERM=dumb', coloured(TERM='dumb'), False),
            ('--color=never', coloured('--color=never'), False),
            ('--color=always', coloured('--color=always', NO_COLOR='1'), True),
            ('--style=kernel', coloured('--style=kernel', '--color=always'), False),
            ('--style=json', coloured('--style=json', '--color=always'), False)):
        check(f'colours, {what}', got == wanted, got)
    piped = subprocess.run(decode, input=FRAME, cwd=BIN, stdout=subprocess.PIPE, check=False).stdout
    check('colours, a pipe', b'\x1b' not in piped, piped)


def test_links(decode):
    template = ['--color=never', '--source-url', 'https://h/{path}#n{line}']
    link = b'\x1b]8;;https://h/kernel/sched.c#n37\x1b\\kernel/sched.c:37\x1b]8;;\x1b\\'
    check('--source-url', link in on_terminal([*decode, *template], FRAME), b'')
    for options, environment in ((['--hyperlinks=never'], {}), ([], {'TERM': 'dumb'}), ([], {'TERM': 'linux'})):
        output = on_terminal([*decode, *template, *options], FRAME, **environment)
        check(f'no links: {options} {environment}', b'\x1b' not in output, output)
    path = BIN / 'src/mini-linux/kernel/sched.c'
    uri = f'file://{socket.gethostname()}{path}'.encode()
    command = [*decode, '--color=never', '--source-dir', 'src/mini-linux']
    output = on_terminal([*command, '--hyperlinks'], FRAME)
    check('--hyperlinks', b'\x1b]8;;' + uri + b'\x1b\\kernel/sched.c:37\x1b]8;;\x1b\\' in output, output)
    output = on_terminal(command, FRAME)
    check('no links unless they are asked for', b'\x1b' not in output, output)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--programs', type=pathlib.Path, required=True, help='folder of our programs')
    programs = parser.parse_args().programs.resolve()
    decode = [programs / 'symline', 'decode', '-k', 'mini-vmlinux-gcc']
    with tempfile.TemporaryDirectory() as folder:
        test_log(decode)
        test_dump(programs)
        test_names(programs, pathlib.Path(folder))
        test_messages(programs)
        test_find(programs, pathlib.Path(folder))
        test_source(programs, pathlib.Path(folder))
        test_colours(decode)
        test_links(decode)
    for failure in failures:
        print(failure)
    print('the terminal gets what it should' if not failures else f'{len(failures)} failures')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
