"""The stacks that eu-stack and gdb show of a core or a living process, beside ours: no frame of theirs is missing."""
import os
import re
import shutil
import tempfile

import cores

compared = {"eu-stack": 0, "gdb": 0}

# Every frame of every thread but the inlined ones: thread, address, kind.
GDB_FRAMES = """python
import gdb
for thread in sorted(gdb.selected_inferior().threads(), key=lambda each: each.ptid[1]):
    thread.switch()
    frame = gdb.newest_frame()
    for _ in range(%d):
        if frame is None: break
        kind = {gdb.INLINE_FRAME: 'inline', gdb.TAILCALL_FRAME: 'tail call'}.get(frame.type(), 'frame')
        # Below its outermost frame gdb takes for code what lies there: argc and argv, at _dl_start_user.
        known = frame.name() or gdb.solib_name(frame.pc())
        if kind != 'inline' and known: print('FRAME', thread.ptid[1], hex(frame.pc()), kind)
        try: frame = frame.older()
        except gdb.error: break
end
"""
# What gdb takes minutes for is no better a comparison.
MAX_GDB_FRAMES = 3000


def of_ours(*words):
    return {each["tid"]: [(int(frame["pc"], 16), "tail call" if frame.get("tail_call") else "frame") for frame in each["frames"]]
            for each in cores.report(*words)["threads"]}


def of_eu_stack(*words):
    threads, frames = {}, []
    for line in cores.run("eu-stack", "-n", "0", *words, timeout=300).stdout.splitlines():
        if found := re.match(r"TID (\d+):", line):
            frames = threads.setdefault(int(found[1]), [])
        elif found := re.match(r"#\d+\s+(0x[0-9a-f]+)", line):
            frames.append((int(found[1], 16), "frame"))
    return threads


def of_gdb(*words):
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "frames.gdb")
        with open(script, "w") as file:
            file.write(GDB_FRAMES % MAX_GDB_FRAMES)
        done = cores.gdb(*words, commands=["set confirm off", f"source {script}"])
    threads = {}
    for tid, pc, kind in re.findall(r"^FRAME (\d+) (0x[0-9a-f]+) (.*)$", done.stdout, re.M):
        threads.setdefault(int(tid), []).append((int(pc, 16), kind))
    return threads


def missing(theirs, mine):
    """The first of their frames that is not among ours, in their order."""
    rest = iter(mine)
    return next((each for each in theirs if each not in rest), None)


def compare(name, mine, peer, threads):
    for tid, frames in threads.items():
        compared[peer] += len(frames)
        cores.check(tid in mine, f"{name}: {peer} shows thread {tid}, we do not")
        lost = missing(frames, mine.get(tid, []))
        cores.check(lost is None, f"{name}: {peer} shows {lost and hex(lost[0])} ({lost and lost[1]}) in thread {tid}, we do not: "
                                  f"{[hex(pc) for pc, _ in mine.get(tid, [])][:20]}")


def compare_core(name, program, core, without=()):
    mine = of_ours(core)
    if "eu-stack" not in without and shutil.which("eu-stack"):
        compare(name, mine, "eu-stack", of_eu_stack("--core", core))
    if "gdb" not in without and shutil.which("gdb"):
        compare(name, mine, "gdb", of_gdb(program, core))


def compare_process(name, process, without=()):
    """Of one that rests: each looks at another time."""
    pid = str(process.pid)
    mine = of_ours("--pid", pid)
    if "eu-stack" not in without and shutil.which("eu-stack"):
        compare(name, mine, "eu-stack", of_eu_stack("-p", pid))
    if "gdb" not in without and shutil.which("gdb"):
        compare(name, mine, "gdb", of_gdb("-p", pid))


def said():
    return ", ".join(f"{count} frames of {peer}" for peer, count in compared.items())
