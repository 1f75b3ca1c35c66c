#!/usr/bin/env python3
"""The stacks of Go programs: what signals have called in them, and goroutines whose functions run on other stacks.

usage: go.py SYMLINE_PROGRAMS
"""
import os
import platform
import shutil
import subprocess
import sys

import cores
from cores import check, report

CRASH = """package main
import ("os"; "runtime")
type T struct{ a [10]int }
//go:noinline
func fault(p *T) int { return p.a[3] }
//go:noinline
func outer(p *T) int { return fault(p) + 1 }
//go:noinline
func deep(n int) int {
    var a [1000]byte
    a[n%1000] = 1
    if n == 0 { return int(a[5]) }
    return deep(n-1) + int(a[n%1000])
}
func main() {
    runtime.GOMAXPROCS(1)
    if len(os.Args) > 1 { done := make(chan int); go func() { done <- deep(100) }(); <-done }
    os.Exit(outer(nil))
}
"""
MIXED = """package main
/*
static void __attribute__((noinline)) crash(int *p) { *p = 1; }
static void __attribute__((noinline)) c_outer(int *p) { crash(p); __asm__(""); }
extern void goCallback(int);
static void __attribute__((noinline)) c_callback(int n) { goCallback(n); __asm__(""); }
*/
import "C"
import "os"
//export goCallback
func goCallback(n C.int) { if n == 0 { C.c_outer(nil) } else { C.c_callback(n - 1) } }
//go:noinline
func outer() { C.c_outer(nil) }
func main() { if len(os.Args) > 1 { goCallback(2) }; outer() }
"""
QUIET = [f"handle {signal} nostop noprint pass" for signal in ("SIGSEGV", "SIGURG")]


class GoProgram(cores.Program):
    def __init__(self, folder, name, source, flags=()):
        self.folder, self.name = folder, name
        self.source, self.path = os.path.join(folder, name + ".go"), os.path.join(folder, name)
        with open(self.source, "w") as file:
            file.write(source)
        settings = {"GOCACHE": os.path.join(folder, "cache"), "GOFLAGS": "-mod=mod", "GO111MODULE": "off", "GOTRACEBACK": "crash"}
        os.environ.update(settings)
        subprocess.run(["go", "build", *flags, "-o", self.path, self.source], check=True, cwd=folder)


def crashed(core):
    return next(each for each in report(core)["threads"] if each["crashing"])


def names(thread):
    return [each["function"] for frame in thread["frames"] for each in frame["frames"]]


def expect(name, thread, wanted):
    """`wanted`: the functions above what Go's runtime did about the fault, up to the outermost one."""
    got = names(thread)
    check(got[-len(wanted):] == wanted, f"{name}: the stack ends with {got[-len(wanted) - 2:]}, not {wanted}")
    check(not [each for each in thread["frames"] if each["unwound_by"] == "scan"], f"{name}: a frame was found by a scan")
    check(not thread.get("stopped"), f"{name}: {thread.get('stopped')}")


END = ["main.main", "runtime.main", "runtime.goexit"]


def faults(folder, name, flags):
    program = GoProgram(folder, "crash" + name, CRASH, flags)
    thread = crashed(program.core(before=QUIET))
    expect(f"crash{name}", thread, ["runtime.panicmem", "runtime.sigpanic", "main.fault", "main.outer", *END])
    fault = next(each for frame in thread["frames"] for each in frame["frames"] if each["function"] == "main.fault")
    check(fault["line"] == 5, f"crash{name}: the fault is in line {fault['line']}")
    core = program.core("deep", before=[*QUIET, "break runtime.copystack"])
    thread = next(each for each in report("--frames=all", core)["threads"] if "runtime.copystack" in names(each))
    got = names(thread)
    after = got[got.index("runtime.morestack") + 1]
    ways = {each["unwound_by"] for each in thread["frames"]}
    check(got[-1] == "runtime.goexit" and after.startswith(("main.", "runtime.")) and "stack switch" in ways,
          f"morestack{name}: {got}, found by {ways}")


def without_symbols(folder):
    """By frame pointers: the runtime's assembler has none, so the callers of its functions are missing."""
    addresses = {}
    for flags in ([], ["-ldflags=-w"], ["-ldflags=-s -w"]):
        program = GoProgram(folder, f"stripped{len(flags)}{flags[-1].count('-') if flags else 0}", CRASH, flags)
        thread = crashed(program.core(before=QUIET))
        addresses[" ".join(flags)] = [frame["pc"] for frame in thread["frames"]]
    # The same code is at the same addresses.
    whole = addresses.pop("")
    for flags, found in addresses.items():
        check(set(found) <= set(whole) and len(found) >= 8 and found[-5:] == [*whole[-6:-4], *whole[-3:]], f"{flags}: {found}, not {whole}")


def mixed(folder, name, flags):
    program = GoProgram(folder, "mixed" + name, MIXED, flags)
    call = ["runtime.asmcgocall", "runtime.cgocall"]
    c_call = ["runtime.sigpanic", "crash", "c_outer", *call, "main._Cfunc_c_outer"]
    expect(f"mixed{name}", crashed(program.core(before=QUIET)), [*c_call, "main.outer", *END])
    got = names(crashed(program.core("back", before=QUIET)))
    check(got[-3:] == END, f"callback{name}: {got[-4:]}")
    for function, count in (("c_callback", 2), ("runtime.cgocallback", 2), ("crosscall2", 2), ("main.goCallback", 3), ("crash", 1)):
        check(got.count(function) == count, f"callback{name}: {got.count(function)} times {function}: {got}")


def both_kinds(folder):
    for name, flags in (("", []), ("-pie", ["-buildmode=pie"])):
        faults(folder, name, flags)
        if shutil.which("gcc"):
            mixed(folder, name, flags)


def main():
    cores.need("go", "gdb")
    if platform.machine() != "x86_64":
        print("only x86-64's runtime is followed from stack to stack")
        return cores.SKIPPED
    return cores.run_cases(both_kinds, without_symbols)


sys.exit(main())
