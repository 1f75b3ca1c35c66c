#!/usr/bin/env python3
"""Compares `symline core` on the corpus's kernel dump with drgn's answers and the guest's serial console.

    kernel_corpus.py --program SYMLINE --corpus FOLDER --work FOLDER --scratch FOLDER

The work folder holds the unpacked kernel (usr/lib/debug), the scratch folder gets the unpacked dump. For every CPU and task: the same functions, files, lines and columns, inlined
ones included. Where drgn stops at the change of stacks that an interrupt brings ("???"), ours goes on: the frames below must be there.
The log, raw, must hold every line that the console shows. Ends with 77 without corpus or kernel."""

import argparse
import json
import lzma
import os
import re
import subprocess
import sys

CASE = "vmcore/null-panic"


def vmcore(corpus, scratch):
    """The dump, unpacked once."""
    path = os.path.join(scratch, "vmcore-elf-paging")
    if not os.path.exists(path):
        with lzma.open(os.path.join(corpus, CASE, "vmcore-elf-paging.xz")) as packed, open(path + ".part", "wb") as out:
            while chunk := packed.read(1 << 20):
                out.write(chunk)
        os.rename(path + ".part", path)
    return path


def run(arguments, dump, *options, files=True):
    command = [arguments.program, "core", "--offline", *options, dump]
    if files:
        modules = os.path.join(arguments.corpus, "modules", "6.1.0-56-amd64", "debug")
        command += ["--sysroot", arguments.work, "--modules", modules]
    done = subprocess.run(command, capture_output=True, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.returncode} {done.stderr.decode()}")
    return done.stdout.decode("utf-8", "replace")


def without_build_directory(file):
    return file.split("debian/build/build_amd64_none_amd64/")[-1] if file else ""


def our_frames(thread):
    """Without the functions of tail calls, which drgn does not know."""
    for frame in thread["frames"]:
        if frame.get("tail_call"):
            continue
        for each in frame["frames"] or [{}]:
            yield (int(frame["pc"], 16), each.get("function"), without_build_directory(each.get("file")), each.get("line", 0),
                   each.get("column", 0))


def drgn_frames(entry):
    for frame in entry["frames"]:
        pc = int(frame["pc"], 16) if "pc" in frame else None
        yield (pc, frame.get("function"), frame.get("file", ""), frame.get("line", 0), frame.get("column", 0))


def same(mine, theirs):
    """drgn names no assembler functions."""
    return mine[0] == theirs[0] and mine[2:] == theirs[2:] and theirs[1] in (None, mine[1])


def compare(name, mine, theirs):
    problems = []
    # drgn's last frame without a pc: it does not know how to go on.
    open_end = bool(theirs) and theirs[-1][0] is None
    if open_end:
        theirs = theirs[:-1]
    if len(mine) < len(theirs) or (len(mine) > len(theirs) and not open_end):
        problems.append(f"{name}: {len(mine)} frames instead of {len(theirs)}")
    if open_end and len(mine) <= len(theirs) + 1:
        problems.append(f"{name}: ends where drgn does")
    for index, (a, b) in enumerate(zip(mine, theirs)):
        if not same(a, b):
            problems.append(f"{name} frame {index}: {a} instead of {b}")
    return problems


def compare_stacks(arguments, report):
    with lzma.open(os.path.join(arguments.corpus, "truth", "vmcore-null-panic.drgn.jsonl.xz"), "rt") as file:
        truth = [json.loads(line) for line in file]
    ours = {}
    for thread in report["threads"]:
        key = ("cpu", thread["cpu"]) if "cpu" in thread else ("pid", thread["tid"])
        ours[key] = list(our_frames(thread))
    problems, compared, frames = [], 0, 0
    for entry in truth:
        key = ("cpu", entry["cpu"]) if "cpu" in entry else ("pid", entry["pid"])
        theirs = list(drgn_frames(entry))
        # The crashing task ran on CPU 1; drgn, which takes the notes' pids for tasks', reads its stack from a stale place.
        if key == ("pid", 1):
            continue
        compared += 1
        frames += len(theirs)
        problems += compare(" ".join(map(str, key)), ours.get(key, []), theirs)
    print(f"stacks: {compared} compared with drgn, {frames} frames, {len(problems)} differences")
    return problems


