#!/usr/bin/env python3
"""symline decode on a pipe that stays open: a report's first line waits for the line below that names its kernel,
if that is on its way, and for nothing else. Exit: 0 or 1."""
import argparse
import os
import pathlib
import select
import subprocess
import sys
import time

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / 'fixtures/bin'
FRAME = b'WARNING: CPU: 0 PID: 1 at kernel/fork.c:15 do_fork+0x10/0x%s\n'
KERNEL = b'CPU: 0 PID: 1 Comm: a Not tainted %s #1\n'


class Decoder:
    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, 'decode', '--sysroot', 'nowhere', '--debug-dir', 'two-kernels'],
            cwd=FIXTURES, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.text = b''

    def write(self, text):
        os.write(self.process.stdin.fileno(), text)

    def read_until(self, wanted, seconds):
        """True when `wanted` has come before the time is over."""
        end = time.monotonic() + seconds
        while wanted not in self.text and time.monotonic() < end:
            if select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                read = os.read(self.process.stdout.fileno(), 65536)
                if not read:
                    break
                self.text += read
        return wanted in self.text

    def close(self):
        self.process.stdin.close()
        self.text += self.process.stdout.read()
        return self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', type=pathlib.Path, required=True)
    decoder = Decoder(parser.parse_args().program.resolve())
    problems = []

    def expect(what, held):
        if not held:
            problems.append(what)

    # Another kernel each time, and the line that says so a moment later.
    for release, size in ((b'6.1.0-gcc', b'30'), (b'6.2.0-clang', b'50')):
        decoder.text = b''
        decoder.write(FRAME % size)
        time.sleep(0.01)
        decoder.write(KERNEL % release)
        line = FRAME % size
        expect(f'{release}: the first frame was not looked up in the kernel named below it',
               decoder.read_until(line.strip() + b' (kernel/fork.c:19)\n', 5))
    # No such line comes: the frame is not held, and what stands before it was not either.
    decoder.text = b''
    decoder.write(b'before\n' + FRAME % b'50')
    expect('a frame was held for a line that did not come', decoder.read_until(b'fork.c:19)\n', 5))
    decoder.write(b'a line without stacks\n')
    expect('a line without stacks was held', decoder.read_until(b'without stacks\n', 5))
    expect('the exit status', decoder.close() == 0)
    print('\n'.join(problems) or 'ok')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
