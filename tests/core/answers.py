#!/usr/bin/env python3
"""What people ask a core or a process beside its stacks: the signal, the auxiliary vector, registers of vectors, source lines,
lists of threads, folded stacks, words for addresses. gdb says the same where it says it.

usage: answers.py SYMLINE_PROGRAMS
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys

import cores
from cores import check, kernel_core, ours, report, report_on, run, text_of


def gdb(core, program, *commands):
    return cores.gdb(program, core, commands=commands).stdout


# ---- registers

VECTORS = r"""
#include <stdlib.h>
#include <unistd.h>
static unsigned char bytes[64];
__attribute__((noinline)) static void crash(int wait) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        __asm__ volatile("vmovdqu64 %0, %%zmm3\n\tvmovdqu64 %0, %%zmm29\n\tkmovw %1, %%k3" : : "m"(bytes), "r"(0x1234) : "memory");
    } else if (__builtin_cpu_supports("avx")) {
        __asm__ volatile("vmovdqu %0, %%ymm3" : : "m"(bytes) : "memory");
    }
    __asm__ volatile("fldpi\n\tmovdqu %0, %%xmm5" : : "m"(bytes[7]));
    if (wait) for (;;) __asm__ volatile("syscall" : : "a"(34) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    __asm__ volatile("ldr q5, %0\n\tldr q31, %0" : : "m"(*(char (*)[16])bytes));
#endif
    *(volatile int *)8 = 1; /*crash*/
}
int main(int argc, char **argv) {
    for (int i = 0; i < 64; i++) bytes[i] = 0x81 + i;
    crash(argc > 1);
    return 0;
}
"""


def gdb_vectors(core, program, names):
    """Values as numbers, by the names that we give them."""
    unit = {"zmm": "v8_int64", "ymm": "v4_int64", "xmm": "v2_int64", "v": "d.u"}
    commands = []
    for name in names:
        kind = name.rstrip("0123456789")
        if kind == "st":
            commands.append(f"info registers {name}")
        else:
            commands.append(f"p/x ${name}" + (f".{unit[kind]}" if kind in unit else ""))
    values = {}
    for name, line in zip(names, gdb(core, program, *[part for each in commands for part in ("echo @", each)]).split("@")[1:]):
        braces = re.search(r"= \{(.*)\}", line)
        raw = re.search(r"raw (0x[0-9a-f]+)", line)
        if raw:
            values[name] = int(raw[1], 16)
        elif braces:
            words = []
            for word in braces[1].split(", "):
                value, _, times = word.partition(" <repeats ")
                words += [int(value, 16)] * (int(times.split()[0]) if times else 1)
            values[name] = sum(word << (64 * i) for i, word in enumerate(words))
        else:
            number = re.search(r"= (0x[0-9a-f]+|\d+)$", line.strip())
            values[name] = int(number[1], 16) if number else line
    return values


def compare_with_gdb(core, program, what):
    thread = report("--registers=all", core, program.path)["threads"][0]
    ours = thread["extended_registers"]
    # gdb shows mxcsr as a set of flags, and names the control registers of the x87 by itself.
    names = [each for each in ours if each not in ("mxcsr", "fcw", "fsw")]
    theirs = gdb_vectors(core, program.path, names)
    for name in names:
        check(int(ours[name], 16) == theirs[name], f"{what}: {name} is {ours[name]}, gdb has {theirs[name]}")
    check(len(names) >= 30, f"{what}: {names}")
    for ours_name, name in (("mxcsr", "(int)$mxcsr"), ("fcw", "$fctrl"), ("fsw", "$fstat")):
        line = gdb(core, program.path, f"p/x {name}")
        check(int(ours[ours_name], 16) == int(line.split("=")[-1], 16), f"{what}: {ours_name} is {ours[ours_name]}, gdb has {line}")
    return thread


def vector_registers(folder):
    if os.uname().machine != "x86_64":
        print("registers are compared with gdb on x86-64 alone")
        return
    program = cores.Program(folder, "vectors", VECTORS)
    core = program.core()
    thread = compare_with_gdb(core, program, "gcore")
    shown = thread["extended_registers"]
    marks = bytes(range(0x81, 0x81 + 64))
    number = {len(name): name for name in ("xmm3", "ymm3", "zmm3") if name in shown}[4]
    wide = {"xmm3": 16, "ymm3": 32, "zmm3": 64}[number]
    if number != "xmm3":
        check(int(shown[number], 16) == int.from_bytes(marks[:wide], "little"), f"{number}: {shown[number]}")
    check(int(shown[number[:3] + "5"], 16) & (1 << 128) - 1 == int.from_bytes(marks[7:23], "little"), f"xmm5: {shown}")
    if number == "zmm3":
        check(int(shown["zmm29"], 16) == int.from_bytes(marks, "little") and shown["k3"] == "0x1234", f"zmm29: {shown}")
    written = kernel_core(folder, program.path)
    if written is None:
        print("the kernel writes no core here: its registers are not compared")
    else:
        compare_with_gdb(written, program, "kernel")
    text = text_of("--registers=all", core)
    check(re.search(rf"^ +{number} 0x[0-9a-f]+$", text, re.M) is not None, f"as text: {text[:2000]}")
    plain = report("--registers", core)["threads"][0]
    check("extended_registers" not in plain and "rip" in plain["registers"], f"--registers: {plain}")
    if not cores.may_trace():
        return
    with cores.living([program.path, "wait"]) as process:
        living = report_on(process, "--registers=all")["threads"][0]["extended_registers"]
    for name in (number, number[:3] + "5", "st0", "mxcsr", "k3"):
        check(living.get(name) == shown.get(name), f"living: {name} is {living.get(name)}, not {shown.get(name)}")


def vector_registers_i386(folder):
    source = """int main(void) {
    static const unsigned char bytes[16] = "0123456789abcde";
    __asm__ volatile("fldpi; movdqu %0, %%xmm5; movdqu %0, %%xmm7" : : "m"(bytes));
    *(volatile int *)8 = 1;
    return 0;
}
"""
    try:
        program = cores.Program(folder, "narrow", source, ["-m32", "-msse2"])
    except subprocess.CalledProcessError:
        print("no 32-bit compiler: its registers are not compared")
        return
    compare_with_gdb(program.core(), program, "i386")
    written = kernel_core(folder, program.path)
    if written:
        compare_with_gdb(written, program, "i386, kernel")


def vector_registers_arm64(folder):
    if shutil.which("aarch64-linux-gnu-gcc") is None or shutil.which("qemu-aarch64") is None or shutil.which("gdb-multiarch") is None:
        print("no aarch64 compiler, qemu-user or gdb-multiarch: those registers are not compared")
        return
    program = cores.Program(folder, "vectors64", VECTORS, ["-static"], "aarch64-linux-gnu-gcc")
    socket = program.path + ".socket"
    guest = subprocess.Popen(["qemu-aarch64", "-g", socket, program.path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    core = program.path + ".core"
    try:
        cores.wait_for(lambda: os.path.exists(socket))
        run("gdb-multiarch", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", f"target remote {socket}", "-ex", "continue",
            "-ex", f"generate-core-file {core}", "-ex", "kill", program.path)
    finally:
        guest.kill()
        guest.wait()
    if not os.path.exists(core):
        print("gdb-multiarch makes no core of a guest: its registers are not compared")
        return
    shown = report("--registers=all", core, program.path)["threads"][0]["extended_registers"]
    marks = int.from_bytes(bytes(range(0x81, 0x91)), "little")
    # QEMU's processor has scalable vectors.
    kind = "z" if "z0" in shown else "v"
    check(int(shown[kind + "5"], 16) == marks and int(shown[kind + "31"], 16) == marks, f"arm64: {shown}")
    check("fpsr" in shown and "fpcr" in shown, f"arm64: {shown}")


# ---- what JSON has

def facts(folder):
    program = cores.Program(folder, "facts", """#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    if (argc > 1) abort();
    return *(volatile int *)8; /*main*/
}
""")
    core = program.core()
    found = report(core)
    shown = [found.get(name) for name in ("signal", "signal_number", "si_code", "si_code_name", "fault_address")]
    check(shown == ["SIGSEGV", 11, 1, "SEGV_MAPERR", "0x8"] and "sender_pid" not in found, f"signal: {shown}")
    ours = {each["type"]: (each.get("name", "???"), int(each["value"], 16)) for each in found["auxv"]}
    theirs = {}
    for line in gdb(core, program.path, "info auxv").splitlines():
        parts = re.match(r"(\d+) +(AT_\S+|\?\?\?) .*?(0x[0-9a-f]+|\d+)(?: \".*\")?$", line)
        if parts:
            theirs[int(parts[1])] = (parts[2], int(parts[3], 0))
    theirs.pop(0, None)
    check(len(theirs) > 10 and set(theirs) == set(ours), f"auxv: {sorted(ours)}, not {sorted(theirs)}")
    for kind, (name, value) in theirs.items():
        check(ours[kind][1] == value and name in ("???", ours[kind][0]), f"auxv: {ours[kind]}, not {(name, value)}")
    written = kernel_core(folder, program.path, "abort")
    if written:
        found = report(written)
        shown = [found.get(name) for name in ("signal", "si_code_name", "sender_pid", "sender_uid")]
        check(shown == ["SIGABRT", "SI_TKILL", found["pid"], os.getuid()], f"abort: {shown}")
        check("fault_address" not in found, f"abort: {found}")
    if not cores.may_trace():
        return
    with cores.living(["sleep", "1000"]) as process:
        with open(f"/proc/{process.pid}/auxv", "rb") as file:
            words = file.read()
        values = report_on(process)["auxv"]
    # The end may be there more than once.
    types = [int.from_bytes(words[at:at + 8], sys.byteorder) for at in range(0, len(words), 16)]
    check([each["type"] for each in values] == types[:types.index(0)], f"auxv of a process: {values}, not {types}")


def names_and_source(folder):
    source = os.path.join(folder, "names.cc")
    program = os.path.join(folder, "names")
    with open(source, "w") as file:
        file.write("""namespace shop {
template <typename T> struct Cart {
    __attribute__((noinline)) static T add(T *first, T second) {
        return *first + second; // the sum
    }
};
static inline __attribute__((always_inline)) int buy(int *p) { return Cart<int>::add(p, 1); }
}
int main(int argc, char **) { return shop::buy((int *)8) + argc; }
""")
    subprocess.run(["g++", "-g", "-O1", "-o", program, source], check=True)
    made = cores.Program(folder, "unused", "int main(void) { return 0; }\n")
    made.path = program
    core = made.core()
    frames = [each for frame in report("--source=3", core)["threads"][0]["frames"] for each in frame["frames"]]
    add, buy, main = frames[:3]
    check((add.get("function"), add.get("linkage_name")) == ("add", "_ZN4shop4CartIiE3addEPii"), f"names: {add}")
    check(add.get("demangled") == "shop::Cart<int>::add(int*, int)", f"names: {add}")
    check([(each["line"], each["text"].strip()) for each in add.get("source", [])][1] == (4, "return *first + second; // the sum"),
          f"source: {add.get('source')}")
    check(len(add["source"]) == 3 and any("buy(int *p)" in each["text"] for each in buy["source"]), f"source: {buy}")
    check(buy["inlined"] and main["function"] == "main", f"inlined: {frames[:3]}")
    check(all("source" not in each for frame in report(core)["threads"][0]["frames"] for each in frame["frames"]), "unasked source")
    # Without debug information the symbol's readable form is the function.
    subprocess.run(["objcopy", "--strip-debug", program], check=True)
    add = report(core)["threads"][0]["frames"][0]["frames"][0]
    check((add.get("function"), add.get("linkage_name"), add.get("demangled")) ==
          ("shop::Cart<int>::add(int*, int)", "_ZN4shop4CartIiE3addEPii", "shop::Cart<int>::add(int*, int)"), f"symbol: {add}")


# ---- many threads

def threads(folder):
    program = cores.Program(folder, "two", """#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static pthread_barrier_t all;
