#!/usr/bin/env python3
"""Compares `symline core` with gdb's answers for the corpus's cores: the same frames, functions and lines in every thread.

usage: corpus.py SYMLINE CORPUS

What gdb shows and a stack does not hold is left out on both sides, for the reasons at `ACCEPTED`.
"""
import json
import lzma
import os
import re
import subprocess
import sys

# Differences that are explained: (case, function of ours, what differs) -> the reason.
ACCEPTED = {
    ("cxx-throw", "check", "line"): "gdb takes the row of the inlined allocator after the call; at pc - 1, eu-stack and addr2line "
                                    "say line 44 as we do",
    ("cxx-throw", "final_insertion_sort", "line"): "gdb takes the line where the inlined function's block begins; eu-stack says the "
                                                     "line of the call as we do",
}


def simple(name):
    """A function's name without scope, parameters and template arguments: what all programs agree to write."""
    if name is None:
        return "?"
    name = re.sub(r"^operator ?\(\)$", "operator()", name)
    depth, text = 0, ""
    for c in name.replace("operator()", "operator@"):
        depth += c in "<("
        if depth == 0:
            text += c
        depth -= c in ">)"
    text = re.sub(r"\s+const$", "", text.strip())
    text = text.split("::")[-1].split(" ")[-1].replace("operator@", "operator()")
    # Aliases of one address in the C library: poll, __poll, __GI___poll.
    return text.removeprefix("__GI_").lstrip("_")


def gdb_threads(path):
    threads = {}
    for line in open(path):
        frame = json.loads(line)
        if "error" in frame:
            continue
        frames = threads.setdefault(frame["lwp"], [])
        # A tail call has left no frame behind: cases.py compares those that gdb and we find in debug information.
        if frame["type"] == "TAILCALL_FRAME":
            continue
        signal = frame["type"] == "SIGTRAMP_FRAME"
        frames.append((int(frame["pc"], 16), None if signal else simple(frame["function"]),
                       os.path.basename(frame["file"] or ""), frame["line"]))
    return threads


def our_threads(symline, core, program):
    run = subprocess.run([symline, "core", "--format=json", "--offline", core, program], capture_output=True, timeout=60)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.decode())
    threads = {}
    for thread in json.loads(run.stdout)["threads"]:
        frames = threads.setdefault(thread["tid"], [])
        for frame in thread["frames"]:
            if frame.get("tail_call"):
                continue
            for each in frame["frames"] or [{}]:
                frames.append((int(frame["pc"], 16), simple(each.get("function")), os.path.basename(each.get("file", "")),
                               each.get("line", 0)))
    return threads


def compare(case, tid, ours, theirs, used):
    """The differences of one thread. gdb ends at main: below it, our frames are the C library's."""
    problems = []
    if len(ours) < len(theirs):
        problems.append(f"{case} thread {tid}: {len(ours)} frames instead of {len(theirs)}")
    for index, (a, b) in enumerate(zip(ours, theirs)):
        for field, mine, gdbs in zip(("pc", "function", "file", "line"), a, b):
            if mine == gdbs or (field == "function" and gdbs is None):
                continue
            # The line table's file is shown where gdb knows none (no debug information: a symbol alone).
            key = (case, a[1], "line" if field == "file" else field)
            if key in ACCEPTED:
                used.add(key)
                continue
            problems.append(f"{case} thread {tid} frame {index}: {field} {mine!r}, gdb says {gdbs!r}")
    return problems


def find_core(folder):
    for name in ("core", "core.xz"):
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    return None


def main():
    symline, corpus = sys.argv[1], os.path.join(sys.argv[2], "cores")
    if not os.path.isdir(corpus):
        print("no corpus at " + corpus)
        return 77
    problems, threads, frames, used = [], 0, 0, set()
    for case in sorted(os.listdir(corpus)):
        folder = os.path.join(corpus, case)
        if not os.path.exists(os.path.join(folder, "core.gdb.jsonl")):
            continue
        theirs = gdb_threads(os.path.join(folder, "core.gdb.jsonl"))
        ours = our_threads(symline, find_core(folder), os.path.join(folder, case))
        if set(ours) != set(theirs):
            problems.append(f"{case}: threads {sorted(ours)}, gdb has {sorted(theirs)}")
        for tid in set(ours) & set(theirs):
            threads += 1
            frames += len(theirs[tid])
            problems += compare(case, tid, ours[tid], theirs[tid], used)
    for key in set(ACCEPTED) - used:
        problems.append(f"an accepted difference does not occur any more: {key}")
    print("\n".join(problems))
    print(f"{threads} threads, {frames} frames of gdb, {len(used)} accepted differences, {len(problems)} problems")
    return 1 if problems or threads == 0 else 0


sys.exit(main())
