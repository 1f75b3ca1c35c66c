"""Compares the stacks that symline core gives of a dump with the truth: each place with its lines, and each task that slept
with what the guest printed of /proc/PID/stack."""
import bisect
import json
import os
import re
import subprocess

from outcome import Outcome
from truth import same, shown

FORMATS = ("vmcore-elf", "vmcore-zlib")
STACK = re.compile(r"\[<0>\] (\S+?)\+0x([0-9a-f]+)/0x[0-9a-f]+(?: \[(\w+)\])?$")


class Printed:
    """What the guest printed: of each task its stack, as (symbol, offset), and whether it slept until the crash."""

    def __init__(self, path):
        self.stacks, switches = {}, [{}, {}]
        with open(path, errors="replace") as file:
            lines, part, pid = [line.strip() for line in file], "", 0
        for line in lines:
            if line.startswith("#### "):
                part = line[5:]
            if part in ("stacks", "switches") and (match := re.match(r"== (\d+) (\d+)$", line)):
                pid = int(match[1])
                switches[part == "switches"][pid] = int(match[2])
                if part == "stacks":
                    self.stacks[pid] = []
            elif part == "stacks" and (match := STACK.match(line)) and pid:
                self.stacks[pid].append((match[1], int(match[2], 16)))
        self.slept = {pid for pid, count in switches[0].items() if switches[1].get(pid) == count}


class Symbols:
    """Names of the addresses of vmlinux, and which of them the kernel leaves out of /proc/PID/stack: the scheduler's."""

    def __init__(self, image):
        at = {}
        for name, symbols in image.by_name.items():
            for symbol in symbols:
                at.setdefault(symbol.value, set()).add(name)
        self.names, self.starts = at, sorted(at)
        marks = {y.name: y.value for y in image.elf.symbols() if y.name in ("__sched_text_start", "__sched_text_end")}
        self.scheduler = range(marks.get("__sched_text_start", 0), marks.get("__sched_text_end", 0))

    def at(self, address):
        """All (symbol, offset) of the nearest symbols below, since several can share an address or begin inside another."""
        end = bisect.bisect_right(self.starts, address)
        return {(name, address - start) for start in self.starts[max(0, end - 4):end] for name in self.names[start]}


def read(program, options, dump, vmlinux):
    command = [program, "core", dump, vmlinux, "--tasks", "--format", "json", "--offline", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout), done.stderr.strip()
    except ValueError:
        return None, (done.stderr.strip() or f"nothing, exit status {done.returncode}").splitlines()[-1]


def compare_places(data, truth):
    """Every place of vmlinux with its frames."""
    slide, wanted, stopped = int(data.get("kernel_offset") or "0", 16), {}, {}
    image, bits = truth.images[None], truth.images[None].elf.bits
    for thread in data["threads"]:
        for index, frame in enumerate(thread["frames"]):
            if frame.get("module") != "vmlinux":
                continue
            address = (int(frame["pc"], 16) - slide) % (1 << bits)
            registers = frame["unwound_by"] == "registers" and (thread.get("cpu") is not None or index > 0)
            exact = registers or not image.after_call("", address)
            place = None, "", address - (not exact)
            wanted[place], stopped[place] = (frame, exact), registers
    truth.look_up(wanted)
    outcome = Outcome()
    for place, (frame, exact) in wanted.items():
        mine = frame.get("frames", [])
        if same(mine, truth.answers[place], image.elf) or exact and same(mine, truth.at_entry(place[2]), image.elf):
            outcome.same()
        elif not stopped[place] and exact and same(mine, truth.one(place[2] - 1), image.elf):
            outcome.explain("a return address that no call left")  # ppc64's rtas_return_loc
        else:
            outcome.differ(f"pc {frame['pc']} ({'exact' if exact else 'return address'}, {place[2]:#x} in vmlinux)\n"
                           f"    symline: {shown(frame.get('frames', []))}\n    truth: {shown(truth.answers[place])}")
    return outcome


def compare_stacks(data, printed, truth):
    """Tasks that slept: the kernel's list is ours without the scheduler's functions at its end."""
    slide, symbols, outcome = int(data.get("kernel_offset") or "0", 16), Symbols(truth.images[None]), Outcome()
    bits = truth.images[None].elf.bits
    threads = {thread["tid"]: thread for thread in data["threads"]}
    for pid, wanted in sorted(printed.stacks.items()):
        if not wanted or pid not in printed.slept or threads.get(pid, {}).get("cpu") is not None:
            continue
        if pid not in threads:
            outcome.differ(f"pid {pid} is not in the dump's tasks")
            continue
        frames = threads[pid]["frames"]
        while frames and frames[-1].get("module") != "vmlinux":  # where the task was in user space
            frames = frames[:-1]
        addresses = [(int(frame["pc"], 16) - slide) % (1 << bits) for frame in frames]
        got = [symbols.at(address) for address in addresses if address - 1 not in symbols.scheduler]
        # ppc64's kernel begins with a word of the stack that nobody wrote.
        if len(wanted) > 1 and wanted[1][0] == "__switch_to":
            wanted = wanted[1:]
        in_module = [name for name, _ in wanted if name not in truth.images[None].by_name]
        tail = got[-len(wanted):]
        pairs = zip(wanted, tail, strict=False)
        if len(tail) == len(wanted) and all(place[0] in in_module or place in each for place, each in pairs):
            outcome.same()
        else:
            theirs = " ".join(f"{name}+{offset:#x}" for name, offset in wanted)
            ours = " ".join("{1}+{0:#x}".format(*min((offset, name) for name, offset in each)) if each else "?" for each in got)
            outcome.differ(f"pid {pid} {threads[pid].get('name', '')}\n    symline: {ours}\n    kernel: {theirs}")
    return outcome


def compare(program, options, guest, vmlinux, truth):
    """(places, stacks) of the ELF and the compressed dump, which must answer alike."""
    places, stacks, first = Outcome(), Outcome(), None
    for name in FORMATS:
        data, said = read(program, options, os.path.join(guest, name), vmlinux)
        if data is None:
            places.differ(f"{name}: {said}")
        elif first is None:
            first, places, stacks = data, compare_places(data, truth), compare_stacks(data, Printed(f"{guest}/serial.txt"), truth)
            if not stacks.compared:
                stacks.differ("no stack of the dump could be compared with /proc/PID/stack")
        elif data["threads"] != first["threads"]:
            places.differ(f"{name} gives other stacks than {FORMATS[0]}")
    return places, stacks


def compare_refusals(program, options, guest, vmlinux, pattern):
    """That symline says why it does not read the dumps."""
    outcome = Outcome()
    for name in FORMATS:
        data, said = read(program, options, os.path.join(guest, name), vmlinux)
        if data is None and re.search(pattern, said):
            outcome.same()
        else:
            outcome.differ(f"{name}: symline core should refuse it, and " + (f"says: {said}" if data is None else "prints threads"))
    return outcome
