#!/usr/bin/env python3
"""symline decode on logs as logrotate leaves them, and on UTF-16: compressed ones give what the log itself gives, by name, on
a pipe, in several members; damaged ones what could be read, one line of error and status 1; and none takes memory for what
it unpacks to. Exit: 0 or 1."""
import argparse
import gzip
import lzma
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / 'fixtures/bin'
REPORT = b''.join(b'[   12.%06d] RIP: 0010:sched_fork+0x20/0x90\n[   12.%06d]  do_fork+0x10/0x30\n' % (i, i) for i in range(3000))
# Peak of any run, in KiB; AddressSanitizer keeps up to 256 MiB of what was freed. One line of a bomb is larger.
MEMORY = 768 << 10
BOMB_MEMBERS, MEMBER = 16, 64 << 20


def zstd(data):
    return subprocess.run(['zstd', '-q', '-c'], input=data, stdout=subprocess.PIPE, check=True).stdout


PACKERS = {'gzip': gzip.compress, 'xz': lzma.compress, 'zstd': zstd}


class Test:
    def __init__(self, program):
        self.program = program
        self.problems = []

    def run(self, arguments, data=b''):
        return subprocess.run([self.program, 'decode', '--offline', '-k', 'mini-vmlinux-gcc'] + arguments, input=data,
                              capture_output=True, cwd=FIXTURES, timeout=100)

    def expect(self, what, held):
        if not held:
            self.problems.append(what)

    def same(self, what, run, expected):
        self.expect(f'{what}: exit {run.returncode}, {run.stderr[:200]}', (run.returncode, run.stderr) == (0, b''))
        self.expect(f'{what}: {len(run.stdout)} bytes in place of {len(expected)}', run.stdout == expected)


def check_whole(test, folder, name, expected):
    pack = PACKERS[name]
    path = folder / f'kern.log.1-{name}'
    path.write_bytes(pack(REPORT))
    test.same(f'{name} by name', test.run([str(path)]), expected)
    half = REPORT.index(b'\n', len(REPORT) // 2) + 1
    test.same(f'{name} on standard input, two members', test.run([], pack(REPORT[:half]) + pack(REPORT[half:])), expected)


def check_damaged(test, name, expected):
    pack = PACKERS[name]
    packed = pack(REPORT)
    run = test.run([], packed[:len(packed) * 2 // 3])
    test.expect(f'{name} cut: {run.stderr}', run.returncode == 1 and run.stderr.count(b'\n') == 1
                and b'standard input: compressed data ends too early' in run.stderr)
    lines = run.stdout.split(b'\n')[:-1]
    test.expect(f'{name} cut: what was there', len(lines) > 100 and expected.startswith(b'\n'.join(lines)))
    # Of the data, not of a checksum at its end.
    damaged = bytearray(pack(os.urandom(1 << 20) + REPORT))
    for at in range(len(damaged) * 2 // 3, len(damaged) * 2 // 3 + 200):
        damaged[at] ^= 0x5a
    run = test.run([], bytes(damaged))
    test.expect(f'{name} damaged: {run.stderr}', run.returncode == 1 and run.stderr.count(b'\n') == 1)


def check_encodings(test, expected):
    text = REPORT.decode()
    test.same('UTF-16, little endian', test.run([], b'\xff\xfe' + text.encode('utf-16-le')), expected)
    test.same('UTF-16, big endian', test.run([], b'\xfe\xff' + text.encode('utf-16-be')), expected)
    test.same('UTF-16 in gzip', test.run([], gzip.compress(b'\xff\xfe' + text.encode('utf-16-le'))), expected)
    test.same('the mark of UTF-8', test.run([], b'\xef\xbb\xbf' + REPORT), b'\xef\xbb\xbf' + expected)
    letters = 'a\u00e4\u20ac\U0001f600\ud83d!\n'
    test.same('letters', test.run([], b'\xff\xfe' + letters.encode('utf-16-le', 'surrogatepass') + b'x'),
              'a\u00e4\u20ac\U0001f600\ufffd!\n\ufffd'.encode())
    for start in (b'\x1f', b'(', b'\xff', b'\xef\xbb', b'\xfd7z', b'(\xb5/'):
        test.same(f'{start} alone', test.run([], start), start)


def check_following(test):
    """What was compressed and flushed is there at once, and text that begins like compressed data, too."""
    for name, piece in (('text', b'(a\n'), ('gzip', None)):
        process = subprocess.Popen([test.program, 'decode', '--offline', '-k', 'mini-vmlinux-gcc'], cwd=FIXTURES,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if piece is None:
            import zlib
            packer = zlib.compressobj(wbits=31)
            piece = packer.compress(b'(a\n') + packer.flush(zlib.Z_SYNC_FLUSH)
        started = time.monotonic()
        os.write(process.stdin.fileno(), piece)
        read = os.read(process.stdout.fileno(), 100)
        test.expect(f'{name} that goes on: {read}', read == b'(a\n' and time.monotonic() - started < 5)
        process.stdin.close()
        process.wait()
        process.stdout.close()


def check_bombs(test):
    """One line that is larger than the memory that is allowed."""
    member = gzip.compress(bytes(MEMBER))
    process = subprocess.Popen([test.program, 'decode', '--offline', '-k', 'mini-vmlinux-gcc'], cwd=FIXTURES,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    size = 0
    if os.fork() == 0:
        process.stdout.close()
        for _ in range(BOMB_MEMBERS):
            os.write(process.stdin.fileno(), member)
        os._exit(0)
    process.stdin.close()
    while part := process.stdout.read(1 << 20):
        size += len(part)
    test.expect(f'a bomb: {size} bytes, {process.stderr.read()[:200]}', size == BOMB_MEMBERS * MEMBER and process.wait() == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', type=pathlib.Path, required=True)
    test = Test(parser.parse_args().program.resolve())
    plain = test.run([], REPORT)
    expected = plain.stdout
    test.same('the log itself', plain, expected)
    test.expect('its frames', expected.count(b'(kernel/fork.c:19)') == 3000)
    with tempfile.TemporaryDirectory() as folder:
        for name in PACKERS:
            if name == 'zstd' and shutil.which(name) is None:
                continue
            check_whole(test, pathlib.Path(folder), name, expected)
            check_damaged(test, name, expected)
        missing = test.run([folder + '/none.gz'])
        test.expect(f'no such file: {missing.stderr}', missing.returncode == 1)
    check_encodings(test, expected)
    check_following(test)
    check_bombs(test)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    test.expect(f'peak memory of a run: {peak} KiB', peak < MEMORY)
    print('\n'.join(test.problems) or 'compressed logs are read')
    return 1 if test.problems else 0


if __name__ == '__main__':
    sys.exit(main())
