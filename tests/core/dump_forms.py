"""Kernel dumps taken apart and put together again, independent of symline: what the tests make of QEMU's dumps."""

import ctypes
import struct
import zlib

PAGE = 4096
ZLIB, LZO, SNAPPY, ZSTD = 1, 2, 4, 0x20


def unflatten(data):
    """The file that makedumpfile -R would write."""
    records, at = [], PAGE
    while True:
        offset, size = struct.unpack_from(">qq", data, at)
        at += 16
        if offset < 0:
            break
        records.append((offset, data[at:at + size]))
        at += size
    out = bytearray(max(offset + len(part) for offset, part in records))
    for offset, part in records:
        out[offset:offset + len(part)] = part
    return out


def flatten(data, step=100_000):
    """The other way round, in records of `step` bytes, the last one first: their order is free."""
    out = bytearray(b"makedumpfile\0\0\0\0" + struct.pack(">qq", 1, 1)).ljust(PAGE, b"\0")
    for at in reversed(range(0, len(data), step)):
        part = data[at:at + step]
        out += struct.pack(">qq", at, len(part)) + part
    return out + struct.pack(">qq", -1, -1)


def layout(data):
    """Where the descriptors begin, and how many there are."""
    second_header, bitmap = struct.unpack_from("<II", data, 432)
    begin = (1 + second_header + bitmap) * PAGE
    half = (1 + second_header) * PAGE + bitmap * PAGE // 2
    return begin, sum(byte.bit_count() for byte in data[half:begin])


def pages(data):
    """The contents of each page of a kdump-compressed dump in zlib form."""
    begin, count = layout(data)
    for index in range(count):
        offset, size, flags = struct.unpack_from("<qII", data, begin + index * 24)
        page = data[offset:offset + size]
        yield zlib.decompress(page) if flags & ZLIB else bytes(page)


class Lzo:
    flag, library = LZO, "liblzo2.so.2"

    def __init__(self):
        self.call = ctypes.CDLL(self.library).lzo1x_1_compress
        self.work = ctypes.create_string_buffer(1 << 18)

    def __call__(self, page):
        out, size = ctypes.create_string_buffer(2 * PAGE), ctypes.c_size_t()
        if self.call(page, ctypes.c_size_t(len(page)), out, ctypes.byref(size), self.work) != 0:
            raise RuntimeError("lzo1x_1_compress")
        return out.raw[:size.value]


class Snappy:
    flag, library = SNAPPY, "libsnappy.so.1"

    def __init__(self):
        self.call = ctypes.CDLL(self.library).snappy_compress

    def __call__(self, page):
        out, size = ctypes.create_string_buffer(2 * PAGE), ctypes.c_size_t(2 * PAGE)
        if self.call(page, ctypes.c_size_t(len(page)), out, ctypes.byref(size)) != 0:
            raise RuntimeError("snappy_compress")
        return out.raw[:size.value]


class Zstd:
    flag, library = ZSTD, "libzstd.so.1"

    def __init__(self):
        self.call = ctypes.CDLL(self.library).ZSTD_compress
        self.call.restype = ctypes.c_size_t

    def __call__(self, page):
        out = ctypes.create_string_buffer(2 * PAGE)
        size = self.call(out, ctypes.c_size_t(2 * PAGE), page, ctypes.c_size_t(len(page)), 1)
        return out.raw[:size]


def repack(data, compress):
    """The same dump with another compression. Pages that do not become smaller stay as they are, as makedumpfile does it."""
    begin, count = layout(data)
    out = bytearray(data[:begin + count * 24])
    notes, size = struct.unpack_from("<qQ", data, PAGE + 48)
    info, info_size = struct.unpack_from("<qQ", data, PAGE + 32)
    if notes >= begin + count * 24 or info >= begin + count * 24:
        raise RuntimeError("notes after the pages")
    for index, page in enumerate(pages(data)):
        packed = compress(page)
        small = len(packed) < len(page)
        struct.pack_into("<qIIQ", out, begin + index * 24, len(out), len(packed) if small else len(page), compress.flag if small else 0, 0)
        out += packed if small else page
    return out


def without_vmcoreinfo(data):
    """An ELF dump as QEMU writes it without its vmcoreinfo device: the note has another name."""
    at = data.index(b"VMCOREINFO\0")
    out = bytearray(data)
    out[at:at + 10] = b"XXCOREINFO"
    return out


def makedumpfile_elf(data):
    """An ELF dump with 70,000 program headers, each of up to a few pages: more than e_phnum can count."""
    header = bytearray(data[:64])
    table, sections = struct.unpack_from("<QQ", header, 32)
    count = struct.unpack_from("<H", header, 56)[0]
    if count == 0xffff:
        count = struct.unpack_from("<I", data, sections + 44)[0]
    headers = [list(struct.unpack_from("<IIQQQQQQ", data, table + i * 56)) for i in range(count)]
    notes = [h for h in headers if h[0] == 4]
    loads = [h for h in headers if h[0] == 1 and h[5] > 0]
    step = PAGE
    while sum((h[5] + step - 1) // step for h in loads) > 80_000:
        step *= 2
    parts = []
    for kind, flags, offset, virtual, physical, size, _, align in loads:
        parts += [[kind, flags, offset + i, virtual + i, physical + i, min(step, size - i), min(step, size - i), align]
                  for i in range(0, size, step)]
    while len(parts) < 70_000:  # the same memory again
        parts += parts[:70_000 - len(parts)]
    shift = 64 + (len(notes) + len(parts)) * 56 + 64
    struct.pack_into("<QQ", header, 32, 64, shift - 64)
    struct.pack_into("<HHHHH", header, 54, 56, 0xffff, 64, 1, 0)
    out = header
    for each in notes + parts:
        each[2] += shift
        out += struct.pack("<IIQQQQQQ", *each)
    section = bytearray(64)
    struct.pack_into("<I", section, 44, len(notes) + len(parts))
    return out + section + data