static void *even(void *p) { pthread_barrier_wait(&all); for (;;) pause(); return p; }
static inline __attribute__((always_inline)) void rest(void) { for (;;) pause(); }
static void *odd(void *p) { pthread_barrier_wait(&all); rest(); return p; }
int main(void) {
    pthread_t thread;
    pthread_barrier_init(&all, 0, 61);
    for (int i = 0; i < 60; i++) pthread_create(&thread, 0, i % 2 ? odd : even, 0);
    pthread_barrier_wait(&all);
    sleep(1);
    abort(); /*main*/
}
""", ["-pthread"])
    core = program.core()
    text = text_of(core)
    ids = [each["tid"] for each in report(core)["threads"]]
    for name, part in zip(("even", "odd"), (ids[1::2], ids[2::2])):
        group = [each for each in text.split("\n\n") if f" {name} at " in each]
        check(len(group) == 1, f"{name}: {len(group)} groups")
        heading = group[0].strip().split(":\n")[0]
        check(all(len(line) <= 80 for line in heading.splitlines()) and len(heading.splitlines()) > 2, f"wrapped: {heading}")
        shown = [int(each) for each in re.findall(r"\d+", heading.split("(")[0])]
        check(shown == sorted(part), f"{name}: {shown}, not {sorted(part)}")
    folded = text_of("--folded", core).splitlines()
    counts = {line.rpartition(" ")[0]: int(line.rpartition(" ")[2]) for line in folded}
    check(sum(counts.values()) == 61 and len(counts) == 3 and folded == sorted(folded), f"folded: {folded}")
    odd = [line for line in counts if ";odd;rest;" in line]
    check(len(odd) == 1 and counts[odd[0]] == 30 and odd[0].startswith("two;"), f"folded: {folded}")
    check(re.search(r"^two;(?:_start;)?.*;main;.*abort", "\n".join(folded), re.M) is not None, f"folded: {folded}")
    flame = shutil.which("flamegraph.pl")
    if flame:
        drawn = run("perl", flame, input="\n".join(folded) + "\n")
        check(drawn.returncode == 0 and "<title>rest (30 samples" in drawn.stdout, f"flamegraph.pl: {drawn.stderr}")
    for words, said in ((["--folded", "--format=json"], "a format of its own"), (["--folded", "--registers"], "names of functions alone"),
                        (["--registers=some"], "is not general or all")):
        bad = run(ours(), "core", *words, core)
        check((bad.returncode, bad.stdout) == (1, "") and said in bad.stderr, f"{words}: {bad}")


def folded_dump(_folder):
    dump = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/bin/dump/vmcore-elf")
    folded = text_of("--tasks", "--folded", dump).splitlines()
    tasks = text_of("--ps", dump).splitlines()
    check(all(re.fullmatch(r"[^;]+(;[^;]+)* \d+", each) for each in folded) and folded, f"a dump: {folded}")
    count = sum(int(each.rpartition(" ")[2]) for each in folded)
    listed = sum(re.match(r"^[> ] *\d+ ", each) is not None for each in tasks)
    check(count == listed or not listed, f"a dump: {count} stacks, {listed} tasks")


# ---- words for addresses

def places(folder):
    program = cores.Program(folder, "places", r"""#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
