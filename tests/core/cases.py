#!/usr/bin/env python3
"""Crashes of every kind, made here, and what `symline core` has to say about each.

usage: cases.py SYMLINE_PROGRAMS
"""
import json
import os
import re
import shutil
import subprocess
import sys

import cores
import peer_stacks
from cores import check, flat, ours, report, run, text_of


def expect(name, thread, wanted):
    """`wanted`: (function, line or None), from frame 0 on; None for a frame without a function."""
    got = flat(thread)
    for index, (function, line) in enumerate(wanted):
        have = got[index] if index < len(got) else ("no frame", 0, "")
        check(have[0] == function and line in (None, have[1]), f"{name}: frame {index} is {have}, not {(function, line)}")


def libc_bad_pointer(folder):
    program = cores.Program(folder, "badpointer", """#include <string.h>
#include <stdio.h>
__attribute__((noinline)) static unsigned long measure(const char *text) {
    return strlen(text) + 1; /*measure*/
}
int main(int argc, char **argv) {
    unsigned long size = measure((const char *)(unsigned long)argc); /*main*/
    printf("%lu", size);
    return 0;
}
""", ["-fno-builtin"])
    thread = report(program.core())["threads"][0]
    names = [each[0] for each in flat(thread)]
    check("strlen" in (names[0] or ""), f"strlen: frame 0 is {names[0]}")
    check(thread["frames"][0]["module"].endswith("libc.so.6"), "strlen: frame 0 is in libc")
    check(flat(thread)[1][:2] == ("measure", program.line("measure")), f"strlen: frame 1 is {flat(thread)[1]}")
    check(flat(thread)[2][:2] == ("main", program.line("main")), f"strlen: frame 2 is {flat(thread)[2]}")
    check(thread["crashing"], "strlen: the thread has crashed")
    return program


def overwritten_return_address(folder):
    """Call frame information leads to what is no code: not a frame, and what may be found above it is marked."""
    program = cores.Program(folder, "overwritten", """#include <stdlib.h>
__attribute__((noinline)) static void overwrite(void **frame) {
    frame[1] = (void *)0x414141414140;
    abort(); /*overwrite*/
}
__attribute__((noinline)) static int called(void) { overwrite(__builtin_frame_address(0)); return 1; }
int main(void) { return called() + 1; }
""", ["-fno-ipa-icf"])
    thread = report(program.core())["threads"][0]
    got = flat(thread)
    at = [each[0] for each in got].index("called")
    check(got[at - 1][:2] == ("overwrite", program.line("overwrite")), f"overwritten: {got}")
    check(not [each for each in thread["frames"] if each["pc"] == "0x414141414140"], f"overwritten: {got}")
    above = got[at + 1:]
    check(above[0][2] == "scan" if above else "0x414141414140, is no code" in thread["stopped"], f"overwritten: {above}, {thread}")


def tail_calls(folder):
    """The frames that gdb calls TAILCALL_FRAME, those of the C library included where it has debug information."""
    program = cores.Program(folder, "tail", """#include <stdio.h>
#include <stdlib.h>
#define APART __attribute__((noipa))
APART void last(int x) { if (x > 3) abort(); /*last*/ puts("on"); }
APART void inner(int x) { puts("inner"); last(x + 1); /*inner*/ }
APART void outer(int x) { puts("outer"); inner(x + 1); /*outer*/ }
APART void either(int x) {
    if (x & 1) { puts("odd"); outer(x); } else { puts("even"); outer(x + 1); }
}
APART int run(int x) { outer(x); /*run*/ return puts("end"); }
APART int fork_of(int x) { either(x); /*fork*/ return puts("end"); }
int main(int argc, char **argv) { return (argc > 1 ? fork_of(argc + 4) : run(argc + 4)) + puts("x"); }
""", ["-O2", "-foptimize-sibling-calls"])
    def innermost(frame):
        return frame["frames"][0 if frame.get("tail_call") else -1]

    def found(*args):
        core = program.core(*args)
        frames = report(core)["threads"][0]["frames"]
        # Of what is inlined at a jump, gdb names the innermost alone.
        return core, [(innermost(each).get("function"), innermost(each).get("line", 0), each.get("tail_call", False))
                      for each in frames if each["frames"]]

    def ours(frames):
        return [each for each in frames if each[0] in ("last", "inner", "outer", "either", "run", "fork_of")]

    core, frames = found()
    check(ours(frames) == [("last", program.line("last"), False), ("inner", program.line("inner"), True),
                           ("outer", program.line("outer"), True), ("run", program.line("run"), False)], f"tail calls: {frames}")
    listed = cores.gdb(program.path, core, commands=["bt"]).stdout
    gdbs = [each.removeprefix("__GI_") for each in re.findall(r"^#\d+ +(?:0x\w+ in )?(\w+) \(", listed, re.M)]
    # The first is shown twice: when the core is opened, and as part of the stack.
    gdbs = gdbs[1:]
    names = [each[0] for each in frames]
    check("??" in listed or gdbs == names[:len(gdbs)], f"tail calls: gdb has {gdbs}, and we {names}")
    _, frames = found("two")
    check(ours(frames) == [("last", program.line("last"), False), ("inner", program.line("inner"), True),
                           ("outer", program.line("outer"), True), ("either", 0, True), ("fork_of", program.line("fork"), False)],
          f"one of two tail calls: {frames}")


