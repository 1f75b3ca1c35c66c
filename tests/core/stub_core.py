"""A core of a machine that QEMU writes none for: qemu-user runs a program for a debugger, and what the program's end is
made of is asked for as GDB would, with its remote protocol."""

import re
import socket
import struct
import subprocess
import time

PAGE = 4096
CHUNK = 1024  # a packet of QEMU holds 2,048 bytes
STACK_LIMIT = 64 * PAGE
RISCV = 243


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


def note(kind, content):
    name = b'CORE\0\0\0\0'
    return struct.pack('<III', 5, len(content), kind) + name + content + bytes(-len(content) % 4)


def write_core(path, machine, notes, segments):
    """ELF of 64 bits, little-endian. Segments are (address, bytes)."""
    headers = 64 + 56 * (len(segments) + 1)
    table = struct.pack('<IIQQQQQQ', 4, 4, headers, 0, 0, len(notes), 0, 4)
    offset = headers + len(notes)
    for address, content in sorted(segments):
        table += struct.pack('<IIQQQQQQ', 1, 7, offset, address, 0, len(content), len(content), 1)
        offset += len(content)
    header = b'\x7fELF\2\1\1' + bytes(9) + struct.pack('<HHIQQQIHHHHHH', 4, machine, 1, 0, 64, 0, 0, 64, 56,
                                                       len(segments) + 1, 0, 0, 0)
    path.write_bytes(header + table + notes + b''.join(content for _, content in sorted(segments)))


def crash_of_riscv64(qemu, program, core):
    """Runs a program without shared libraries until its second SIGSEGV, or its only one; False when it has none."""
    folder = program.parent
    place = folder / f'{program.name}.socket'
    place.unlink(missing_ok=True)
    last = None
    with subprocess.Popen([qemu, '-g', place, program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            stub = Stub(place)
            answer = stub.ask(b'c')
            while answer[:3] in (b'T0b', b'S0b'):
                raw = bytes.fromhex(stub.ask(b'g').decode())
                registers = struct.unpack_from('<33Q', raw)  # x0 to x31, pc
                begin = registers[2] - registers[2] % PAGE
                segments = {begin: stub.memory(begin, STACK_LIMIT)}
                for address in (registers[1], registers[32]):
                    page = address - address % PAGE
                    segments[page] = segments.get(page) or stub.memory(page, PAGE)
                auxiliary = stub.ask(b'qXfer:auxv:read::0,1000')[1:]
                last = registers, segments, auxiliary
                # Delivered: to a handler, or to the end of the process.
                answer = stub.ask(b'C0b')
        except (OSError, EOFError):
            answer = b''
        finally:
            process.kill()
    if last is None:
        return False
    registers, segments, auxiliary = last
    status = bytes(12) + struct.pack('<h', 11) + bytes(18) + struct.pack('<I', 77) + bytes(76)
    status += struct.pack('<32Q', registers[32], *registers[1:32]) + bytes(8)
    write_core(core, RISCV, note(1, status) + note(6, auxiliary), [each for each in segments.items() if each[1]])
    return True
