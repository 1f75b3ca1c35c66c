"""What a frame of a kernel's log must decode to, found without the library: the address by System.map or a module's
symbol table, whether it is a return address by objdump of the guest's own memory (of the file where the kernel has freed
that memory), and the lines by llvm-addr2line (GNU addr2line for modules, which are relocatable files)."""
import bisect
import collections
import mmap
import os
import re
import struct
import subprocess
import tempfile

from elf import Elf
import peers

PADDING = b"\x90" * 16  # more than one instruction is long: disassembly begins anew after it
INSTRUCTION = re.compile(r"\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*\t(.*)")
CALL = re.compile(r"(?:cs |ds |notrack |bnd |data16 |rex\S* |addr32 )*call")
# The five bytes at a function's entry at which a tracer's call stands while it traces.
TRACED_ENTRY = bytes.fromhex("0f1f440000")

FREED = (".init.text",)


class Table:
    """Symbols of one section, with sizes as the kernel prints them: up to the next address."""

    def __init__(self, symbols, end):
        self.addresses = sorted({address for address, _ in symbols} | {end})
        self.by_name = collections.defaultdict(list)
        for address, name in symbols:
            self.by_name[name].append(address)

    def size(self, address):
        after = bisect.bisect_right(self.addresses, address)
        return self.addresses[after] - address if after < len(self.addresses) else 0

    def start(self, address):
        """The symbol that holds the address."""
        at = bisect.bisect_right(self.addresses, address)
        return self.addresses[at - 1] if at else address

    def find(self, name, size):
        """The addresses of a name: those of the right size, or all where the kernel counts otherwise."""
        found = self.by_name.get(name, [])
        return [address for address in found if self.size(address) == size] or found