def compare_log(arguments, log):
    """Every line that the console shows with a time; two writers may have torn some apart."""
    lines = set(log.splitlines())
    with open(os.path.join(arguments.corpus, CASE, "serial.txt"), errors="replace") as file:
        shown = [line.rstrip("\r\n") for line in file]
    # The corpus's texts have had a folder's name replaced.
    folder = re.compile(r"/(tmp/w/cwork|home/og/src)/")
    lines = {folder.sub("/", line) for line in lines}
    timed = [folder.sub("/", line) for line in shown if re.match(r"\[ *\d+\.\d{6}\] ", line)]
    missing = [line for line in timed if line not in lines]
    print(f"log: {len(timed) - len(missing)} of {len(timed)} lines of the console")
    return [f"log: missing: {line}" for line in missing[:5]] if len(missing) * 50 > len(timed) or not timed else []


def check_decoded(report):
    """The log of the report is decoded: the oops has its lines."""
    wanted = r"RIP: 0010:og_null_write\+0xc/0x20 \[oopsgen\] \(/home/og/src/kmod61/og_mem\.c:24\)"
    problems = [] if re.search(wanted, report["log"]) else ["log: the oops has no source line"]
    if report["release"] != "6.1.0-56-amd64" or report["kernel_offset"] != "0x21a00000":
        problems.append("release or offset are wrong")
    first = report["threads"][0]
    if not first["crashing"] or first["cpu"] != 1 or first["name"] != "init":
        problems.append("the panicking CPU does not come first")
    return problems


def outermost_functions(thread):
    """Of each frame, without what gcc adds to symbols and not to debug information."""
    for frame in thread["frames"]:
        if frame.get("tail_call"):
            continue
        function = (frame["frames"] or [{}])[-1].get("function") or ""
        yield frame["pc"], re.sub(r"\.(cold|constprop\.\d+|isra\.\d+|part\.\d+)", "", function)


def compare_without_vmlinux(report, bare):
    """The kernel's own symbols, BTF and ORC give the same stacks, tasks and modules."""
    problems = [f"{name} differ without vmlinux" for name in ("tasks", "modules") if report[name] != bare[name]]
    if len(report["threads"]) != len(bare["threads"]) or "vmlinux" in bare:
        problems.append("without vmlinux: other threads")
    for a, b in zip(report["threads"], bare["threads"]):
        mine, theirs = list(outermost_functions(a)), list(outermost_functions(b))
        problems += [f"task {a['tid']}: without vmlinux {y} instead of {x}" for x, y in zip(mine, theirs) if x != y]
        if len(mine) != len(theirs):
            problems.append(f"task {a['tid']}: {len(theirs)} frames instead of {len(mine)} without vmlinux")
    frames = sum(len(thread["frames"]) for thread in bare["threads"])
    print(f"without vmlinux: {frames} frames, {len(bare['tasks'])} tasks, {len(bare['modules'])} modules, {len(problems)} differences")
    return problems


def check_tasks(report):
    """What the guest was: one task for init, kernel threads, and each CPU with a task that it ran."""
    tasks = report["tasks"]
    running = [task for task in tasks if task["on_cpu"]]
    init = next(task for task in tasks if task["pid"] == 1)
    problems = [] if {task["cpu"] for task in running} == {0, 1} else ["not each CPU runs a task"]
    if any(task["state"] not in "RSDTtXZPI" or "uid" not in task for task in tasks):
        problems.append("tasks without state or uid")
    if init["kernel_thread"] or not init["resident_size"] or init["ppid"] != 0:
        problems.append(f"init: {init}")
    if any(task["ppid"] not in (0, 2) for task in tasks if task["kernel_thread"]):
        problems.append("kernel threads that are not kthreadd's")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("program", "corpus", "work", "scratch"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    kernel = os.path.join(arguments.work, "usr/lib/debug/boot/vmlinux-6.1.0-56-amd64")
    if not os.path.exists(os.path.join(arguments.corpus, CASE)) or not os.path.exists(kernel):
        print("no corpus")
        return 77
    dump = vmcore(arguments.corpus, arguments.scratch)
    tables = ("--tasks", "--ps", "--modules", "--format=json")
    report = json.loads(run(arguments, dump, "--tasks", "--format=json"))
    problems = compare_stacks(arguments, report) + check_decoded(report)
    full = json.loads(run(arguments, dump, *tables))
    problems += check_tasks(full) + compare_without_vmlinux(full, json.loads(run(arguments, dump, *tables, files=False)))
    problems += compare_log(arguments, run(arguments, dump, "--dmesg"))
    print("\n".join(problems[:40]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