def overflow(folder):
    program = cores.Program(folder, "overflow", """#include <stdlib.h>
__attribute__((noinline)) long down(volatile long n, long (*f)(long)) {
    if (n == 0) abort();
    return down(n - 1, f) + (f ? f(n) : 1); /*down*/
}
int main(int argc, char **argv) { return (int)down(atol(argv[1]), 0); }
""")
    thread = report(program.core("100000"))["threads"][0]
    check(len(thread["frames"]) > 100001, f"overflow: {len(thread['frames'])} frames")
    check("stopped" not in thread, "overflow: the outermost frame was reached")
    check(flat(thread)[9000][:2] == ("down", program.line("down")), "overflow: a frame in the middle")
    text = run(ours(), "core", program.path + ".core").stdout
    check(len(text.splitlines()) < 100, f"overflow: {len(text.splitlines())} lines of text")


def jump_to_zero(folder):
    program = cores.Program(folder, "jump", """__attribute__((noinline)) int call(int (*f)(int), int n) {
    return f(n) + 1; /*call*/
}
int main(int argc, char **argv) { return call((int (*)(int))0, argc); /*main*/ }
""")
    found = report(program.core())
    expect("jump", found["threads"][0], [(None, None), ("call", program.line("call")), ("main", program.line("main"))])
    check(flat(found["threads"][0])[1][2] == "return address", "jump: how the caller was found")
    check(found["threads"][0]["frames"][0]["pc"] == "0x0", "jump: pc is 0")


def crash_in_handler(folder):
    program = cores.Program(folder, "handler", """#include <signal.h>
#include <stdlib.h>
static void handle(int signal) {
    abort(); /*handle*/
}
__attribute__((noinline)) int touch(volatile int *p) {
    return *p; /*touch*/
}
int main(int argc, char **argv) {
    signal(SIGSEGV, handle);
    return touch((int *)8) + 1; /*main*/
}
""")
    thread = report(program.core(before=["handle SIGSEGV nostop noprint pass"]))["threads"][0]
    lines = [each[:2] for each in flat(thread) if each[0] in ("handle", "touch", "main")]
    wanted = [(name, program.line(name)) for name in ("handle", "touch", "main")]
    check(lines == wanted, f"handler: {lines}, not {wanted}")


def musl(folder):
    """Its code that handlers return to has no call frame information."""
    if shutil.which("musl-gcc") is None:
        print("no musl-gcc: its signal frames are not tried")
        return
    for name, flags in (("musl", []), ("musl-static", ["-static"])):
        program = cores.Program(folder, name, """#include <signal.h>
#include <string.h>
__attribute__((noinline)) void deep(int n) {
    volatile char b[64]; memset((void *)b, n, 64);
    if (n == 0) *(volatile int *)8 = 1; /*deep*/
    else deep(n - 1);
    b[0]++;
}
static void handle(int s) { __builtin_trap(); /*handle*/ }
int main(void) {
    signal(SIGSEGV, handle);
    deep(5); /*main*/
    return 0;
}
""", flags, "musl-gcc")
        core = program.core(before=["handle SIGSEGV nostop noprint pass"])
        frames = flat(report(core)["threads"][0])
        lines = [each[:2] for each in frames]
        check(lines[0] == ("handle", program.line("handle")) and ("deep", program.line("deep")) in lines and
              ("main", program.line("main")) in lines, f"{name}: {frames}")
        check([each[0] for each in frames].count("deep") == 6, f"{name}: {frames}")
        check(all(each[2] in ("registers", "cfi", "signal frame") for each in frames), f"{name}: {frames}")
        check(text_of(core).count(" (signal handler called)") == 1, f"{name}: no frame is marked")
        peer_stacks.compare_core(name, program.path, core)


