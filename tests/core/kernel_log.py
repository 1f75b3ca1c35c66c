#!/usr/bin/env python3
"""Decodes what a guest of kernel_guest.py reported and traced, and checks every frame.

    kernel_log.py --program SYMLINE --kernel FOLDER --guest FOLDER [--show N]

The guest folder is kernel_guest.py's output; the kernel folder holds usr/lib/debug of the kernel's -dbg package. Each
SYMBOL+OFFSET/SIZE of serial.txt and traces.txt must be decoded, with the frames that lib/kernel_truth.py finds: at the address
itself for what a label gives as a program counter and where no call ends in the guest's memory, one byte before elsewhere. The
faults of the guest's own module happen on lines that its source marks. "Code:" lines agree with the files, and deleting what
was added gives the texts back. Ends with 77 without a guest."""
import argparse
import collections
import json
import os
import re
import runpy
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "lib"))

CORPUS = os.path.join(os.path.dirname(HERE), "corpus")
code_problems = runpy.run_path(os.path.join(CORPUS, "code"))["problems"]
restore = runpy.run_path(os.path.join(CORPUS, "roundtrip"))["restore"]

import kernel_truth  # noqa: E402
from accepted import bare  # noqa: E402

SKIPPED = 77
FRAME = re.compile(r"(?<![\w.$/])([A-Za-z_][\w.$]*)\+0x([0-9a-f]+)/0x([0-9a-f]+)(?: \[(\w+)\])?")
# What stands before a program counter, which is looked up as it is even where a call ends.
PROGRAM_COUNTER = re.compile(r"RIP: \S+:$|WARNING: .*|.* idling at $|^ .*: \(?$")
TRAP_ENTRY = re.compile(r"asm_(sysvec_|exc_|common_interrupt)")
# The reports and traces that the guest was made to write, and how many frames each trace and all together have at least.
REPORTS = ("Call Trace:", "sysrq: Show State", "sysrq: Show Blocked State", "sysrq: Show backtrace of all active CPUs",
           "Kernel panic - not syncing: sysrq triggered crash")
MODULE_REPORTS = ("blocked for more than", "BUG: soft lockup", "symline guest warns in a system call",
                  "symline guest warns in a timer", "symline guest warns in an interrupt", "scheduling while atomic",
                  "kernel BUG at lib/list_debug.c", "NULL pointer dereference", "divide error", "general protection fault",
                  "invalid opcode", "RIP: 0010:0x0")
TRACES = {"proc_stack": 50, "vmallocinfo": 20, "function": 30, "function_addresses": 30, "function_graph": 0, "event_stacks": 30,
          "trigger": 8, "kprobes": 4, "hist": 30, "stack_trace": 4, "end": 0}
FEWEST_FRAMES = 800


class Frame:
    def __init__(self, number, line, match, previous):
        self.number, self.line = number, line
        self.text, self.symbol, self.module = match[0], match[1], match[4]
        self.offset, self.size = int(match[2], 16), int(match[3], 16)
        before = re.sub(r"^\[ *[\d.]+\] ?", "", line[:match.start()])
        self.unreliable = before.endswith("? ")
        self.exact = bool(PROGRAM_COUNTER.match(before)) and not line[match.end():].startswith(" <- ")
        # Below an interrupt's entry is what it interrupted.
        self.exact = self.exact or (previous is not None and not previous.unreliable and bool(TRAP_ENTRY.match(previous.symbol)) and
                                    previous.number == number - 1 and "?" not in before)


def frames_of(lines):
    frames = []
    for number, line in enumerate(lines, 1):
        for match in FRAME.finditer(line):
            frames.append(Frame(number, line, match, frames[-1] if frames else None))
    return frames


def decode(program, options, path):
    command = [program, "decode", "--offline", "--style=json", *options, path]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=True)
    answers = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        answers[answer["line"], answer.get("symbol"), answer.get("offset")].append(answer)
    return answers, done.stderr


