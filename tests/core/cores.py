"""Programs that crash, and their cores: shared by the tests of `symline core`."""
import os
import re
import shutil
import subprocess
import sys

SKIPPED = 77


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            print(f"{program} is not installed")
            sys.exit(SKIPPED)


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
        core = self.path + ".core"
        commands = ["set confirm off", "set debuginfod enabled off", "set startup-with-shell off", *before, "run",
                    f"generate-core-file {core}", "kill"]
        words = ["gdb", "-nx", "-batch"]
        for command in commands:
            words += ["-ex", command]
        run = subprocess.run([*words, "--args", self.path, *args], capture_output=True, cwd=self.folder, timeout=120)
        if not os.path.exists(core):
            output = run.stdout.decode(errors="replace") + run.stderr.decode(errors="replace")
            print("gdb made no core: " + output[-600:])
            # In a container without ptrace no program can be run under gdb.
            sys.exit(SKIPPED if re.search("ptrace|Operation not permitted", output) else 1)
        return core
