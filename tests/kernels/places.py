"""Compares symline-addr2line with llvm-addr2line at many random places of a vmlinux, with and without an index, and times
both. Differences that tests/differential/accepted.toml explains are explained here too."""
import os
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DIFFERENTIAL = os.path.join(os.path.dirname(HERE), "differential")
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "lib")]

import accepted  # noqa: E402
import peers  # noqa: E402
from outcome import Outcome  # noqa: E402
from truth import ENTRY_BYTES, llvm_json  # noqa: E402

SEED = 20261128
# How often each command is run; the shortest time counts.
RUNS = 2
OPTIONS = ["-a", "-f", "-i", "-e"]


class Question:
    """One address with everybody's answer, as lib/accepted.py takes it."""

    def __init__(self, elf, address, ours, theirs):
        self.elf, self.address, self.ours, self.peers = elf, address, ours, theirs
        self.section = next(s for s in elf.code_sections() if 0 <= address - s.address < s.size)
        self.label = f"{address:#x}"


def choose(elf, count):
    """Addresses in the symbols of a file: (address, "SYMBOL+OFFSET")."""
    functions = [each for each in elf.functions() if each.section.code]
    generator = random.Random(SEED)
    chosen = {}
    while len(chosen) < count:
        function = generator.choice(functions)
        offset = generator.randrange(function.size)
        chosen[function.value + offset] = f"{function.name}+{offset:#x}"
    return sorted(chosen.items())


def timed(command, text, environment):
    best, output = None, ""
    for _ in range(RUNS):
        start = time.monotonic()
        output = subprocess.run(command, input=text, capture_output=True, text=True, errors="surrogateescape", check=True,
                                env=environment).stdout
        best = min(filter(None, (best, time.monotonic() - start)))
    return peers.parse_blocks(output.splitlines()), best


def llvm_program():
    return peers.Peer("llvm", "llvm-addr2line-19", section_option=False)


def judge(outcome, elf, differing, llvm, entries):
    """Says why llvm-addr2line differs. Where that depends on how many agree, the other programs are asked."""
    def reasons_of(address, mine, answers):
        return [(d, reason_for(d, entries)) for d in accepted.differences(Question(elf, address, mine, answers), [llvm])]

    left = []
    for address, label, mine, other in differing:
        reasons = reasons_of(address, mine, {"llvm": other})
        if all(reason for _, reason in reasons):
            outcome.explain(reasons[0][1])
        else:
            left.append((address, label, mine, other))
    others = {peer.name: peer.run(elf, elf.code_sections()[0], [address for address, *_ in left])
              for peer in (peers.Peer("gnu", "addr2line"), peers.Peer("eu", "eu-addr2line")) if left}
    for at, (address, label, mine, other) in enumerate(left):
        answers = {"llvm": other, **{name: each[at] for name, each in others.items() if each}}
        reasons = reasons_of(address, mine, answers)
        unexplained = next((d for d, reason in reasons if reason is None), None)
        if unexplained:
            outcome.differ(f"{label}, {unexplained}")
        else:
            outcome.explain(reasons[0][1])


def reason_for(difference, entries):
    if difference.field == "file" and accepted.theirs_without_line(difference) and accepted.we_know_nothing(difference):
        return "file symbol where there is no line"
    # The kernel's memcpy has four names, so that no two programs need to agree.
    if accepted.alias(difference):
        return "aliases"
    entry = entries.entry_for(difference)
    return entry and entry.id


