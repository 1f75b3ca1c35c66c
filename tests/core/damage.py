#!/usr/bin/env python3
"""Damaged cores: no crash, no hang, little memory, and a word about what is missing.

usage: damage.py SYMLINE [--count N] [--seed S]

A small core is cut at every 4 KB, its headers are made to lie, N copies of it are damaged at random places, and one of
50 GB, nearly all of it a hole, is read.
"""
import argparse
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

import cores

SECONDS = 20
NOWHERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/bin/nowhere")
MEMORY = 512 << 20  # of address space beyond the core itself; a sanitizer's shadow needs more


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("symline")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Runs:
    def __init__(self, symline, program):
        self.symline, self.program = symline, program
        self.failures, self.count, self.largest = [], 0, 0
        with open(symline, "rb") as file:
            self.sanitized = b"__asan_init" in file.read()

    def limit(self):
        if not self.sanitized:
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))

    def run(self, core, what, must_say=None):
        self.count += 1
        words = [self.symline, "core", "--offline", f"--debug-dir={NOWHERE}", core, self.program]
        try:
            run = subprocess.run(words, capture_output=True, timeout=SECONDS, preexec_fn=self.limit)
        except subprocess.TimeoutExpired:
            self.failures.append(f"{what}: more than {SECONDS} seconds")
            return ""
        text = run.stdout.decode(errors="replace") + run.stderr.decode(errors="replace")
        self.largest = max(self.largest, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        if run.returncode not in (0, 1):
            self.failures.append(f"{what}: ended with {run.returncode}\n{text[-2000:]}")
        elif not text.strip():
            self.failures.append(f"{what}: nothing was said")
        elif must_say and must_say not in text:
            self.failures.append(f"{what}: does not say '{must_say}':\n{text[:600]}")
        return text


def cut_everywhere(runs, image, path):
    # The last pages may hold no memory at all, only gdb's section headers.
    for size in range(0, len(image), 4096):
        with open(path, "wb") as file:
            file.write(image[:size])
        text = runs.run(path, f"cut at {size}")
        lacks = size < len(image) * 9 // 10
        if lacks and not any(word in text for word in ("missing", "cut", "empty", "damaged", "not there")):
            runs.failures.append(f"cut at {size}: not a word about it:\n{text[:500]}")


def headers(image):
    """Where the program headers are: (offset, size, count)."""
    return struct.unpack_from("<Q", image, 32)[0], *struct.unpack_from("<HH", image, 54)


def lies(image):
    """Copies with one header field that lies, and what it is."""
    table, size, count = headers(image)
    for name, offset, form in (("e_phoff", 32, "<Q"), ("e_shoff", 40, "<Q"), ("e_phentsize", 54, "<H"), ("e_phnum", 56, "<H"),
                               ("e_machine", 18, "<H"), ("e_type", 16, "<H")):
        for value in (0, 1, 40, 0xfffe, 0xffff, 1 << 31, (1 << 63) + 1, (1 << 64) - 1):
            copy = bytearray(image)
            struct.pack_into(form, copy, offset, value & (0xffff if form == "<H" else (1 << 64) - 1))
            yield f"{name} = {value:#x}", copy
    for index in range(count):
        for name, offset, form in (("p_type", 0, "<I"), ("p_offset", 8, "<Q"), ("p_vaddr", 16, "<Q"), ("p_filesz", 32, "<Q"),
                                   ("p_memsz", 40, "<Q")):
            for value in (0, 1, (1 << 31) - 1, (1 << 47) - 1, (1 << 64) - 4096, (1 << 64) - 1):
                copy = bytearray(image)
                struct.pack_into(form, copy, table + index * size + offset, value & (0xffffffff if form == "<I" else (1 << 64) - 1))
                yield f"{name} of header {index} = {value:#x}", copy


def note_lies(image):
    """Copies with a note whose sizes or counts lie."""
    table, size, count = headers(image)
    for index in range(count):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", image, table + index * size)
        if kind != 4:
            continue
        at = offset
        while at + 12 <= offset + length:
            names, bytes_, kind = struct.unpack_from("<III", image, at)
            for field, where in (("n_namesz", at), ("n_descsz", at + 4)):
                for value in (0, 1, 4, 7, 1 << 20, (1 << 31) + 3, (1 << 32) - 1):
                    copy = bytearray(image)
                    struct.pack_into("<I", copy, where, value)
                    yield f"{field} of note {kind:#x} = {value:#x}", copy
            body = at + 12 + (names + 3) // 4 * 4
            for where in range(body, min(body + 48, body + bytes_ - 8), 8):
                for value in (0, 1, (1 << 32) - 1, 1 << 40, (1 << 64) - 1):
                    copy = bytearray(image)
                    struct.pack_into("<Q", copy, where, value)
                    yield f"word at {where - body} of note {kind:#x} = {value:#x}", copy
            at = body + (bytes_ + 3) // 4 * 4


def damaged(image, seed, count):
    """Copies damaged at random places: in the headers, the notes, or anywhere, memory included."""
    table, size, number = headers(image)
    kinds = [(0, 64), (table, table + size * number), (table + size * number, table + size * number + 16384), (0, len(image))]
    for number in range(count):
        chance = random.Random(f"{seed}-{number}")
        copy = bytearray(image)
        begin, end = chance.choice(kinds)
        for _ in range(chance.choice((1, 2, 5, 30, 300))):
            at = chance.randrange(begin, min(end, len(copy) - 8))
            how = chance.randrange(4)
            if how == 0:
                copy[at] = chance.randrange(256)
            elif how == 1:
                copy[at] ^= 1 << chance.randrange(8)
            elif how == 2:
                struct.pack_into("<Q", copy, at, chance.choice((0, 1, 0xffffffff, (1 << 64) - 1, chance.getrandbits(64))))
            else:
                copy[at:at + 8] = copy[at - at % 8:][:8]
        if chance.randrange(8) == 0:
            del copy[chance.randrange(len(copy)):]
        yield f"seed {seed}-{number}", copy


def sparse(runs, folder, image, program):
    """50 GB of memory, hardly any of it written: what a server's core looks like."""
    path = os.path.join(folder, "sparse.core")
    table, size, count = headers(image)
    big = 50 << 30
    copy = bytearray(image)
    # The core's last PT_LOAD is made a huge one, at an address of its own, after everything else in the file.
    for index in range(count - 1, -1, -1):
        at = table + index * size
        if struct.unpack_from("<I", copy, at)[0] == 1 and struct.unpack_from("<Q", copy, at + 16)[0] < 1 << 47:
            continue
        if struct.unpack_from("<I", copy, at)[0] == 1:
            struct.pack_into("<QQQQQ", copy, at + 8, len(image), 0x100000000000, 0, big, big)
            break
    with open(path, "wb") as file:
        file.write(copy)
        try:
            file.truncate(len(image) + big)
        except OSError as error:
            print(f"no sparse file of 50 GB here: {error}")
            return
    text = runs.run(path, "sparse", "main")
    if os.path.getsize(path) < big or "main" not in text:
        runs.failures.append("sparse: " + text[:500])
    if shutil.which("zstd"):
        # A gigabyte of zeros packs to nothing: unpacked it has to stay a hole.
        with open(path, "r+b") as file:
            file.truncate(len(image) + (1 << 30))
        subprocess.run(["zstd", "-q", "-1", path, "-o", path + ".zst"], check=True)
        runs.run(path + ".zst", "packed sparse core", "main")
        os.remove(path + ".zst")
    os.remove(path)


def main():
    options = arguments()
    cores.need("gcc", "gdb")
    with tempfile.TemporaryDirectory() as folder:
        program = cores.Program(folder, "small", """#include <stdlib.h>
__attribute__((noinline)) int last(volatile int *p) { return *p + 1; /*last*/ }
int main(int argc, char **argv) { return last((int *)8) + 1; /*main*/ }
""")
        core = program.core()
        with open(core, "rb") as file:
            image = file.read()
        runs = Runs(options.symline, program.path)
        whole = runs.run(core, "the whole core", "main at")
        path = os.path.join(folder, "damaged.core")
        cut_everywhere(runs, image, path)
        for copies in (lies(image), note_lies(image), damaged(image, options.seed, options.count)):
            for what, copy in copies:
                with open(path, "wb") as file:
                    file.write(copy)
                runs.run(path, what)
        sparse(runs, folder, image, program)
        print("\n".join(runs.failures[:20]))
        print(f"{runs.count} cores, {len(runs.failures)} failures, at most {runs.largest >> 10} MB, {len(whole.splitlines())} lines")
        return 1 if runs.failures else 0


sys.exit(main())
