#!/usr/bin/env python3
"""Compares what `symline core` says of a guest's dump in every form, and of damaged ones.

    kernel_forms.py --program SYMLINE --guest FOLDER --kernel FOLDER [--rounds 30]

The guest folder is kernel_guest.py's output, the kernel folder holds usr/lib/debug of the kernel's -dbg package. What the stacks
must be is what the guest's own console says. Ends with 77 where there is no guest or no debug file."""

import argparse
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

import dump_forms


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


class Symline:
    def __init__(self, arguments):
        self.command = [arguments.program, "core", "--offline", "--sysroot", os.path.abspath(arguments.kernel)]

    def __call__(self, *options):
        return subprocess.run(self.command + list(options), capture_output=True, timeout=300)

    def report(self, dump):
        done = self("--format=json", "--tasks", dump)
        if done.returncode != 0:
            raise RuntimeError(f"{dump}: {done.stderr.decode()}")
        report = json.loads(done.stdout)
        del report["core"]
        return report


def forms(folder, scratch):
    """The path of the dump in each form, made one after the other."""
    made = os.path.join(scratch, "made")

    def put(data):
        write(made, data)
        return made

    for name in ("vmcore-elf-paging", "vmcore-zlib", "vmcore-lzo", "vmcore-snappy"):
        if os.path.exists(os.path.join(folder, name)):
            yield name, os.path.join(folder, name)
    elf = read(os.path.join(folder, "vmcore-elf"))
    yield "ELF with 70,000 program headers", put(dump_forms.makedumpfile_elf(elf))
    yield "ELF without VMCOREINFO", put(dump_forms.without_vmcoreinfo(elf))
    yield "ELF, flattened", put(dump_forms.flatten(elf, 10_000_000))
    plain = dump_forms.unflatten(read(os.path.join(folder, "vmcore-zlib")))
    yield "zlib", put(plain)
    for kind in (dump_forms.Lzo, dump_forms.Snappy, dump_forms.Zstd):
        try:
            compress = kind()
        except OSError:
            print(f"{kind.library} is not installed")
            continue
        packed = dump_forms.repack(plain, compress)
        yield kind.__name__.lower(), put(packed)
        yield kind.__name__.lower() + ", flattened", put(dump_forms.flatten(packed))


def console_trace(serial):
    """The calls of the panic, innermost first. After an oops the kernel prints none with it: what called the handler is what
    called that of the sysrq before, without the frames that the kernel was not sure of."""
    text = serial[serial.index("sysrq: Show backtrace"):]
    trace = re.search(r"<TASK>(.*?)</TASK>", text, re.S).group(1)
    lines = [re.sub(r"^\[.*?\] +", "", line.strip()) for line in trace.splitlines()]
    calls = [line.split("+")[0].removesuffix(".cold") for line in lines if re.match(r"[\w.]+\+0x", line)]
    return ["panic", "sysrq_handle_crash"] + calls[calls.index("__handle_sysrq"):]


def check_stack(report, serial):
    first = report["threads"][0]
    functions = [(frame["frames"] or [{}])[-1].get("function") for frame in first["frames"]]
    wanted = console_trace(serial)
    at = functions.index("panic") if "panic" in functions else 0
    problems = []
    if functions[at:at + len(wanted)] != wanted:
        problems.append(f"the panicking CPU: {functions[at:]} instead of {wanted}")
    lines = [each for frame in first["frames"][:-1] for each in frame["frames"] if not each.get("line")]
    if lines or not first["crashing"] or first["name"] != "init":
        problems.append(f"the panicking CPU: {lines} {first['name']}")
    if len(report["threads"]) < 20 or any(not t["frames"] for t in report["threads"]):
        problems.append("tasks without stacks")
    if "symline guest: about to crash" not in report["log"] or "sysrq triggered crash" != report["panic"]:
        problems.append("the log is not whole")
    if not re.search(r"write_sysrq_trigger\+0x\w+/0x\w+ \(.*sysrq\.c:\d+\)", report["log"]):
        problems.append("the log is not decoded")
    return problems


def damaged(plain, seed):
    """Wrong bytes in the headers; page descriptors that lead to other pages; an early end."""
    rng, data = random.Random(seed), bytearray(plain)
    begin, count = dump_forms.layout(data)
    kind = seed % 4
    if kind == 0:
        for _ in range(rng.randrange(1, 20)):
            data[rng.choice([rng.randrange(0, 512), rng.randrange(4096, 4300), rng.randrange(8192, begin)])] = rng.randrange(256)
    elif kind == 1:
        for _ in range(rng.randrange(count // 100, count // 4)):
            a, b = (begin + 24 * rng.randrange(count) for _ in range(2))
            data[a:a + 16], data[b:b + 16] = data[b:b + 16], data[a:a + 16]
    elif kind == 2:
        for _ in range(20_000):
            data[rng.randrange(begin, len(data))] = rng.randrange(256)
    else:
        del data[rng.randrange(len(data)):]
    return data


def check_damage(symline, folder, scratch, rounds):
    plain = dump_forms.unflatten(read(os.path.join(folder, "vmcore-zlib")))
    path, problems, slowest = os.path.join(scratch, "damaged"), [], 0.0
    for seed in range(rounds):
        write(path, damaged(plain, seed) if seed % 8 else dump_forms.flatten(damaged(plain, seed)))
        begun = time.monotonic()
        done = symline("--tasks", path)
        slowest = max(slowest, time.monotonic() - begun)
        if done.returncode not in (0, 1) or (done.returncode == 1 and not done.stderr):
            problems.append(f"damaged dump {seed}: {done.returncode} {done.stderr.decode()[-300:]}")
    print(f"damaged: {rounds} dumps, the slowest {slowest:.1f} s")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("program", "guest", "kernel"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    folder = arguments.guest
    debug_files = glob.glob(os.path.join(arguments.kernel, "usr/lib/debug/boot/vmlinux-*"))
    if not os.path.exists(os.path.join(folder, "vmcore-zlib")) or not debug_files:
        print("no guest was booted, or its kernel's debug files are missing")
        return 77
    symline = Symline(arguments)
    wanted = symline.report(os.path.join(folder, "vmcore-elf"))
    with open(os.path.join(folder, "serial.txt"), errors="replace") as file:
        problems = check_stack(wanted, file.read())
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in forms(folder, scratch):
            same = symline.report(path) == wanted
            print(f"{name}: {'the same' if same else 'differs'}")
            if not same:
                problems.append(f"{name}: another report than of vmcore-elf")
        problems += check_damage(symline, folder, scratch, arguments.rounds)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
