"""A core of fixtures/bin/c-gcc-dwarf5 with threads that never ran: they stand where CHAINS puts them."""
import struct

BASE = 0x4a0000
# A pc and the words of its stack, as .debug_frame has them: return addresses, and saved registers between them.
CHAINS = {
    10: (0x4a1100, (0x4a1145, 0x4a11aa, 0, 0, 0, 0)),  # helper, outer, _start
    11: (0x4a1260, (0x4a1410, 0, 0, 0, 0x4a11b3, 0, 0, 0, 0)),  # check, clones, _start
}
NT_PRSTATUS, NT_AUXV, NT_FILE = 1, 6, 0x46494c45
PT_LOAD, PT_NOTE = 1, 4


def note(kind, content):
    content += bytes(-len(content) % 4)
    return struct.pack('<3I8s', 5, len(content), kind, b'CORE') + content


def thread(tid, pc, stack):
    registers = [0] * 27
    registers[16], registers[19] = pc, stack
    return note(NT_PRSTATUS, struct.pack('<12xH18xI76x27QI4x', 11, tid, *registers, 1))


def core_of(program):
    """The bytes of the core; `program` is the path of the fixture."""
    path = str(program).encode() + b'\0'
    with open(program, 'rb') as file:
        segments = [(BASE, 4, file.read(0x1000)), (BASE + 0x1000, 5, b'')]
    notes = b''
    for index, (tid, (pc, words)) in enumerate(CHAINS.items()):
        stack = 0x7f0000000000 + 0x1000 * index
        notes += thread(tid, pc, stack)
        segments.append((stack, 6, struct.pack(f'<{len(words)}Q', *words)))
    notes += note(NT_FILE, struct.pack('<8Q', 2, 1, BASE, BASE + 0x1000, 0, BASE + 0x1000, BASE + 0x3000, 0x1000) + path * 2)
    notes += note(NT_AUXV, struct.pack('<4Q', 9, 0x4a1190, 0, 0))
    count = len(segments) + 1
    offset = 64 + 56 * count
    header = struct.pack('<16s2HI3QI6H', b'\x7fELF\2\1\1', 4, 62, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0)
    table = struct.pack('<2I6Q', PT_NOTE, 0, offset, 0, 0, len(notes), 0, 4)
    offset += len(notes)
    for address, flags, data in segments:
        table += struct.pack('<2I6Q', PT_LOAD, flags, offset, address, 0, len(data), len(data) or 0x2000, 1)
        offset += len(data)
    return header + table + notes + b''.join(data for _, _, data in segments)
