#!/usr/bin/env python3
"""`symline core` on sparse files of 50 GB whose headers claim to be kernel dumps: it ends soon, in little memory, with a word.

    kernel_headers.py --program SYMLINE [--memory MB]"""

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import time

SIZE = 50 << 30
PAGE = 4096


def elf(count, note_size=0x100, segment=(0, 0)):
    head = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 1 << 20, 0, 64, 56, 0xffff, 64, 1, 0)
    note = struct.pack("<IIQQQQQQ", 4, 0, 1 << 21, 0, 0, note_size, note_size, 4)
    load = struct.pack("<IIQQQQQQ", 1, 7, 0, 0xffffffff81000000, *segment, segment[1], 0)
    vmcoreinfo = struct.pack("<III", 11, 80, 0) + b"VMCOREINFO\0\0" + (
        b"OSRELEASE=6.1.0\nSYMBOL(swapper_pg_dir)=ffffffff81000000\nNUMBER(phys_base)=0\n")
    return {0: head + note + load, (1 << 20) + 44: struct.pack("<I", count), 1 << 21: vmcoreinfo}


def compressed(bitmap_blocks, frames, notes=(0, 0)):
    head = (b"KDUMP   " + struct.pack("<I", 6) + bytes(4 * 65) + b"x86_64").ljust(424, b"\0")
    head += struct.pack("<IIIII", 0, PAGE, 1, bitmap_blocks, 0)
    second = struct.pack("<QIIqqqQqQ", 0, 1, 0, 0, 0, 0, 0, *notes).ljust(96, b"\0") + struct.pack("<Q", frames)
    return {0: head, PAGE: second}


def flattened(records):
    parts = {0: b"makedumpfile\0\0\0\0" + struct.pack(">qq", 1, 1)}
    at = PAGE
    for offset, size in records:
        parts[at] = struct.pack(">qq", offset, size)
        at += 16 + size
    return parts


CASES = {
    "ELF, 4,294,967,295 program headers": elf(0xffffffff),
    "ELF, memory of 50 GB": elf(2, segment=(0, SIZE)),
    "ELF, memory of 2^63 bytes": elf(2, segment=(1 << 40, 1 << 63)),
    "ELF, notes of 50 GB": elf(2, note_size=SIZE),
    "compressed, bitmap of 16 TB": compressed(0xffffffff, 1 << 60),
    "compressed, notes of 50 GB": compressed(8, 1 << 20, (1 << 20, SIZE)),
    "flattened, zeros": flattened([]),
    "flattened, a record of 49 GB": flattened([(0, 49 << 30)]),
    "flattened, 1,000 records": flattened([(i << 40, 1 << 20) for i in range(1000)]),
    "flattened, one at 2^59": flattened([(1 << 59, 100)]),
}


def check(arguments, path, name, parts):
    with open(path, "wb") as file:
        for offset, data in parts.items():
            file.seek(offset)
            file.write(data)
        file.truncate(SIZE)
    begun = time.monotonic()
    process = subprocess.Popen([arguments.program, "core", "--offline", "--sysroot", "/nowhere", path], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds, memory = time.monotonic() - begun, usage.ru_maxrss // 1024
    print(f"{name}: {process.returncode}, {seconds:.2f} s, {memory} MB: {said.decode(errors='replace').splitlines()[-1:]}")
    # An ELF header that lies about nothing is still read: 8,388,608 program headers of zeros take a second.
    return process.returncode in (0, 1) and said and seconds < 30 and memory < arguments.memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--memory", type=int, default=128)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vmcore")
        bad = [name for name, parts in CASES.items() if not check(arguments, path, name, parts)]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