def scanned(folder):
    """Callers that nothing but the calls in the code tells of."""
    assembler = os.path.join(folder, "pushing.S")
    with open(assembler, "w") as file:
        file.write("""    .text
    .globl inner, outer
    .type inner, @function
inner:
    subq $24, %rsp
    xorl %ebp, %ebp
    call *%rdi
    addq $24, %rsp
    ret
    .size inner, .-inner
    .type outer, @function
outer:
    pushq %rbp
    subq $16, %rsp
    xorl %ebp, %ebp
    call inner
    addq $16, %rsp
    popq %rbp
    ret
    .size outer, .-outer
    .section .note.GNU-stack, "", @progbits
""")
    program = cores.Program(folder, "pushing", """#include <stdlib.h>
void outer(void (*)(void));
__attribute__((noinline)) void die(void) { abort(); /*die*/ }
__attribute__((noinline)) void middle(void) { outer(die); /*middle*/ }
int main(void) { middle(); return 0; /*main*/ }
""", [assembler, "-O0"])
    frames = flat(report(program.core())["threads"][0])
    at = [each[0] for each in frames].index("die")
    wanted = [("inner", "cfi"), ("outer", "scan"), ("middle", "scan"), ("main", "cfi")]
    check([(each[0], each[2]) for each in frames[at + 1:at + 5]] == wanted, f"pushing: {frames}")
    check([each[1] for each in frames[at + 3:at + 5]] == [program.line("middle"), program.line("main")], f"pushing: {frames}")
    if shutil.which("musl-gcc") is None:
        print("no musl-gcc: its abort() is not tried")
        return
    program = cores.Program(folder, "musl-abort", """#include <stdlib.h>
__attribute__((noinline)) void give_up(int n) { if (n) abort(); /*give_up*/ }
int main(int argc, char **argv) { give_up(argc); return 0; /*main*/ }
""", ["-static"], "musl-gcc")
    frames = flat(report(program.core())["threads"][0])
    wanted = [("raise", "scan"), ("abort", "scan"), ("give_up", "scan"), ("main", "cfi")]
    check([(each[0], each[2]) for each in frames[1:5]] == wanted, f"musl-abort: {frames}")


def coroutine(folder):
    """Its stack ends where makecontext() has begun it."""
    program = cores.Program(folder, "coroutine", """#include <stdlib.h>
#include <ucontext.h>
static char stack[65536];
static ucontext_t here, there;
__attribute__((noinline)) static void work(void) { abort(); /*work*/ }
int main(void) {
    getcontext(&there);
    there.uc_stack.ss_sp = stack; there.uc_stack.ss_size = sizeof stack; there.uc_link = &here;
    makecontext(&there, work, 0);
    swapcontext(&here, &there);
    return 0;
}
""", ["-static"])
    thread = report(program.core())["threads"][0]
    names = [each[0] for each in flat(thread)]
    check(names[-2:] == ["work", "__start_context"] and "stopped" not in thread, f"coroutine: {thread}")


def noreturn_call(folder):
    program = cores.Program(folder, "noreturn", """#include <stdlib.h>
__attribute__((noinline, noreturn)) void give_up(void) {
    abort(); /*give_up*/
}
__attribute__((noinline)) int check(int n) {
    if (n > 0) give_up(); /*check*/
    return n;
}
__attribute__((noinline)) int next(int n) { return n * 2; }
int main(int argc, char **argv) {
    return check(argc) + next(argc); /*main*/
}
""")
    thread = report(program.core())["threads"][0]
    lines = [each[:2] for each in flat(thread) if each[0] in ("give_up", "check", "next", "main")]
    wanted = [(name, program.line(name)) for name in ("give_up", "check", "main")]
    check(lines == wanted, f"noreturn: {lines}, not {wanted}")