def compare(programs, elf, count):
    """The outcome, and how long symline takes without and with an index of what llvm-addr2line takes."""
    chosen, llvm = choose(elf, count), llvm_program()
    text = "".join(f"{address:#x}\n" for address, _ in chosen)
    entries = accepted.Accepted(os.path.join(DIFFERENTIAL, "accepted.toml"))
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "LC_ALL": "C", "XDG_CACHE_HOME": folder}
        environment.pop("DEBUGINFOD_URLS", None)
        addr2line = os.path.join(programs, "symline-addr2line")
        theirs, llvm_time = timed([llvm.program, *OPTIONS, elf.path], text, environment)
        ours, time_without = timed([addr2line, "--index=never", *OPTIONS, elf.path], text, environment)
        index = [os.path.join(programs, "symline"), "index", "--offline", elf.path]
        subprocess.run(index, env=environment, capture_output=True, check=True)
        indexed, time_with = timed([addr2line, "--index=require", *OPTIONS, elf.path], text, environment)
    outcome, differing = Outcome(), []
    for (address, label), mine, with_index, other in zip(chosen, ours, indexed, theirs, strict=True):
        if mine != with_index:
            outcome.differ(f"{label}, {address:#x}: with an index {accepted.show(with_index)}\n    without {accepted.show(mine)}")
        elif mine == other:
            outcome.same()
        else:
            differing.append((address, label, mine, other))
    judge(outcome, elf, differing, llvm, entries)
    return outcome, (time_without / llvm_time, time_with / llvm_time)


def first_places(elf, functions):
    """For each function the frames at the first address that its debug information covers: the no-ops that the kernel patches
    may stand before it. Where it has none, those at its start, or of its first own row if the line may still be that
    of the function before."""
    inside = {each.value: range(each.value, each.value + min(each.size, ENTRY_BYTES), 2) for each in functions}
    answers = llvm_json(elf, [address for each in inside.values() for address in each] + [start - 1 for start in inside])
    for function in functions:
        found = [answers[address] for address in inside[function.value]]
        own = [each for each in found if each and each[-1]["StartLine"]]
        chosen, before = (own or found)[0], answers[function.value - 1]
        places = [peers.frame(each["FunctionName"], each["FileName"], each["Line"]) for each in chosen]
        goes_on = not own and before and (before[0]["FileName"], before[0]["Line"]) == (chosen[0]["FileName"], chosen[0]["Line"])
        yield [places, *own_row(function, found, before[0])] if goes_on else [places]


def own_row(function, found, before):
    """The first frames that have another line than the function before, if any have."""
    for each in found:
        if each and each[0]["Line"] and (each[0]["FileName"], each[0]["Line"]) != (before["FileName"], before["Line"]):
            return [[peers.frame(part["FunctionName"], part["FileName"], part["Line"]) for part in each]]
    return [[peers.frame(function.name, "", 0)]]


def starts(programs, image, count):
    """Starts of functions, through symline-faddr2line: its own first place, never a line of the function before."""
    outcome, elf = Outcome(), image.elf
    functions = [each for each in elf.functions() if each.section.code and len(image.by_name[each.name]) == 1]
    chosen = random.Random(SEED).sample(functions, min(count, len(functions)))
    names = [f"{each.name}+0x0/{elf.kallsyms_size(each):#x}" for each in chosen]
    answers = peers.Faddr2line(os.path.join(programs, "symline-faddr2line")).run(elf, names)
    for function, name, wanted in zip(chosen, names, first_places(elf, chosen)):
        mine = (answers.get(name) or [[]])[0]
        if any(len(mine) == len(each) and all(alike(a, b, elf) for a, b in zip(mine, each)) for each in wanted):
            outcome.same()
        else:
            outcome.differ(f"{name}, {function.value:#x}: {accepted.show(mine)}\n    its first place: {accepted.show(wanted[0])}")
    return outcome


def alike(ours, theirs, elf):
    """faddr2line takes the build's folder off a file; llvm-addr2line prefers a symbol's name (__pi_fdt_get_path, renamed by
    objcopy, or an alias) to that of the debug information (fdt_get_path)."""
    places, others = (elf.places_of_names.get(each.name, set()) for each in (ours, theirs))
    same_name = accepted.bare(theirs.name).endswith(accepted.bare(ours.name)) or places & others
    if not same_name or ours.line != theirs.line:
        return False
    return theirs.line == 0 or os.path.basename(ours.file) == os.path.basename(theirs.file)
