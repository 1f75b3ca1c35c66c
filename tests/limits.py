#!/usr/bin/env python3
"""What crafted files may cost: each is answered, or refused with a reason, within 1 GB of memory (as the system enforces it) and 100 MB on the disk. No clock is asked: how much
work there may be is counted by the programs, and unit tests look at that."""
import argparse
import os
import pathlib
import resource
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib
import io
import lzma

GIGABYTE = 1 << 30
failures = []


def check(holds, what):
    if not holds:
        failures.append(what)
        print(what, file=sys.stderr)


def note(name, kind, content):
    pad = lambda b: b + b'\0' * (-len(b) % 4)
    name += b'\0'
    return struct.pack('<III', len(name), len(content), kind) + pad(name) + pad(content)


def status(tid, pc=0x401000, sp=0x7FFE0000, bp=0):
    registers = [0] * 27
    registers[16], registers[19], registers[4] = pc, sp, bp
    head = struct.pack('<iiihxxQQiiii', 11, 0, 0, 11, 0, 0, tid, 0, 0, 0)
    return note(b'CORE', 1, head + bytes(64) + struct.pack('<27Q', *registers) + bytes(8))


def auxiliary(values):
    return note(b'CORE', 6, b''.join(struct.pack('<QQ', *each) for each in [*values.items(), (0, 0)]))


def core(notes, segments=()):
    """Segments are (address, bytes)."""
    at = (64 + 56 * (1 + len(segments)) + 15) & ~15
    headers = struct.pack('<IIQQQQQQ', 4, 4, at, 0, 0, len(notes), 0, 4)
    body, first = notes, at
    for address, content in segments:
        body += bytes(-len(body) % 16)
        headers += struct.pack('<IIQQQQQQ', 1, 7, first + len(body), address, 0, len(content), len(content), 4096)
        body += content
    ident = b'\x7fELF' + bytes([2, 1, 1, 0]) + bytes(8)
    head = ident + struct.pack('<HHIQQQIHHHHHH', 4, 62, 1, 0, 64, 0, 0, 64, 56, 1 + len(segments), 64, 0, 0) + headers
    return head + bytes(at - len(head)) + body


def long_link_map(entries):
    """A list of loaded files that all have one name of 4 KB, and lie nowhere."""
    program, dynamic, debug, links, names = 0x400000, 0x401000, 0x402000, 0x500000, 0x10000000
    headers = struct.pack('<IIQQQQQQ', 6, 4, 64, program + 64, 0, 112, 112, 8) + struct.pack('<IIQQQQQQ', 2, 6, 0x1000, dynamic, 0, 32, 32, 8)
    image = b'\x7fELF' + bytes([2, 1, 1, 0]) + bytes(8) + struct.pack('<HHIQQQIHHHHHH', 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0) + headers
    image = image.ljust(0x1000, b'\0') + struct.pack('<QQQQ', 21, debug, 0, 0)
    image = image.ljust(0x2000, b'\0') + struct.pack('<IIQ', 1, 0, links)
    chain = b''.join(struct.pack('<QQQQQ', 0x20000000 + i * 4096, names + i, 0, links + 40 * (i + 1) if i + 1 < entries else 0, 0) for i in range(entries))
    notes = status(1) + auxiliary({3: program + 64, 4: 56, 5: 2, 9: program})
    return core(notes, [(program, image.ljust(0x3000, b'\0')), (links, chain), (names, b'/' + b'n' * (4090 + entries) + b'\0')])


def elf(sections):
    """Sections are (name, type, flags, bytes)."""
    sections = [*sections, ('.shstrtab', 3, 0, b'\0' + b'\0'.join(name.encode() for name, *_ in sections) + b'\0.shstrtab\0')]
    strings, body, headers, name_at = sections[-1][3], b'', bytes(64), 1
    for name, kind, flags, content in sections:
        body += bytes(-len(body) % 8)
        headers += struct.pack('<IIQQQQIIQQ', name_at, kind, flags, 0x1000 if flags & 4 else 0, 64 + len(body), len(content), 0, 0, 8, 0)
        name_at += len(name) + 1
        body += content
    body += bytes(-len(body) % 8)
    ident = b'\x7fELF' + bytes([2, 1, 1, 0]) + bytes(8)
    assert strings
    return ident + struct.pack('<HHIQQQIHHHHHH', 3, 62, 1, 0, 0, 64 + len(body), 0, 64, 56, 0, 64, len(sections) + 1, len(sections)) + body + headers


CODE = [('.text', 1, 6, b'\x90' * 4096), ('.note.gnu.build-id', 7, 2, note(b'GNU', 3, bytes(range(20))))]


def compressed_sections():
    """Debug sections of 200 MB each, a thousandth of that in the file."""
    packer = zlib.compressobj(9)
    zeros = b''.join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    content = struct.pack('<IIQQ', 1, 0, 200 << 20, 1) + zeros
    names = ['info', 'abbrev', 'line', 'str', 'line_str', 'rnglists', 'addr', 'aranges', 'str_offsets', 'loclists', 'ranges', 'loc', 'types', 'frame']
    return elf([*CODE, *(('.debug_' + name, 1, 0x800, content) for name in names)])


def bomb_module():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    whole = elf([*CODE, ('.debug_str', 1, 0, b'')])
    return packer.compress(whole) + b''.join(packer.compress(bytes(1 << 20)) for _ in range(900)) + packer.flush()


class Zeros(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, room):
        room[:] = bytes(len(room))
        return len(room)