def many_threads(folder):
    program = cores.Program(folder, "threads", """#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_barrier_t all;
static void *wait_long(void *p) {
    pthread_barrier_wait(&all);
    for (;;) sleep(1000); /*wait_long*/
}
int main(void) {
    pthread_t thread;
    pthread_barrier_init(&all, 0, 201);
    for (int i = 0; i < 200; i++) pthread_create(&thread, 0, wait_long, 0);
    pthread_barrier_wait(&all);
    sleep(1);
    abort(); /*main*/
}
""", ["-pthread"])
    core = program.core()
    found = report(core)
    check(len(found["threads"]) == 201, f"threads: {len(found['threads'])} of 201")
    for thread in found["threads"][1:]:
        names = [each[:2] for each in flat(thread)]
        check(("wait_long", program.line("wait_long")) in names, f"threads: {thread['tid']} is at {names}")
    before = os.times()
    text = run(ours(), "core", "--offline", core).stdout
    after = os.times()
    # Of the processor, not of the clock: other work on the machine shall not count.
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    check(spent < 0.5, f"threads: {spent:.2f} s for 201 threads")
    check("200 with the same stack" in text, "threads: the same stacks are one: " + text[:400])
    one = run(ours(), "core", core, "--tid", str(found["threads"][7]["tid"])).stdout
    check(one.count("\nThread") == 1, "threads: --tid")
    check(run(ours(), "core", core, "--tid", "1").returncode == 1, "threads: a tid that is not there")