def same(ours, theirs):
    """Names without a clone's suffix; where the other program has none, ours counts."""
    if len(ours) != len(theirs):
        return False
    for mine, other in zip(ours, theirs):
        if (mine.get("line") or 0) != other.line or (other.name and bare(mine.get("function", "")) != bare(other.name)):
            return False
        if other.file and os.path.normpath(mine.get("file", "")) != os.path.normpath(other.file):
            return False
    return True


class Check:
    def __init__(self, arguments):
        self.arguments, self.problems = arguments, collections.Counter()
        self.patched = 0
        with open(os.path.join(arguments.guest, "traces.txt"), errors="replace") as file:
            self.traces = file.read().splitlines()
        with open(os.path.join(arguments.guest, "serial.txt"), errors="replace") as file:
            self.serial = file.read().splitlines()
        self.truth = kernel_truth.Truth(kernel_truth.Memory(os.path.join(arguments.guest, "vmcore-elf-paging")))
        self.release = re.search(r"Linux version (\S+)", "\n".join(self.serial))[1]
        self.images = self.open_images()

    def open_images(self):
        debug = os.path.join(self.arguments.kernel, "usr/lib/debug")
        offset = next((line for line in self.serial if "Kernel Offset: 0x" in line), "Kernel Offset: 0x0")
        slide = int(re.search(r"Kernel Offset: 0x([0-9a-f]+)", offset)[1], 16)
        boot = os.path.join(debug, "boot")
        images = {None: kernel_truth.kernel_image(f"{boot}/vmlinux-{self.release}", f"{boot}/System.map-{self.release}", slide)}
        for name, sections in kernel_truth.sections_of(self.traces).items():
            folders = [os.path.join(self.arguments.guest, "module"), os.path.join(debug, "lib/modules", self.release)]
            if path := kernel_truth.find_module(folders, name):
                images[name] = kernel_truth.module_image(path, sections)
        return images

    def fail(self, kind, text):
        self.problems[kind] += 1
        if self.problems[kind] <= self.arguments.show:
            print(f"  {kind}: {text}")

    def prepare(self, frames):
        """Asks objdump and the addr2line programs about all places of the frames."""
        places = collections.defaultdict(set)
        for frame in frames:
            if frame.module in self.images:
                image = self.images[frame.module]
                frame.places = [(s, a + frame.offset) for s, a in image.places(frame.symbol, frame.size)]
                places[frame.module].update(frame.places)
        for module, wanted in places.items():
            self.truth.decide(self.images[module], wanted)
            before = {(section, address - 1) for section, address in wanted if address > 0}
            self.truth.look_up(self.images[module], wanted | before)

    def check(self, name, lines, options):
        path = os.path.join(self.arguments.guest, name)
        frames = frames_of(lines)
        self.prepare(frames)
        answers, complaints = decode(self.arguments.program, options, path)
        for frame in frames:
            self.judge(name, frame, answers.get((frame.number, frame.symbol, frame.offset), []))
        if complaints.strip():
            self.fail("stderr", complaints.strip())
        returns = sum(frame.call for frame in frames)
        print(f"{name}: {len(frames)} frames, {returns} of them return addresses")
        return len(frames)

    def judge(self, name, frame, answers):
        frame.call = False
        where = f"{name}:{frame.number}: {frame.line.strip()}"
        image = self.images.get(frame.module)
        if image is None or not frame.places:
            return self.fail("unknown", f"{where}: no such symbol in the kernel's own table")
        answer = next((a for a in answers if a.get("module") == frame.module and a.get("size") == frame.size), None)
        if answer is None:
            return self.fail("missed", where)
        wanted = []
        for section, address in frame.places:
            frame.call = not frame.exact and self.truth.after_call(image, (section, address))
            wanted.append(self.truth.frames_at(image, section, address - frame.call))
        chains = [answer["frames"], *answer.get("candidates", [])]
        if any(same(chain, each) for chain in chains for each in wanted):
            return None
        before = [self.truth.frames_at(image, s, a - 1) for s, a in frame.places if self.truth.patched_away(image, (s, a))]
        if frame.unreliable and any(same(chain, each) for chain in chains for each in before):
            self.patched += 1
        else:
            self.fail("wrong", f"{where}\n    {'call' if frame.call else 'exact'}: {wanted}\n    ours: {answer}")

    def check_trace(self, name, fewest):
        if f"#### {name}" not in self.traces:
            return self.fail("report", f"the guest made no such trace: {name}")
        rest = self.traces[self.traces.index(f"#### {name}") + 1:]
        end = next((number for number, line in enumerate(rest) if line.startswith("#### ")), len(rest))
        found = len(frames_of(rest[:end]))
        return found >= fewest or self.fail("report", f"the guest's trace {name} has only {found} frames")

    def check_marked_lines(self, options):
        """The faults are on the lines of which the module's source says so."""
        source = os.path.join(self.arguments.guest, "module/symline_faults.c")
        with open(source, encoding="ascii") as file:
            marked = {found[1]: number for number, line in enumerate(file, 1) if (found := re.search(r"// fault: (\w+)", line))}
        answers, _ = decode(self.arguments.program, options, os.path.join(self.arguments.guest, "serial.txt"))
        lines = {answer["frames"][0].get("line") for each in answers.values() for answer in each
                 if answer["kind"] == "exact" and answer.get("module") == "symline_faults" and answer["frames"]}
        for word in sorted(word for word, line in marked.items() if line not in lines):
            self.fail("fault", f"no program counter is on the line of '{word}', {source}:{marked[word]}")
        print(f"faults: {len(marked)} lines that the source marks")

    def check_code(self, options):
        """The bytes around the program counters are the running kernel's, patched and moved."""
        answers, _ = decode(self.arguments.program, options, os.path.join(self.arguments.guest, "serial.txt"))
        lines = [each for answers in answers.values() for each in answers if each["format"] == "code" and "symbol" in each]
        for each in lines:
            for problem in code_problems(each):
                self.fail("code", f"serial.txt:{each['line']}: {each['symbol']}: {problem}")
        print(f"code: {len(lines)} lines with a place in a file")

    def check_restored(self, name, options):
        with open(os.path.join(self.arguments.guest, name), "rb") as file:
            original = file.read()
        command = [self.arguments.program, "decode", "--offline", *options]
        done = subprocess.run(command, input=original, capture_output=True, check=True)
        problem, added = restore(done.stdout, original)
        if problem:
            self.fail("restored", f"{name}: {problem}")
        print(f"{name}: {added} lines added, and deleted again")

    def run(self):
        own = os.path.join(self.arguments.guest, "module")
        has_own = "symline_faults" in self.images
        options = ["--debug-dir", os.path.join(self.arguments.kernel, "usr/lib/debug"), "--sysroot", self.arguments.guest]
        options += ["-m", own] if has_own else []
        text = "\n".join(self.serial)
        for report in REPORTS + (MODULE_REPORTS if has_own else ()):
            if report not in text:
                self.fail("report", f"the guest made no such report: {report}")
        for trace, fewest in TRACES.items():
            self.check_trace(trace, fewest)
        total = self.check("serial.txt", self.serial, options)
        total += self.check("traces.txt", self.traces, ["-r", self.release, *options])
        self.check_restored("serial.txt", options)
        self.check_restored("traces.txt", ["-r", self.release, *options])
        if total < FEWEST_FRAMES:
            self.fail("report", f"only {total} frames")
        if has_own:
            self.check_marked_lines(options)
            self.check_code(options)
        if self.patched:
            # Of a reliable frame the trap entry above it says that it is none.
            print(f"{self.patched} unreliable frames after calls of the file that this kernel has patched away")
        print(f"{total} frames:", ", ".join(f"{count} {kind}" for kind, count in self.problems.items()) or "all right")
        return 1 if self.problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("program", "kernel", "guest"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--show", type=int, default=10, metavar="N", help="how many problems of each kind to show")
    arguments = parser.parse_args()
    arguments.guest, arguments.kernel = os.path.abspath(arguments.guest), os.path.abspath(arguments.kernel)
    if not os.path.exists(os.path.join(arguments.guest, "vmcore-elf-paging")):
        print("no guest was booted")
        return SKIPPED
    return Check(arguments).run()


if __name__ == "__main__":
    sys.exit(main())
