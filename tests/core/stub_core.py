"""A core of a machine that QEMU writes none for: qemu-user runs a program for a debugger, and what the program's end is
made of is asked for as GDB would, with its remote protocol."""

import re
import socket
import struct
import subprocess
import time
import typing

PAGE = 4096
CHUNK = 1024  # a packet of QEMU holds 2,048 bytes
STACK_LIMIT = 64 * PAGE
# GDB's numbers of signals, and Linux's where they are not the same: SIGBUS, SIGUSR1, SIGUSR2.
SIGNALS = {10: 7, 30: 10, 31: 12}


class Stub:
    """GDB's remote protocol: $packet#checksum, of hexadecimal digits."""

    def __init__(self, path):
        deadline = time.monotonic() + 30
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.socket.settimeout(30)
        self.pending = b''

    def ask(self, command):
        self.socket.sendall(b'$%s#%02x' % (command, sum(command) & 255))
        while True:
            packet = re.search(rb'\$([^#]*)#..', self.pending)
            if packet:
                self.pending = self.pending[packet.end():]
                self.socket.sendall(b'+')
                # An escaped byte follows '}'.
                return re.sub(rb'}(.)', lambda m: bytes([m[1][0] ^ 0x20]), packet[1], flags=re.S)
            more = self.socket.recv(65536)
            if not more:
                raise EOFError('the stub has gone')
            self.pending += more

    def memory(self, address, limit):
        """As far as it is there."""
        found = b''
        while len(found) < limit:
            answer = self.ask(b'm%x,%x' % (address + len(found), CHUNK))
            if not answer or answer.startswith(b'E'):
                break
            found += bytes.fromhex(answer.decode())
        return found


class Target(typing.NamedTuple):
    machine: int  # e_machine
    wide: bool
    order: str  # of bytes, for struct
    place: typing.Callable  # from the stub's registers to (pc, stack pointer, registers of NT_PRSTATUS)

    def words(self, raw, count, offset=0):
        return struct.unpack_from(f'{self.order}{count}{"Q" if self.wide else "I"}', raw, offset)


def place_of_riscv(target, raw):
    words = target.words(raw, 33)  # x0 to x31, pc
    return words[32], words[2], [words[32], *words[1:32]]


def place_of_sparc(target, raw):
    """%g, %o, %l and %i registers, those of floating point; pc, npc, state of 64 bits, or y, psr, wim, tbr, pc, npc."""
    words = target.words(raw, 32)
    if target.wide:
        pc, npc, state, _, _, y = target.words(raw, 6, 512)
        return pc, words[14] + 2047, [*words, state, pc, npc, y]
    y, psr, wim, tbr, pc, npc = target.words(raw, 6, 256)
    return pc, words[14], [*words, psr, pc, npc, y, wim, tbr]


TARGETS = {
    'riscv64': Target(243, True, '<', place_of_riscv),
    'riscv32': Target(243, False, '<', place_of_riscv),
    'sparc64': Target(43, True, '>', place_of_sparc),
    'sparc32plus': Target(18, False, '>', place_of_sparc),
}


def note(target, kind, content):
    name = b'CORE\0\0\0\0'
    return struct.pack(target.order + 'III', 5, len(content), kind) + name + content + bytes(-len(content) % 4)


def program_header(target, kind, offset, address, size, memory_size):
    if target.wide:
        return struct.pack(target.order + 'IIQQQQQQ', kind, 7, offset, address, 0, size, memory_size, 1)
    return struct.pack(target.order + 'IIIIIIII', kind, offset, address, 0, size, memory_size, 7, 1)


def write_core(path, target, notes, segments):
    """Segments are (address, bytes)."""
    size, entry = (64, 56) if target.wide else (52, 32)
    offset = size + entry * (len(segments) + 1)
    table = program_header(target, 4, offset, 0, len(notes), 0)
    offset += len(notes)
    for address, content in sorted(segments):
        table += program_header(target, 1, offset, address, len(content), len(content))
        offset += len(content)
    header = b'\x7fELF' + bytes([2 if target.wide else 1, 2 if target.order == '>' else 1, 1]) + bytes(9)
    header += struct.pack(target.order + ('HHIQQQIHHHHHH' if target.wide else 'HHIIIIIHHHHHH'), 4, target.machine, 1, 0,
                          size, 0, 0, size, entry, len(segments) + 1, 0, 0, 0)
    path.write_bytes(header + table + notes + b''.join(content for _, content in sorted(segments)))


def pieces(segments):
    """Without what several of them hold, by address: the stacks of handlers may lie close to each other."""
    apart, end = {}, 0
    for address in sorted(segments):
        content = segments[address][max(0, end - address):]
        if content:
            end = address + len(segments[address])
            apart[end - len(content)] = content
    return apart


def crash(qemu, machine, program, core):
    """Runs a program without shared libraries until its last signal; False when it has none."""
    target = TARGETS[machine]
    folder = program.parent
    place = folder / f'{program.name}.socket'
    place.unlink(missing_ok=True)
    last = None
    stacks = set()  # where it was at each signal
    with subprocess.Popen([qemu, '-g', place, program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            stub = Stub(place)
            answer = stub.ask(b'c')
            while answer[:1] in (b'T', b'S'):
                pc, stack_pointer, registers = target.place(target, bytes.fromhex(stub.ask(b'g').decode()))
                stacks.add(stack_pointer - stack_pointer % PAGE)
                segments = pieces({address: stub.memory(address, STACK_LIMIT) for address in stacks})
                # Where the call was made from, too: the first register of RISC-V's that is kept.
                for address in (registers[1], pc):
                    page = address - address % PAGE
                    if not any(begin <= page < begin + len(content) for begin, content in segments.items()):
                        segments[page] = stub.memory(page, PAGE)
                auxiliary = stub.ask(b'qXfer:auxv:read::0,1000')[1:]
                last = int(answer[1:3], 16), registers, segments, auxiliary
                # Delivered: to a handler, or to the end of the process.
                answer = stub.ask(b'C' + answer[1:3])
        except (OSError, EOFError):
            answer = b''
        finally:
            process.kill()
    if last is None:
        return False
    signal, registers, segments, auxiliary = last
    wide = target.wide
    status = bytes(12) + struct.pack(target.order + 'h', SIGNALS.get(signal, signal)) + bytes(18 if wide else 10)
    status += struct.pack(target.order + 'I', 77) + bytes(76 if wide else 44)
    status += struct.pack(f'{target.order}{len(registers)}{"Q" if wide else "I"}', *registers) + bytes(8 if wide else 4)
    notes = note(target, 1, status) + note(target, 6, auxiliary)
    write_core(core, target, notes, [each for each in segments.items() if each[1]])
    return True