def deleted_library(folder):
    library = os.path.join(folder, "libgone.so")
    source = os.path.join(folder, "gone.c")
    with open(source, "w") as file:
        file.write("int *where;\nint gone(int n) {\n    return *where + n;\n}\n")
    subprocess.run(["gcc", "-g", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    program = cores.Program(folder, "deleted", """int gone(int);
int main(int argc, char **argv) {
    return gone(argc) + 1; /*main*/
}
""", ["-L" + folder, "-lgone", "-Wl,-rpath," + folder])
    core = program.core()
    expect("library", report(core)["threads"][0], [("gone", 3), ("main", program.line("main"))])
    kept = os.path.join(folder, "kept")
    os.mkdir(kept)
    shutil.move(library, kept)
    found = report(core)["threads"][0]["frames"][0]
    check(found["frames"] == [] and "no file" in found["miss"], f"deleted: {found}")
    text = run(ours(), "core", core).stdout
    check(f"libgone.so+0x" in text, "deleted: module+0xoffset")
    # Nothing tells how to unwind it: its caller is found by what the call left on the stack, and that is said.
    below = [each for each in flat(report(core)["threads"][0]) if each[:2] == ("main", program.line("main"))]
    check(len(below) == 1 and below[0][2] in ("scan", "return address"), f"deleted: {below}")
    # Another file under that name is not the one that crashed.
    with open(source, "w") as file:
        file.write("int other(int n) { return n; }\nint *where;\nint gone(int n) {\n    return n + *where;\n}\n")
    subprocess.run(["gcc", "-g", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    found = report(core)["threads"][0]["frames"][0]
    check(found["frames"] == [] and "has build id" in found["miss"], f"upgraded: {found}")
    # And the right one is found by its build id.
    name = found["build_id"]
    tree = os.path.join(folder, "debug", ".build-id", name[:2])
    os.makedirs(tree)
    shutil.copy(os.path.join(kept, "libgone.so"), os.path.join(tree, name[2:] + ".debug"))
    thread = report(core, "--debug-dir", os.path.join(folder, "debug"))["threads"][0]
    expect("by build id", thread, [("gone", 3), ("main", program.line("main"))])


def static_pie(folder):
    for flags in (["-static-pie"], ["-static"], ["-no-pie"]):
        program = cores.Program(folder, "kind" + flags[0], """#include <stdlib.h>
__attribute__((noinline)) void fail(void) { abort(); /*fail*/ }
int main(void) { fail(); return 0; /*main*/ }
""", flags)
        lines = [each[:2] for each in flat(report(program.core())["threads"][0]) if each[0] in ("fail", "main")]
        check(lines == [("fail", program.line("fail")), ("main", program.line("main"))], f"{flags}: {lines}")


def without_cfi(folder):
    program = cores.Program(folder, "pointers", """__attribute__((noinline)) int last(int *p) { return *p + 1; /*last*/ }
__attribute__((noinline)) int middle(int *p) { return last(p) + 1; /*middle*/ }
int main(int argc, char **argv) { return middle((int *)8) + 1; /*main*/ }
""", ["-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer", "-fno-asynchronous-unwind-tables",
      "-fno-unwind-tables", "-fno-dwarf2-cfi-asm", "-no-pie", "-O0"])
    core = program.core()
    bare = program.path + ".bare"
    subprocess.run(["objcopy", "--remove-section=.eh_frame", "--remove-section=.eh_frame_hdr", "--remove-section=.debug_frame",
                    program.path, bare], check=True)
    os.rename(bare, program.path)
    thread = report(core)["threads"][0]
    expect("frame pointers", thread, [(name, program.line(name)) for name in ("last", "middle", "main")])
    check([each[2] for each in flat(thread)][:3] == ["registers", "frame pointer", "frame pointer"],
          f"frame pointers: {flat(thread)}")


def assembler_without_cfi(folder):
    """A function of assembler without call frame information, once without a frame pointer and once with one."""
    assembler = os.path.join(folder, "bare.S")
    with open(assembler, "w") as file:
        file.write("""    .text
    .globl bare, framed
    .type bare, @function
bare:
    subq $40, %rsp
    call *%rsi
    addq $40, %rsp
    ret
    .size bare, .-bare
    .type framed, @function
framed:
    pushq %rbp
    movq %rsp, %rbp
    subq $32, %rsp
    call *%rsi
    leave
    ret
    .size framed, .-framed
    .section .note.GNU-stack, "", @progbits
""")
    program = cores.Program(folder, "assembler", """#include <stdlib.h>
void bare(int, void (*)(void)); void framed(int, void (*)(void));
__attribute__((noinline)) void die(void) { abort(); /*die*/ }
__attribute__((noinline)) void middle(int k) {
    if (k > 1) framed(1, die); /*framed*/
    else bare(1, die); /*bare*/
    __asm__ volatile("");
}
int main(int argc, char **argv) { middle(argc); return 0; /*main*/ }
""", [assembler])
    for arguments, name, way in (([], "bare", "scan"), (["x"], "framed", "frame pointer")):
        frames = flat(report(program.core(*arguments))["threads"][0])
        at = [each[0] for each in frames].index(name) if name in [each[0] for each in frames] else len(frames)
        wanted = [("middle", program.line(name), way), ("main", program.line("main"), "cfi")]
        check(frames[at + 1:at + 3] == wanted, f"assembler: {frames}")
        mark = "(scan)" if way == "scan" else "(found by frame pointer)"
        text = run(ours(), "core", program.path + ".core").stdout
        check([mark in each for each in text.splitlines() if " middle at " in each] == [True], f"assembler: {text}")


def compressed(folder, program, core):
    plain = run(ours(), "core", core, program.path).stdout.splitlines()[1:]
    for tool, suffix in (("zstd", "zst"), ("xz", "xz"), ("lz4", "lz4")):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed: .{suffix} is not tried")
            continue
        packed = core + "." + suffix
        with open(packed, "wb") as file:
            subprocess.run([tool, "-q", "-c", core], stdout=file, check=True)
        check(run(ours(), "core", packed, program.path).stdout.splitlines()[1:] == plain, f"{suffix}: the same as unpacked")


def piped(program, core):
    """`-` is standard input: a pipe is copied, a file read where it is."""
    plain = run(ours(), "core", core, program.path).stdout.splitlines()[1:]
    with open(core, "rb") as file:
        whole = file.read()
    pipe = subprocess.run([ours(), "core", "-", program.path], input=whole, capture_output=True)
    check(pipe.stdout.decode().splitlines() == ["core: -", *plain], f"from a pipe: {pipe.stderr}")
    with open(core, "rb") as file:
        same = subprocess.run([ours(), "core", "-", program.path], stdin=file, capture_output=True)
    check(same.stdout == pipe.stdout, f"from standard input: {same.stderr}")
    bad = subprocess.run([ours(), "core", "-"], input=b"hello", capture_output=True, text=False)
    check((bad.returncode, bad.stderr) == (1, b"symline: '-': not an ELF core file\n"), f"a pipe of something else: {bad}")
    nowhere = subprocess.run([ours(), "core", "-"], input=whole, capture_output=True, env={**os.environ, "TMPDIR": "/nonexistent"})
    check(nowhere.stderr == b"symline: standard input: /nonexistent: No such file or directory\n", f"no room for a copy: {nowhere.stderr}")


def compressed_dump(folder):
    """A kernel's dump is known as one also when it was compressed, or comes through a pipe."""
    dump = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/bin/dump/vmcore-elf")
    options = ["--offline", "--tasks"]
    plain = run(ours(), "core", *options, dump)
    check("panic: Fatal exception" in plain.stdout, f"a kernel's dump: {plain.stderr}")
    for tool, suffix in (("zstd", "zst"), ("xz", "xz"), ("gzip", "gz")):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed: .{suffix} is not tried")
            continue
        packed = os.path.join(folder, "vmcore." + suffix)
        with open(packed, "wb") as file:
            subprocess.run([tool, "-q", "-c", dump], stdout=file, check=True)
        found = run(ours(), "core", *options, packed)
        check(found.stdout.splitlines()[1:] == plain.stdout.splitlines()[1:], f"a kernel's dump in {suffix}: {found.stderr}")
        with open(packed, "r+b") as file:
            file.truncate(40)
        cut = run(ours(), "core", packed)
        check((cut.returncode, cut.stdout, len(cut.stderr.splitlines())) == (1, "", 1), f"cut short in {suffix}: {cut}")
    for option in ("--ps", "--tasks", "--dmesg"):
        other = run(ours(), "core", "--pid", str(os.getpid()), option)
        check((other.returncode, other.stdout) == (1, "") and "for the dump of a kernel" in other.stderr, f"{option}: {other}")


def addresses(program, core):
    found = report(core)["threads"][0]["frames"][1]
    wanted = program.source + ":" + str(program.line("measure"))
    pc = hex(int(found["pc"], 16) - 1)
    tool = ours("symline-addr2line")
    check(run(tool, "--core", core, pc).stdout.strip() == wanted, "symline-addr2line --core")
    # Both are addresses of the process, where the program is not at those of its file.
    answer = json.loads(run(tool, "--core", core, "--output-style=JSON", "-f", pc).stdout)[0]
    start = int(answer["Symbol"][0]["StartAddress"], 16)
    offset = int(found["pc"], 16) - start
    check(answer["Address"] == pc and 0 < offset < 0x1000, f"StartAddress of a process: {answer}")


def aarch64(folder):
    if shutil.which("aarch64-linux-gnu-gcc") is None or shutil.which("qemu-aarch64") is None:
        print("no aarch64 compiler or qemu-user: that core is not tried")
        return
    source = """__attribute__((noinline)) int last(volatile int *p) { return *p + 1; /*last*/ }
__attribute__((noinline)) int middle(volatile int *p) { return last(p) + 1; /*middle*/ }
int main(int argc, char **argv) { return middle((int *)8) + 1; /*main*/ }
"""
    for name, flags in (("arm64", []), ("arm64static", ["-static"])):
        program = cores.Program(folder, name, source, flags, "aarch64-linux-gnu-gcc")
        core = cores.core_of_run(["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", program.path], folder, "qemu_" + name,
                                 program.path + ".core")
        if core is None:
            print("qemu-aarch64 has written no core")
            return
        thread = report(core, program.path, "--sysroot", "/usr/aarch64-linux-gnu")["threads"][0]
        expect(name, thread, [(each, program.line(each)) for each in ("last", "middle", "main")])
        check(any("libc_start" in (each[0] or "") for each in flat(thread)), f"{name}: below main {flat(thread)}")


def of_one_core(folder):
    program = libc_bad_pointer(folder)
    core = program.path + ".core"
    compressed(folder, program, core)
    piped(program, core)
    addresses(program, core)


def main():
    cores.need("gcc", "gdb", "objcopy")
    return cores.run_cases(of_one_core, compressed_dump, tail_calls, overwritten_return_address, overflow, jump_to_zero,
                           crash_in_handler, musl, scanned, coroutine, noreturn_call, many_threads, deleted_library, static_pie, without_cfi,
                           assembler_without_cfi, aarch64)


sys.exit(main())
