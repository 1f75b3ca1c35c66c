"""What a frame of a kernel must answer, found without the library: the symbol's address by the ELF file's own table,
whether a call ends there by the instruction before it, and the lines by llvm-addr2line (for modules by eu-addr2line where that
knows them, since llvm-addr2line takes all sections to begin at 0)."""
import collections
import glob
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

import peers  # noqa: E402
from accepted import bare, knows_nothing  # noqa: E402
from elf import Elf  # noqa: E402

SHT_NOBITS = 8
# How far into a function its debug information may begin, after no-ops.
ENTRY_BYTES = 18
EM_386, EM_X86_64 = 3, 62
STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC = 0, 2, 10


def word(code, order, at, size=4):
    return int.from_bytes(code[at:at + size], order) if 0 <= at <= len(code) - size else 0


# For each machine (e_machine), whether the code, up to an address, ends with a call.
def x86_call(code, _):
    if code[-5:-4] == b"\xe8":
        return True
    # call *register, call *memory without and with SIB and displacements
    for size in (2, 3, 4, 6, 7):
        if len(code) < size or code[-size] != 0xFF or code[-size + 1] >> 3 & 7 != 2:
            continue
        mod, low = code[-size + 1] >> 6, code[-size + 1] & 7
        sib = mod != 3 and low == 4
        displacement = {0: 4 if low == 5 or sib and size > 3 and code[-size + 2] & 7 == 5 else 0, 1: 1, 2: 4, 3: 0}[mod]
        if size == 2 + sib + displacement:
            return True
    return False


def arm64_call(code, order):
    last = word(code, "little", len(code) - 4)
    return last >> 26 == 0x25 or last & 0xFFFFFC1F == 0xD63F0000 or last & 0xFEFFF800 == 0xD63F0800


def arm_call(code, order):
    last = word(code, order, len(code) - 4)
    return last & 0x0F000000 == 0x0B000000 or last & 0x0FFFFFF0 == 0x012FFF30 or last >> 25 == 0x7D


def riscv_call(code, order):
    last, short = word(code, order, len(code) - 4), word(code, order, len(code) - 2, 2)
    if last & 0x7F in (0x67, 0x6F) and last >> 7 & 31 in (1, 5):
        return True
    return short & 0xF07F == 0x9002 and short >> 7 & 31 != 0


def s390_call(code, _):
    if len(code) >= 6 and code[-6] == 0xC0 and code[-5] & 15 == 5 and code[-5] >> 4:
        return True
    if len(code) >= 4 and code[-4] == 0xA7 and code[-3] & 15 == 5 and code[-3] >> 4:
        return True
    return len(code) >= 2 and code[-2] in (0x0D, 0x4D) and code[-1] & 15 != 0 and code[-1] >> 4 != 0


def ppc_call(code, order):
    last = word(code, order, len(code) - 4)
    return last >> 26 in (16, 18, 19) and last & 1 == 1


def mips_call(code, order):
    before = word(code, order, len(code) - 8)  # what follows a call is executed before it
    return before >> 26 == 3 or before & 0xFC00003F == 9 and before >> 11 & 31 == 31 or before & 0xFC1E0000 == 0x04100000


def loong_call(code, order):
    last = word(code, order, len(code) - 4)
    return last >> 26 == 0x15 or last >> 26 == 0x13 and last & 31 == 1


CALLS = {EM_386: x86_call, EM_X86_64: x86_call, 183: arm64_call, 40: arm_call, 243: riscv_call, 22: s390_call, 21: ppc_call,
         8: mips_call, 258: loong_call}


class Image:
    """vmlinux or a module: symbols by name from the debug file, code from the file that has it."""

    def __init__(self, path, code_path=None):
        self.path, self.elf = path, Elf(path)
        self.code_elf = Elf(code_path) if code_path else self.elf
        self.by_name = collections.defaultdict(list)
        for symbol in self.elf.symbols():
            mapping = symbol.name.startswith(("$", ".L"))
            if symbol.section.code and symbol.type in (STT_NOTYPE, STT_FUNC, STT_GNU_IFUNC) and not mapping:
                self.by_name[symbol.name].append(symbol)
        self.starts = {symbol.value for symbols in self.by_name.values() for symbol in symbols}

    def places(self, name, offset, size):
        """(section's name or '', address) of the symbols that the kernel can mean: of a size that the file agrees with."""
        found = self.by_name.get(name, [])
        sized = [y for y in found if size in (self.elf.kallsyms_size(y), y.size)]
        return sorted({(y.section.name if self.elf.relocatable else "", y.value + offset) for y in sized or found})

    def after_call(self, section, address):
        for home in self.code_elf.sections:
            inside = home.code and home.type != SHT_NOBITS and 0 < address - self.elf.base(home) <= home.size
            if inside and section in ("", home.name):
                end = home.offset + address - self.elf.base(home)
                code = self.code_elf.data[max(home.offset, end - 8):end]
                order = "little" if self.elf.order == "<" else "big"
                return CALLS[self.elf.machine](code, order) and self.has_target(code, address)
        return False

    def has_target(self, code, end):
        """Whether x86's call, if it is one of a function by its distance, is of one that there is: other instructions may
        end with the same byte and four more."""
        if self.elf.machine not in (EM_386, EM_X86_64) or code[-5] != 0xE8 or self.elf.relocatable:
            return True
        distance = int.from_bytes(code[-4:], "little", signed=True)
        return (end + distance) % (1 << self.elf.bits) in self.starts