class Memory:
    """A dump with virtual addresses (QEMU's dump-guest-memory with paging)."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header, sections, count = *struct.unpack_from("<QQ", self.data, 32), struct.unpack_from("<H", self.data, 56)[0]
        if count == 0xFFFF:
            count, = struct.unpack_from("<I", self.data, sections + 44)
        self.parts = sorted((virtual, size, offset) for kind, _, offset, virtual, _, size, _, _ in
                            struct.iter_unpack("<IIQQQQQQ", self.data[header:header + 56 * count]) if kind == 1)

    def read(self, address, size):
        """What is there of these bytes."""
        at = bisect.bisect_right(self.parts, (address, 1 << 64, 0)) - 1
        found = b""
        while 0 <= at < len(self.parts) and size > 0:
            start, length, offset = self.parts[at]
            if not start <= address < start + length:
                break
            part = self.data[offset + address - start:offset + min(length, address - start + size)]
            found, address, size, at = found + part, address + len(part), size - len(part), at + 1
        return found


def call_ends(codes):
    """For each piece of code, the offsets at which a call ends."""
    blob, starts = b"", []
    for code in codes:
        starts.append(len(blob))
        blob += code + PADDING
    with tempfile.NamedTemporaryFile() as file:
        file.write(blob)
        file.flush()
        listing = subprocess.run(["objdump", "-D", "-w", "-b", "binary", "-m", "i386:x86-64", file.name], capture_output=True,
                                 text=True, check=True).stdout
    ends = [set() for _ in codes]
    for line in listing.splitlines():
        if "call" in line and (found := INSTRUCTION.match(line)) and CALL.match(found[3]):
            begin = int(found[1], 16)
            index = bisect.bisect_right(starts, begin) - 1
            ends[index].add(begin + len(found[2].split()) - starts[index])
    for each, code in zip(ends, codes):
        entry = 4 if code.startswith(b"\xf3\x0f\x1e\xfa") else 0
        if code[entry:entry + 5] == TRACED_ENTRY:
            each.add(entry + 5)
    return ends


def native_ends(elf):
    """Where the calls of vmlinux end that only a kernel under Xen keeps (X86_FEATURE_XENPV must be missing), as Linux 5.13
    to 6.2 list them: offset, offset, feature, two sizes."""
    ends = set()
    for table in (s for s in elf.sections if s.name == ".altinstructions" and not elf.relocatable):
        entries = elf.data[table.offset:table.offset + table.size]
        for at, (site, _, feature, size, _) in enumerate(struct.iter_unpack("<iiHBB", entries)):
            if feature == 0x8000 | 8 * 32 + 16:
                ends.add(table.address + 12 * at + site + size)
    return ends


class Image:
    """vmlinux or a module, and where the guest had it. A place is (section's name or '', address in the file)."""

    def __init__(self, path, tables, loaded):
        self.path, self.elf, self.tables, self.loaded = path, Elf(path), tables, loaded
        self.native_ends = native_ends(self.elf)

    def home(self, section, start):
        return next(s for s in self.elf.code_sections()
                    if section == s.name or not section and s.address <= start < s.address + s.size)

    def code_of_file(self, section, start):
        home = self.home(section, start)
        offset = home.offset + start - home.address
        return self.elf.data[offset:offset + self.tables[section].size(start)]

    def code(self, memory, section, start):
        """The bytes of a function: the kernel's own, which it has patched, but for what runs at start alone and is freed."""
        if self.home(section, start).name in FREED:
            return self.code_of_file(section, start)
        return memory.read(self.loaded[section] + start, self.tables[section].size(start))

    def places(self, name, size):
        sized = {section: table.find(name, size) for section, table in self.tables.items()}
        found = [(section, address) for section, addresses in sized.items() for address in addresses]
        exact = [(section, address) for section, address in found if self.tables[section].size(address) == size]
        return exact or found


def kernel_image(path, system_map, slide):
    with open(system_map, encoding="ascii") as file:
        rows = [line.split() for line in file]
    symbols = [(int(address, 16), name) for address, kind, name in rows if kind.lower() in "twv" or name == "_etext"]
    return Image(path, {"": Table(symbols, max(symbols)[0] + 4096)}, {"": slide})


def module_image(path, loaded):
    """loaded: the address of each section."""
    elf, tables = Elf(path), {}
    for section in elf.code_sections():
        symbols = [(y.value, y.name) for y in elf.symbols() if y.section.index == section.index and y.name and y.type != 3]
        tables[section.name] = Table(symbols, section.size)
    return Image(path, tables, loaded)


class Truth:
    """Answers about many places, each program being asked once."""

    def __init__(self, memory):
        self.memory, self.calls, self.calls_of_files, self.frames = memory, set(), set(), {}

    def decide(self, image, places):
        """Finds out which of the places are after a call."""
        wanted = sorted({(section, image.tables[section].start(address - 1)) for section, address in places})
        running = [image.code(self.memory, section, start) for section, start in wanted]
        in_file = [image.code_of_file(section, start) for section, start in wanted]
        for codes, calls in ((running, self.calls), (in_file, self.calls_of_files)):
            for (section, start), ends in zip(wanted, call_ends(codes)):
                calls.update((image.path, section, start + end) for end in ends)

    def after_call(self, image, place):
        return (image.path, *place) in self.calls

    def patched_away(self, image, place):
        """Whether the file has a call before the place and the running kernel none, for a reason that is not in the file, as
        where a static call is to nothing."""
        key = (image.path, *place)
        return key in self.calls_of_files and key not in self.calls and place[1] not in image.native_ends

    def look_up(self, image, places):
        """Asks for the frames at the places."""
        elf = image.elf
        llvm, gnu = peers.Peer("llvm", "llvm-addr2line-19", section_option=False), peers.Peer("gnu", "addr2line")
        for section in {section for section, _ in places}:
            addresses = sorted(address for where, address in places if where == section)
            peer = gnu if elf.relocatable else llvm
            answers = peer.run(elf, elf.section(section), addresses)
            self.frames.update({(image.path, section, address): answer for address, answer in zip(addresses, answers)})

    def frames_at(self, image, section, address):
        return self.frames[image.path, section, address]


def sections_of(lines):
    """From lines of /sys/module/NAME/sections/SECTION:ADDRESS, the sections' addresses of each module."""
    found = collections.defaultdict(dict)
    for line in lines:
        if match := re.match(r"/sys/module/([^/]+)/sections/(\S+):0x([0-9a-f]+)", line):
            found[match[1]][match[2]] = int(match[3], 16)
    return found


def find_module(folders, name):
    """The module's file with debug information: NAME.ko in one of the folders, with - or _."""
    wanted = {name + ".ko", name.replace("_", "-") + ".ko"}
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for each in wanted.intersection(names):
                return os.path.join(parent, each)
    return None