static char *bytes;
__attribute__((noinline)) static int call(int (*f)(void)) { return f() + 1; /*call*/ }
int main(int argc, char **argv) {
    char stack[64] = {0};
    unsigned char trap[] = {0x0f, 0x0b}; /* ud2 */
    char *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *hole = mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(hole, 8192);
    bytes = malloc(64);
    memcpy(page, trap, sizeof trap);
    switch (atoi(argv[1])) {
        case 0: return call(0);
        case 1: return call((int (*)(void))0x18);
        case 2: return call((int (*)(void))page);
        case 3: return call((int (*)(void))stack);
        case 4: return call((int (*)(void))bytes);
        case 5: return call((int (*)(void))(unsigned long)(argc > 5 ? "" : "text"));
        case 6: return call((int (*)(void))hole);
        case 7: return call((int (*)(void))0x4141414141414141);
        case 8: return *(volatile char *)0x4141414141414141;
    }
    return 0;
}
""")
    wanted = ["a null pointer", "near a null pointer", "JIT or anonymous code", "on the stack of thread ", "in the heap",
              "in data of the file, not in its code", "not mapped", None, None]
    for index, words in enumerate(wanted):
        if os.uname().machine != "x86_64" and index in (2, 7, 8):
            continue
        for core in filter(None, (program.core(str(index)), kernel_core(folder, program.path, str(index)))):
            found = report(core)
            frame = found["threads"][0]["frames"][0]
            if words is None:
                # The call itself faults: its target is never reached.
                check("fault_address" not in found and found.get("si_code_name") == "SI_KERNEL", f"place {index}: {found['signal']}")
                check("address 0x" not in text_of(core).split("\n\n")[0], f"place {index}: no address")
                continue
            said = frame.get("miss", "")
            said = said.replace(str(found["threads"][0]["tid"]), "") if index == 3 else said
            check(said == words, f"place {index} of {core}: '{said}', not '{words}'")
            check(f"({words.strip()}" in text_of(core), f"place {index} as text")
            names = [each["function"] for frame in found["threads"][0]["frames"][1:] for each in frame["frames"]]
            # How to unwind code of its own making the process alone knows.
            check(names[:1] == ["call"] or index == 2, f"place {index}: the caller is {names}")
            os.remove(core)


def fault_places(folder):
    program = cores.Program(folder, "faults", r"""#include <pthread.h>