def bomb_package():
    """Eight files of 40 MB, all with the name of a module that is wanted."""
    data = io.BytesIO()
    with lzma.open(data, 'wb', preset=0) as packed, tarfile.open(fileobj=packed, mode='w|') as tar:
        for i in range(8):
            member = tarfile.TarInfo(f'usr/lib/debug/lib/modules/6.1.0/kernel/d{i}/xfs.ko')
            member.size = 40 << 20
            tar.addfile(member, Zeros())
    parts = [('debian-binary', b'2.0\n'), ('data.tar.xz', data.getvalue())]
    out = b'!<arch>\n'
    for name, content in parts:
        out += f'{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n'.encode() + content + b'\n' * (len(content) % 2)
    return out


class Runner:
    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(folder / 'cache'), TMPDIR=str(folder / 'tmp'), DEBUGINFOD_URLS='')
        (folder / 'cache').mkdir()
        (folder / 'tmp').mkdir()

    def run(self, *words, data=None, limit=GIGABYTE):
        def restrict():
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
            resource.setrlimit(resource.RLIMIT_FSIZE, (100 << 20, 100 << 20))
        words = [str(self.programs / words[0]), *map(str, words[1:])]
        return subprocess.run(words, input=data, capture_output=True, env=self.environment, preexec_fn=restrict if limit else None, check=False)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def kept(self):
        files = [path for path in (self.folder / 'cache').rglob('*') if path.is_file()]
        return sum(path.stat().st_blocks * 512 for path in files)


def cores(runner):
    done = runner.run('symline', 'core', runner.file('names', long_link_map(20000)))
    check(done.returncode == 0, f'long names: status {done.returncode}: {done.stderr[-300:]}')
    check(len(done.stdout) < 1 << 20, f'long names: {len(done.stdout)} bytes of output')
    check(b'further files' in done.stdout, 'long names: what was cut off is not said')

    threads = b''.join(status(i + 1) for i in range(200_000))
    done = runner.run('symline', 'core', runner.file('threads', core(threads)))
    check(done.returncode == 0 and b'more than 131072 threads: the others are not shown' in done.stdout, f'threads: {done.returncode} {done.stdout[-300:]} {done.stderr[-300:]}')

    stack = b''.join(struct.pack('<QQ', 0x7FFE0000, 0x401000 + i % 200) for i in range(4000))
    threads = b''.join(status(i + 1, sp=0x7FFE0000 + i % 1000 * 8) for i in range(4000))
    done = runner.run('symline', 'core', runner.file('scans', core(threads, [(0x401000, b'\x90' * 4096), (0x7FFE0000, stack)])))
    check(done.returncode == 0 and b'so many stacks were searched' in done.stdout + done.stderr, f'scans: {done.returncode} {done.stdout[-300:]}')


def packed(runner):
    path = runner.file('sections', compressed_sections())
    for words in [('symline', 'index'), ('symline-addr2line', '-e')]:
        done = runner.run(*words, path, *(['0x1000'] if '-e' in words else []))
        check(done.returncode == 1 and b'when decompressed' in done.stderr, f'{words}: sections: {done.returncode} {done.stderr[-300:]}')
    path = runner.file('bomb.ko.gz', bomb_module())
    done = runner.run('symline-addr2line', '-e', path, '0x1000')
    check(b'when decompressed' in done.stderr, f'module: {done.returncode} {done.stderr[-300:]}')
    done = runner.run('symline', 'find', '--debug-package', runner.file('bomb.deb', bomb_package()), 'xfs@6.1.0')
    check(done.returncode == 1 and b'more than 100 times its size' in done.stderr, f'package: {done.returncode} {done.stderr[-300:]}')
    check(runner.kept() == 0, f'package: {runner.kept()} bytes in the cache')

    # A file in a container that is no core is unpacked no further than its first block.
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    other = packer.compress(b'nothing') + b''.join(packer.compress(b'\1' * (1 << 20)) for _ in range(200)) + packer.flush()
    done = runner.run('symline', 'core', runner.file('other.gz', other))
    check(done.returncode == 1 and b'not an ELF core file' in done.stderr, f'no core: {done.returncode} {done.stderr[-300:]}')
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(core(status(1))) + b''.join(packer.compress(b'\1' * (1 << 20)) for _ in range(200)) + packer.flush()
    done = runner.run('symline', 'core', runner.file('bomb.gz', bomb), limit=None)
    check(done.returncode == 1 and b'more than 500 times its size' in done.stderr, f'core: {done.returncode} {done.stderr[-300:]}')


def options(runner):
    done = runner.run('symline', 'core', '--limit-memory=48M', runner.folder / 'threads')
    check(done.returncode == 1 and done.stderr == b'symline: stopped: it would need more than 48 MB of memory: --limit-memory=SIZE allows more\n',
          f'--limit-memory: {done.returncode} {done.stderr[-300:]}')
    done = runner.run('symline', 'core', '--limit-memory=0', '--limit-time=0', runner.folder / 'scans')
    check(done.returncode == 0, f'no limits: {done.returncode} {done.stderr[-300:]}')
    # A log without end.
    with subprocess.Popen(['yes', ' [<ffffffff81000000>] selinux_socket_sendmsg+0x18/0xd0'], stdout=subprocess.PIPE) as endless:
        done = subprocess.run([runner.programs / 'symline', 'decode', '--limit-time=1', '--offline'], stdin=endless.stdout, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env=runner.environment, check=False)
        endless.kill()
    check(done.returncode == 1 and done.stderr.endswith(b'symline: stopped after 1 s of processor time: --limit-time=SECONDS allows more\n'),
          f'--limit-time: {done.returncode} {done.stderr[-300:]}')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--programs', type=pathlib.Path, required=True)
    programs = parser.parse_args().programs.resolve()
    with tempfile.TemporaryDirectory(prefix='symline-limits-') as folder:
        runner = Runner(programs, pathlib.Path(folder))
        cores(runner)
        packed(runner)
        options(runner)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
