"""What the tests of `symline core` share: programs that crash and their cores, living processes, and what we say of them.

A test that is run as `NAME.py SYMLINE_PROGRAMS` makes its cases functions of a folder, and hands them to run_cases().
"""
import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77

failures = []
checks = 0


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            print(f"{program} is not installed")
            sys.exit(SKIPPED)


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        failures.append(what)


def run_cases(*cases):
    """Each with the same folder; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            case(folder)
    print("\n".join(failures))
    print(f"{checks} checks, {len(failures)} failures")
    return 1 if failures or not checks else 0


# ---- what we say

def ours(name="symline"):
    return os.path.join(sys.argv[1], name)


def run(*words, timeout=120, **options):
    return subprocess.run([*words], capture_output=True, text=True, timeout=timeout, errors="replace", **options)


def text_of(*words, **options):
    """What `symline core` prints, which must succeed."""
    result = run(ours(), "core", "--offline", *words, **options)
    check(result.returncode == 0, f"{words}: exit status {result.returncode}, {result.stderr}")
    return result.stdout


def report(*words, **options):
    return json.loads(text_of("--format=json", *words, **options) or '{"threads": [{"frames": []}]}')


def flat(thread):
    """(function, line, how) of each function, inlined ones included."""
    frames = []
    for frame in thread["frames"]:
        for each in frame["frames"] or [{}]:
            frames.append((each.get("function"), each.get("line", 0), frame["unwound_by"]))
    return frames


def names(found, thread=0):
    return [each[0] for each in flat(found["threads"][thread])]


def misses(found):
    return [frame["miss"] for thread in found["threads"] for frame in thread["frames"] if "miss" in frame]


def in_order(wanted, found):
    return [each for each in found if each in wanted] == wanted


# ---- crashes

class Program:
    """A C program of one file; comments such as /*here*/ name its lines."""

    def __init__(self, folder, name, source, flags=(), compiler="gcc"):
        self.folder, self.name = folder, name
        self.source = os.path.join(folder, name + ".c")
        self.path = os.path.join(folder, name)
        with open(self.source, "w") as file:
            file.write(source)
        subprocess.run([compiler, "-g", "-O1", "-fno-optimize-sibling-calls", "-o", self.path, self.source, *flags], check=True,
                       cwd=folder)

    def line(self, mark):
        for number, text in enumerate(open(self.source), 1):
            if f"/*{mark}*/" in text:
                return number
        raise KeyError(mark)

    def core(self, *args, before=()):
        """The core that gdb writes where the program stops: not every machine lets the kernel write one."""
        commands = ["set confirm off", "set startup-with-shell off", *before, "run", f"generate-core-file {self.path}.core", "kill"]
        return gdb_core(self.path + ".core", commands, "--args", self.path, *args)


def gdb(*words, commands=()):
    """What gdb prints of it, without any settings of the user."""
    executed = [word for each in ("set debuginfod enabled off", "set width 0", *commands) for word in ("-ex", each)]
    return run("gdb", "-nx", "-batch", *executed, *words)


def gdb_core(core, commands, *words):
    result = gdb(*words, commands=commands)
    if not os.path.exists(core):
        output = result.stdout + result.stderr
        print("gdb made no core: " + output[-600:])
        # In a container without ptrace no program can be run under gdb.
        sys.exit(SKIPPED if re.search("ptrace|Operation not permitted", output) else 1)
    return core


def core_of_process(process, core):
    """The core that gdb writes of a living process, which goes on."""
    return gdb_core(core, [f"generate-core-file {core}"], "-p", str(process.pid))


def kernel_core(folder, *words):
    """The kernel's own core of a command that crashes; nothing where it writes none into the folder."""
    with open("/proc/sys/kernel/core_pattern") as file:
        if file.read().strip() != "core":
            return None
    return core_of_run(words, folder, "core", os.path.join(folder, "kernel.core"))


def core_of_run(words, folder, begin, core):
    """What a run leaves in its folder that begins so, as `core`; nothing where it leaves none. QEMU writes one as the kernel does."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        subprocess.run(["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", *words], cwd=made, capture_output=True, timeout=60)
        found = [each for each in os.listdir(made) if each.startswith(begin)]
        if not found:
            return None
        shutil.move(os.path.join(made, found[0]), core)
        return core


# ---- living processes

def state_of(pid, tid=None):
    with open(f"/proc/{pid}/task/{tid or pid}/stat") as file:
        return file.read().rpartition(") ")[2].split()[0]


def wait_for(holds):
    """For ten seconds at most; whether it holds."""
    for _ in range(500):
        if holds():
            return True
        time.sleep(0.02)
    return False


def comes_to(pid, state):
    return wait_for(lambda: state_of(pid) == state)


@contextlib.contextmanager
def living(words, state="S", settled=True, **options):
    """A process whose first thread has come to `state`, and whose others to rest where it shall be settled."""
    process = subprocess.Popen(words, **options)
    steady = 0

    def rests():
        nonlocal steady
        others = [state_of(process.pid, each) for each in os.listdir(f"/proc/{process.pid}/task")] if settled else []
        steady = steady + 1 if state_of(process.pid) == state and not {"R", "D"} & set(others) - {state} else 0
        return steady == 5

    try:
        check(wait_for(rests), f"{words}: it does not come to state {state}")
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def report_on(process, *words, **options):
    return report("--pid", str(process.pid), *words, **options)


@functools.cache
def may_trace():
    """Not in every container."""
    with living(["sleep", "1000"]) as process:
        allowed = "Operation not permitted" not in run(ours(), "core", "--offline", "--pid", str(process.pid)).stderr
    if not allowed:
        print("no ptrace here: living processes are not tried")
    return allowed