#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) static int deep(int n) { volatile char b[200]; b[0] = n; return deep(n + 1) + b[0]; }
static void *start(void *p) { deep(0); return p; }
int main(int argc, char **argv) {
    pthread_t thread;
    switch (atoi(argv[1])) {
        case 0: return deep(0);
        case 1: pthread_create(&thread, 0, start, 0); pthread_join(thread, 0); return 0;
        case 2: return *(volatile int *)0x30;
        case 3: *(volatile char *)"text" = 1; return 0;
        case 4: return *(volatile int *)0x700000000000;
    }
    return 0;
}
""", ["-pthread"])
    for index, wanted in enumerate(("beyond the stack of thread ", "beyond the stack of thread ", "near a null pointer", None, None)):
        for core in filter(None, (program.core(str(index)), kernel_core(folder, program.path, str(index)))):
            found = report(core, "--crashing")
            place = found.get("fault_place")
            tid = str(found["threads"][0]["tid"])
            check(place == (wanted + tid if index < 2 else wanted), f"fault {index} of {core}: {place}")
            check(wanted is None or f" ({place})" in text_of("--crashing", core), f"fault {index} as text")
            os.remove(core)


def main():
    cores.need("gcc", "g++", "gdb", "objcopy")
    return cores.run_cases(vector_registers, vector_registers_i386, vector_registers_arm64, facts, names_and_source, threads,
                           folded_dump, places, fault_places)


if __name__ == "__main__":
    sys.exit(main())
