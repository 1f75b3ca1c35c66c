#!/usr/bin/env python3
"""What lies in the memory of cores and living processes: files that were replaced, code that was moved or generated.

usage: memory_cases.py SYMLINE_PROGRAMS
"""
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import time

import cores
from cores import check, core_of_run, in_order, living, misses, names, report, report_on

X86_64 = os.uname().machine == "x86_64"


def with_hole(core, size):
    """A copy of a core with one more segment of `size` bytes, which take no room on the disk; the headers come after it."""
    with open(core, "rb") as file:
        bytes_ = file.read()
    table, entry, count = struct.unpack_from("<Q", bytes_, 32)[0], *struct.unpack_from("<HH", bytes_, 54)
    headers = bytes_[table:table + entry * count]
    begin = (len(bytes_) + 4095) // 4096 * 4096
    headers += struct.pack("<IIQQQQQQ", 1, 6, begin, 0x10000000000, 0, size, size, 4096)
    large = core + ".large"
    with open(large, "wb") as file:
        file.write(bytes_[:32] + struct.pack("<Q", begin + size) + bytes_[40:56] + struct.pack("<H", count + 1) + bytes_[58:])
        file.truncate(begin + size)
        file.seek(begin + size)
        file.write(headers)
    return large


def larger_than_memory(folder):
    program = cores.Program(folder, "small", """#include <stdlib.h>
__attribute__((noinline)) void inner(int n) { if (n) abort(); }
int main(int argc, char **argv) { inner(argc); return 0; }
""")
    core = program.core()
    wanted = report(core)
    large = with_hole(core, 20 << 30)
    check(os.stat(large).st_blocks * 512 < 1 << 30, "the large core has holes")
    limit = 2 << 30
    found = report(large, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    check(found["threads"] == wanted["threads"], f"a core of 20 GB within 2 GB: {names(found)}")
    check("inner" in names(found) and "main" in names(found), f"a core of 20 GB: {names(found)}")
    os.remove(large)


REMAPPED = """#define _GNU_SOURCE
#include <sys/mman.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
extern char etext;
static int wait_for_it;
__attribute__((noinline)) void end(void) { if (wait_for_it) for (;;) pause(); abort(); }
__attribute__((noinline)) void middle(void) { end(); __asm__ volatile(""); }
__attribute__((noinline, aligned(4096))) void page(void) { __asm__ volatile(".skip 8192, 0xcc"); }
__attribute__((noinline)) void generated(void (*next)(void)) { next(); __asm__ volatile(""); }
/* As programs do that move their code to huge pages. */
static void remap(void) {
    uintptr_t begin = (uintptr_t)&end & ~4095UL, size = (((uintptr_t)&etext + 4095) & ~4095UL) - begin;
    char *copy = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(copy, (void *)begin, size);
    mprotect(copy, size, PROT_READ | PROT_EXEC);
    mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)begin);
}
/* Other code in the place of a function. */
static void generate(void) {
    char *begin = (char *)(((uintptr_t)&page + 4095) & ~4095UL);
    mmap(begin, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    memset(begin, 0x90, 4096);
    memcpy(begin + 256, (void *)&generated, 64);
    mprotect(begin, 4096, PROT_READ | PROT_EXEC);
    ((void (*)(void (*)(void)))(begin + 256))(middle);
}
int main(int argc, char **argv) {
    wait_for_it = argv[1][1] == 'w';
    if (argv[1][0] == 'r') remap(); else generate();
    middle();
    return 0;
}
"""


def remapped_code(folder):
    if not X86_64:
        print("code is moved on x86-64 alone")
        return
    for name, flags in (("remapped", []), ("onesegment", ["-Wl,-z,noseparate-code"]), ("fixed", ["-no-pie"]),
                        ("nobuildid", ["-Wl,--build-id=none"])):
        program = cores.Program(folder, name, REMAPPED, flags)
        found = report(program.core("r"))
        wanted = ["end", "middle", "main"]
        check(in_order(wanted, names(found)), f"{name}: {names(found)}")
        check(not misses(found), f"{name}: {misses(found)}")
        check(all("unwound_by" not in each or each["unwound_by"] in ("registers", "cfi", "tail call") for each in found["threads"][0]["frames"]),
              f"{name}: unwound otherwise")
        with living([program.path, "rw"]) as process:
            found = report_on(process)
        check(in_order(wanted, names(found)), f"{name}, living: {names(found)}")
        found = report(program.core("g"))
        check("page" not in names(found) and in_order(["end", "middle"], names(found)), f"{name}, generated code: {names(found)}")
        frames = found["threads"][0]["frames"]
        after = [above for frame, above in zip(frames, frames[1:]) if "miss" in frame]
        check(all(each["unwound_by"] != "cfi" for each in after), f"{name}: generated code was unwound by the rules of other code")
        check(f"JIT or anonymous code, which differs from '{program.path}'" in misses(found), f"{name}: {misses(found)}")


UPGRADED = """#include <stdlib.h>
#include <unistd.h>
static int wait_for_it;
__attribute__((noinline)) void inner_%(version)s(void) { if (wait_for_it) for (;;) pause(); abort(); }
__attribute__((noinline)) void outer_%(version)s(void) { inner_%(version)s(); __asm__ volatile(""); }
%(more)s
int main(int argc, char **argv) { wait_for_it = argc > 1; outer_%(version)s(); return 0; }
"""


def replaced_program(folder):
    """Without a build id, the bytes tell."""
    flags = ["-Wl,--build-id=none"]
    program = cores.Program(folder, "upgraded", UPGRADED % {"version": "one", "more": ""}, flags)
    core = program.core()
    other = cores.Program(folder, "other", UPGRADED % {"version": "two", "more": "int more(int a) { return a * 3 + 7; }"}, flags)
    found = report(core)
    check(in_order(["inner_one", "outer_one", "main"], names(found)), f"not replaced: {names(found)}")
    check("problems" not in found, f"not replaced: {found.get('problems')}")

    now = time.time()
    os.utime(program.path, (now + 100, now + 100))
    found = report(core)
    wanted = f"'{program.path}' was changed after the core was written; what the core has of it is the same"
    check(wanted in found.get("problems", []), f"touched: {found.get('problems')}")
    check("inner_one" in names(found), f"touched: {names(found)}")

    # The name is another file's from then on, of this one's time.
    kept = program.path + ".kept"
    os.rename(program.path, kept)
    shutil.copy(other.path, program.path)
    os.utime(program.path, (now - 1000, now - 1000))
    found = report(core)
    check(not any(each and each.endswith(("_one", "_two")) for each in names(found)), f"replaced: {names(found)}")
    check(any(f"'{program.path}' is not the file that was mapped: the process has other bytes at offset" in each
              for each in misses(found) + found.get("problems", [])), f"replaced: {found}")
    found = report(core, kept)
    check(in_order(["inner_one", "outer_one", "main"], names(found)), f"replaced, and named: {names(found)}")
    found = report(core, other.path)
    check("inner_two" not in names(found), f"a wrong program was named: {names(found)}")

    # A living one is asked for its own file.
    shutil.copy(kept, program.path)
    with living([program.path, "wait"]) as process:
        os.rename(program.path, program.path + ".again")
        shutil.copy(other.path, program.path)
        found = report_on(process)
    check("inner_two" not in names(found), f"replaced, living: {names(found)}")
    check("inner_one" in names(found), f"replaced, living: {names(found)}")


GENERATES = """#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
static int wait_for_it;
__attribute__((noinline)) void end(void) { if (wait_for_it) for (;;) pause(); abort(); }
__attribute__((noinline)) void generated(void (*next)(void)) { next(); __asm__ volatile(""); }
int main(int argc, char **argv) {
    wait_for_it = argc > 2;
    char *code = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(code + 4096, (void *)&generated, 64);
    mprotect(code, 8192, PROT_READ | PROT_EXEC);
    char path[4096];
    snprintf(path, sizeof path, "%s/where", argv[1]);
    FILE *where = fopen(path, "w");
    fprintf(where, "%d %lx", (int)getpid(), (unsigned long)(code + 4096));
    fclose(where);
    /* The dump is mapped for perf to see, and written before the code runs. */
    snprintf(path, sizeof path, "%s/jit-%d.dump", argv[1], (int)getpid());
    int dump = open(path, O_RDWR | O_CREAT, 0644);
    ftruncate(dump, 4096);
    mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, dump, 0);
    ftruncate(dump, 0);
    ((void (*)(void (*)(void)))(code + 4096))(end);
    return 0;
}
"""


def jitdump(pid, address):
    """Code that was loaded elsewhere, moved, and replaced what was there before."""
    def record(kind, when, contents):
        return struct.pack("<IIQ", kind, len(contents) + 16, when) + contents

    def load(when, at, name):
        return record(0, when, struct.pack("<IIQQQQ", pid, pid, at, at, 64, when) + name + b"\0" + bytes(64))

    lines = struct.pack("<QQ", 0x1000, 3) + struct.pack("<QII", 0x1000, 10, 0) + b"/src/script.lang\0"
    lines += struct.pack("<QII", 0x1004, 11, 0) + b"\xff\0" + struct.pack("<QII", 0x1030, 99, 0) + b"\xff\0"
    move = struct.pack("<IIQQQQQ", pid, pid, address, 0x1000, address, 64, 2)
    return (struct.pack("<IIIIIIQQ", 0x4A695444, 1, 40, 62, 0, pid, 0, 0) + load(1, address, b"replaced") + record(2, 2, lines) +
            load(3, 0x1000, b"script_function") + record(1, 4, move) + b"\0\0\0")


def generated_code(folder):
    program = cores.Program(folder, "generates", GENERATES, ["-fno-omit-frame-pointer"])
    core = program.core(folder)
    with open(os.path.join(folder, "where")) as file:
        pid, address = file.read().split()
    pid, address = int(pid), int(address, 16)
    map_path = f"/tmp/perf-{pid}.map"
    dump_path = os.path.join(folder, f"jit-{pid}.dump")
    text = f"{address - 4096:x} 100 another\n{address:x} 40 old_name\n0x{address:x} 40 Script::run(int) script.lang:7\n"

    def attempt(what, wanted, write, path=map_path):
        write()
        found = report(core)
        check(("Script::run(int) script.lang:7" in names(found)) == wanted, f"{what}: {names(found)}, {misses(found)}")
        check(wanted or "JIT or anonymous code" in misses(found), f"{what}: {misses(found)}")
        if os.path.lexists(path):
            os.remove(path)
        return found

    def write(contents=text, mode="w"):
        with open(map_path, mode) as file:
            file.write(contents)
        core_time = os.stat(core).st_mtime
        os.utime(map_path, (core_time, core_time))

    def owned_by_another():
        write()
        os.chown(map_path, 12345, 12345)

    def link():
        with open(os.path.join(folder, "elsewhere.map"), "w") as file:
            file.write(text)
        os.symlink(os.path.join(folder, "elsewhere.map"), map_path)

    def second_name():
        write()
        os.link(map_path, map_path + ".too")

    def later():
        write()
        now = os.stat(core).st_mtime + 1000
        os.utime(map_path, (now, now))

    try:
        attempt("no map", False, lambda: None)
        found = attempt("a map", True, write)
        frame = found["threads"][0]["frames"]
        frame = [each for each in frame if each["frames"] and each["frames"][0].get("function", "").startswith("Script")][0]
        check(frame["module"] == map_path and int(frame["offset"], 16) < 64, f"a map: {frame}")
        if os.getuid() == 0:
            attempt("a map of another user", False, owned_by_another)
        attempt("a link", False, link)
        attempt("a second name", False, second_name)
        os.remove(map_path + ".too")
        attempt("a FIFO", False, lambda: os.mkfifo(map_path))
        attempt("a folder", False, lambda: os.mkdir(map_path), path="/nowhere")
        os.rmdir(map_path)
        attempt("a map written later", False, later)
        attempt("no map at all", False, lambda: write("\0\xff zz\n" * 100))
        elsewhere = "".join(f"{each:x} 10 elsewhere\n" for each in range(0x1000, 0x2000, 0x10))
        attempt("a map of another process", False, lambda: write(elsewhere + text))

        with open(dump_path, "wb") as file:
            file.write(jitdump(pid, address))
        os.utime(dump_path, (os.stat(core).st_mtime,) * 2)
        found = report(core)
        check("script_function" in names(found), f"a jitdump: {names(found)}, {misses(found)}")
        place = [each for frame in found["threads"][0]["frames"] for each in frame["frames"] if each.get("function") == "script_function"]
        check(place and place[0].get("file") == "/src/script.lang" and place[0].get("line") == 11, f"a jitdump: {place}")
        with open(dump_path, "wb") as file:
            file.write(jitdump(pid + 1, address))
        os.utime(dump_path, (os.stat(core).st_mtime,) * 2)
        check("script_function" not in names(report(core)), "a jitdump of another process")
    finally:
        for path in (map_path, map_path + ".too"):
            if os.path.lexists(path):
                os.remove(path)
    living_with_generated_code(folder, program, text)


def living_with_generated_code(folder, program, text):
    for when, wanted in ((0, True), (-1000, False)):
        with living([program.path, folder, "wait"]) as process:
            map_path = f"/tmp/perf-{process.pid}.map"
            with open(os.path.join(folder, "where")) as file:
                address = int(file.read().split()[1], 16)
            with open(map_path, "w") as file:
                file.write(f"{address:x} 40 living_script\n")
            changed = time.time() + when
            os.utime(map_path, (changed, changed))
            try:
                found = report_on(process)
            finally:
                os.remove(map_path)
        check(("living_script" in names(found)) == wanted, f"a map of a living process, {when}: {names(found)}")
        check(in_order(["end", "main"], names(found)), f"a living process: {names(found)}")


def node(folder):
    """The scripts of a real compiler: a map of functions that move."""
    if shutil.which("node") is None:
        print("no node: its scripts are not tried")
        return
    script = os.path.join(folder, "script.js")
    with open(script, "w") as file:
        file.write("""const buffer = new Int32Array(new SharedArrayBuffer(4));
function waits(n) { return Atomics.wait(buffer, 0, 0, 1000 * n); }
function calls(n) { return waits(n) + '!'; }
calls(1000);
""")
    # A jitdump is written in pieces of 2 MB: what was compiled last may be missing.
    for option, wanted in (("--perf-basic-prof", ["waits", "calls"]), ("--perf-prof", ["JS:"])):
        with living(["node", option, "--interpreted-frames-native-stack", script], settled=False, cwd=folder) as process:
            time.sleep(2)
            found = report_on(process)
        main = [thread for thread in range(len(found["threads"])) if found["threads"][thread]["tid"] == process.pid][0]
        shown = [each or "" for each in names(found, main)]
        check(all(any(name in each for each in shown) for name in wanted), f"{option}: {shown}")
        if os.path.exists(f"/tmp/perf-{process.pid}.map"):
            os.remove(f"/tmp/perf-{process.pid}.map")


def eu_stack(pid):
    """Of the thread that the process began with: addresses, outermost first."""
    text = subprocess.run(["eu-stack", "-n", "0", "-1", "-p", str(pid)], capture_output=True, text=True).stdout
    return [int(each, 16) for each in re.findall(r"^#\d+\s+(0x[0-9a-f]+)", text, re.M)][::-1]


def addresses(found, pid):
    thread = next(each for each in found["threads"] if each["tid"] == pid)
    return [int(frame["pc"], 16) for frame in thread["frames"] if frame["unwound_by"] != "tail call"][::-1]


def on_huge_pages(folder):
    """Programs that move their own code: node, and what llvm-bolt makes. no frame that eu-stack shows is missing."""
    if shutil.which("eu-stack") is None:
        print("no eu-stack: code on huge pages is not compared")
        return
    programs = []
    if shutil.which("node"):
        script = os.path.join(folder, "spin.js")
        with open(script, "w") as file:
            file.write("setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 0)")
        programs.append(["node", "--use-largepages=on", script])
    else:
        print("no node: its code on huge pages is not tried")
    programs += bolted(folder)
    for words in programs:
        with living(words, settled=False, cwd=folder) as process:
            time.sleep(2)
            wanted = eu_stack(process.pid)
            core = cores.core_of_process(process, os.path.join(folder, "huge.core"))
            found = report_on(process)
        check(wanted and set(wanted) <= set(addresses(found, process.pid)), f"{words}: {names(found)}, not {wanted}")
        check(addresses(report(core), process.pid) == addresses(found, process.pid), f"{words}: the core's stack is another")
        thread = next(at for at, each in enumerate(found["threads"]) if each["tid"] == process.pid)
        check("_start" in names(found, thread), f"{words}: {names(found, thread)}")
        check(words[0] == "node" or in_order(["end", "middle", "main"], names(found)), f"{words}: {names(found)}")
        os.remove(core)


def bolted(folder):
    """A program whose hot code is moved to huge pages as it starts."""
    bolt = next((each for each in ("llvm-bolt-16", "llvm-bolt-19", "llvm-bolt") if shutil.which(each)), None)
    if bolt is None:
        print("no llvm-bolt: what it makes is not tried")
        return []
    source, path = os.path.join(folder, "bolted.c"), os.path.join(folder, "bolted")
    with open(source, "w") as file:
        file.write("""#include <unistd.h>
__attribute__((noinline)) void end(void) { for (;;) pause(); }
__attribute__((noinline)) void middle(void) { end(); __asm__ volatile(""); }
int main(void) { middle(); return 0; }
""")
    subprocess.run(["gcc", "-g", "-O2", "-fno-optimize-sibling-calls", "-Wl,--emit-relocs", "-o", path, source], check=True)
    with open(path + ".fdata", "w") as file:
        file.write("1 main 0 1 middle 0 0 100\n")
    version = bolt.rpartition("-")[2]
    runtime = f"--runtime-hugify-lib=llvm-{version}/lib/libbolt_rt_hugify.a"
    made = subprocess.run([bolt, path, "-o", path + ".huge", "-hugify", runtime, "-data=" + path + ".fdata", "-reorder-functions=hfsort",
                           "-update-debug-sections"], capture_output=True, text=True)
    if made.returncode != 0:
        print(f"{bolt} has made nothing: {made.stderr[-200:]}")
        return []
    return [[path + ".huge"]]


def java(folder):
    """Names that the JVM writes when it is asked to."""
    if any(shutil.which(each) is None for each in ("java", "javac", "jcmd")):
        print("no java with jcmd: its names are not tried")
        return
    source = os.path.join(folder, "Hot.java")
    with open(source, "w") as file:
        file.write("""public class Hot {
    static volatile long sink;
    static long hot(long n) { long s = 0; for (long i = 0; i < n; i++) { s += i % 7; sink = s; } return s; }
    public static void main(String[] a) { long t = 0; for (;;) t += hot(2000000); }
}
""")
    subprocess.run(["javac", "-d", folder, source], check=True)
    with living(["java", "-cp", folder, "Hot"], settled=False) as process:
        map_path = f"/tmp/perf-{process.pid}.map"
        time.sleep(4)
        asked = subprocess.run(["jcmd", str(process.pid), "Compiler.perfmap"], capture_output=True, text=True)
        found = report_on(process) if os.path.exists(map_path) else None
    if found is None:
        print(f"this JVM writes no map: {asked.stdout[-100:]}")
        return
    os.remove(map_path)
    shown = [each or "" for thread in range(len(found["threads"])) for each in names(found, thread)]
    check(any("Hot.hot(long)" in each for each in shown), "java: no thread is in Hot.hot")


def emulated(folder):
    """qemu-user's cores name no files, and lack code and headers: the program, and where its libraries are for its machine."""
    if shutil.which("aarch64-linux-gnu-gcc") is None or shutil.which("qemu-aarch64") is None:
        print("no aarch64 compiler or qemu-user: that core is not tried")
        return
    library = os.path.join(folder, "libelsewhere.so")
    with open(library + ".c", "w") as file:
        file.write("""void call(void (*f)(void)) { f(); __asm__ volatile(""); }""")
    subprocess.run(["aarch64-linux-gnu-gcc", "-g", "-O1", "-shared", "-fPIC", "-o", library, library + ".c"], check=True)
    program = cores.Program(folder, "emulated", """#include <stdlib.h>
void call(void (*f)(void));
int main(void) { call(abort); return 0; }
""", [library, "-Wl,-rpath," + folder], "aarch64-linux-gnu-gcc")
    core = core_of_run(["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", program.path], folder, "qemu_emulated", program.path + ".core")
    if core is None:
        print("qemu-aarch64 has written no core")
        return
    for options in ([program.path, "--sysroot=/usr/aarch64-linux-gnu"], [program.path], []):
        found = report(core, *options)
        check(in_order(["call", "main"], names(found)), f"emulated, {options}: {names(found)}, {misses(found)}")
        check(any("libc_start" in (each or "") for each in names(found)), f"emulated, {options}: {names(found)}")
        modules = {each.get("module", "") for each in found["threads"][0]["frames"]}
        check(library in modules, f"emulated, {options}: {modules}")
    emulated_constructor(folder)


def emulated_constructor(folder):
    """Of a library that is loaded by its path: between it and main is ld.so."""
    library = os.path.join(folder, "libconstructor.so")
    with open(library + ".c", "w") as file:
        file.write("""__attribute__((noinline)) static void boom(int *p) { *p = 1; }
__attribute__((constructor)) static void init(void) { boom((int *)4); __asm__ volatile(""); }
""")
    subprocess.run(["aarch64-linux-gnu-gcc", "-g", "-O1", "-shared", "-fPIC", "-o", library, library + ".c"], check=True)
    program = cores.Program(folder, "loads", """#include <dlfcn.h>
int main(int argc, char **argv) { return dlopen(argv[1], RTLD_NOW) == 0; }
""", [], "aarch64-linux-gnu-gcc")
    core = core_of_run(["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", program.path, library], folder, "qemu_loads", program.path + ".core")
    if core is None:
        return
    for options in ([program.path, "--sysroot=/usr/aarch64-linux-gnu"], [program.path], []):
        found = report(core, *options)
        check(in_order(["boom", "init", "main"], names(found)), f"constructor, {options}: {names(found)}, {misses(found)}")
        modules = [os.path.basename(each.get("module", "")) for each in found["threads"][0]["frames"]]
        check("ld-linux-aarch64.so.1" in modules and "libconstructor.so" in modules, f"constructor, {options}: {modules}")


def main():
    cores.need("gcc", "gdb")
    return cores.run_cases(larger_than_memory, remapped_code, replaced_program, generated_code, node, on_huge_pages, java,
                           emulated)


sys.exit(main())