class Truth:
    """The images of one kernel, and what other programs answered about them."""

    def __init__(self, vmlinux, tree, modules):
        self.images = {None: Image(vmlinux)}
        self.peer = peers.Peer("llvm", "llvm-addr2line-19", section_option=False)
        self.module_peer = peers.Peer("eu", "eu-addr2line")
        debug = os.path.dirname(os.path.dirname(vmlinux))
        for name in modules:
            file, code = (glob.glob(f"{folder}/**/{name.replace('_', '[-_]')}.ko", recursive=True) for folder in (debug, tree))
            if file:
                self.images[name] = Image(file[0], code[0] if code else None)
        self.answers = {}

    def one(self, address):
        """The frames at one address of vmlinux."""
        self.look_up([(None, "", address)])
        return self.answers[None, "", address]

    def at_entry(self, address):
        """The frames that stand for a place in the no-ops of a function's start, which the kernel patches: those of the first
        place that its debug information covers. None elsewhere."""
        image = self.images[None]
        start = next((a for a in range(address, address - ENTRY_BYTES, -1) if a in image.starts), None)
        if start is None:
            return None
        answers = llvm_json(image.elf, range(address, start + ENTRY_BYTES))
        own = next((each for each in answers.values() if each and each[-1]["StartLine"]), None)
        if own is None or own is answers[address]:
            return None
        return [peers.frame(each["FunctionName"], each["FileName"], each["Line"]) for each in own]

    def look_up(self, places):
        """Asks about all of {(module, section, address)} that have not been asked yet."""
        groups = collections.defaultdict(set)
        for module, section, address in places:
            if (module, section, address) not in self.answers:
                groups[module, section].add(address)
        for (module, section), addresses in groups.items():
            elf, wanted = self.images[module].elf, sorted(addresses)
            peer = self.module_peer if elf.relocatable else self.peer
            found = peer.run(elf, elf.section(section), wanted) or [[] for _ in wanted]
            if any(knows_nothing(each) for each in found):  # elfutils does not relocate modules of mips64el
                others = self.peer.run(elf, elf.section(section), wanted)
                found = [other if knows_nothing(each) else each for each, other in zip(found, others)]
            self.answers.update({(module, section, address): answer for address, answer in zip(wanted, found)})


def llvm_json(elf, addresses):
    """{address: frames as llvm-addr2line's JSON has them}. StartLine is 0 where no debug information covers the address."""
    done = subprocess.run(["llvm-addr2line-19", "-f", "-i", "-e", elf.path, "--output-style=JSON"], capture_output=True,
                          input="".join(f"{address:#x}\n" for address in addresses), text=True, check=True)
    return dict(zip(addresses, (json.loads(line).get("Symbol", []) for line in done.stdout.splitlines()), strict=True))


def same(ours, theirs, elf):
    """Whether frames of symline's JSON are those of the other program. Clones' suffixes do not count, nor which of a function's
    names at one address it is called by, and what the other program does not know is not compared."""
    if theirs is None or len(ours) != len(theirs):
        return False
    for mine, other in zip(ours, theirs):
        name = mine.get("function", "")
        places, others = (elf.places_of_names.get(each, set()) for each in (name, other.name))
        alike = not other.name or bare(name) == bare(other.name) or places & others
        if not alike or (mine.get("line") or 0) != other.line:
            return False
        if other.file and os.path.normpath(mine.get("file", "")) != os.path.normpath(other.file):
            return False
    return True


def shown(frames):
    """A chain of frames on one line, of symline's JSON or another program's."""
    parts = []
    for each in frames:
        name, file, line = (each.get("function"), each.get("file"), each.get("line")) if isinstance(each, dict) else each
        parts.append(f"{name or '??'} {file or '??'}:{line or 0}")
    return " <- ".join(parts) or "nothing"
