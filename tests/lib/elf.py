"""A small ELF reader of its own for the tests: sections and symbols of 32- and 64-bit files of either
byte order. It shares no code with the library, so that the two can be compared."""
import bisect
import functools
import hashlib
import itertools
import mmap
import struct

SHT_SYMTAB, SHT_DYNSYM = 2, 11
SHF_ALLOC, SHF_EXECINSTR = 2, 4
STT_FUNC, STT_SECTION, STT_FILE = 2, 3, 4
ET_REL = 1


class NotElf(Exception):
    pass


class Section:
    def __init__(self, index, name, fields):
        self.index, self.name = index, name
        _, self.type, self.flags, self.address, self.offset, self.size, self.link, self.info, _, self.entry_size = fields

    @property
    def code(self):
        wanted = SHF_ALLOC | SHF_EXECINSTR  # a debug file keeps its code sections as SHT_NOBITS
        return self.flags & wanted == wanted and self.size > 0


class Symbol:
    __slots__ = ('name', 'value', 'size', 'type', 'binding', 'section')

    def __init__(self, name, value, size, info, section):
        self.name, self.value, self.size, self.section = name, value, size, section
        self.type, self.binding = info & 15, info >> 4


class Elf:
    def __init__(self, path):
        self.path = path
        try:
            with open(path, 'rb') as file:
                self.data = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        except ValueError as error:  # an empty file cannot be mapped
            raise NotElf(path) from error
        data = self.data
        if len(data) < 52 or data[:4] != b'\x7fELF' or data[4] not in (1, 2) or data[5] not in (1, 2):
            raise NotElf(path)
        self.bits = 64 if data[4] == 2 else 32
        self.order = '<' if data[5] == 1 else '>'
        try:
            self.type, self.machine = struct.unpack_from(self.order + 'HH', data, 16)
            self.sections = list(self._sections())
        except (struct.error, IndexError) as error:
            raise NotElf(path) from error
        self._symbols = None
        self._extents, self._covers = {}, {}

    def _sections(self):
        data, order = self.data, self.order
        wide = self.bits == 64
        start, = struct.unpack_from(order + ('Q' if wide else 'I'), data, 40 if wide else 32)
        size, count, names = struct.unpack_from(order + 'HHH', data, 58 if wide else 46)
        if start == 0:
            return
        form = order + ('IIQQQQIIQQ' if wide else 'IIIIIIIIII')
        first = struct.unpack_from(form, data, start)
        count = count or first[5]
        names = first[6] if names == 0xFFFF else names
        rows = [struct.unpack_from(form, data, start + size * i) for i in range(count)]
        for index, row in enumerate(rows):
            yield Section(index, self._string(rows[names][4] + row[0]), row)

    def _string(self, offset):
        return self.data[offset:self.data.find(b'\0', offset)].decode('utf-8', 'surrogateescape')

    @property
    def relocatable(self):
        return self.type == ET_REL

    def section(self, name):
        return next((s for s in self.sections if s.name == name), None)

    def code_sections(self):
        return [s for s in self.sections if s.code]

    def symbols(self):
        """Every symbol of .symtab (else .dynsym) that lies in a section, in the table's order."""
        if self._symbols is None:
            tables = [s for s in self.sections if s.type == SHT_SYMTAB] or \
                     [s for s in self.sections if s.type == SHT_DYNSYM]
            self._symbols = [y for table in tables[:1] for y in self._table(table)]
        return self._symbols

    def _table(self, table):
        strings = self.sections[table.link].offset
        wide = self.bits == 64
        form = self.order + ('IBBHQQ' if wide else 'IIIBBH')
        end = table.offset + table.size // struct.calcsize(form) * struct.calcsize(form)
        for row in struct.iter_unpack(form, self.data[table.offset:end]):
            name, info, index, value, size = (row[0], row[1], row[3], row[4], row[5]) if wide else \
                                             (row[0], row[3], row[5], row[1], row[2])
            if 0 < index < min(len(self.sections), 0xFF00):
                yield Symbol(self._string(strings + name) if name else '', value, size, info, self.sections[index])

    @functools.cached_property
    def by_name(self):
        """The symbols of each name."""
        found = {}
        for symbol in self.symbols():
            found.setdefault(symbol.name, []).append(symbol)
        return found

    @functools.cached_property
    def places_of_names(self):
        """Section and value of the symbols of each name, which may be without its version (x@GLIBC_2.2.5)."""
        found = {}
        for symbol in self.symbols():
            for name in {symbol.name, symbol.name.split('@')[0]}:
                found.setdefault(name, set()).add((symbol.section.index, symbol.value))
        return found

    def functions(self, section=None):
        """Sized functions, sorted, one for each address and size."""
        found = {(f.value, f.size, f.section.index): f for f in self.symbols()
                 if f.type == STT_FUNC and f.size and (section is None or f.section.index == section.index)}
        return [found[key] for key in sorted(found)]

    def in_function(self, section, address):
        """Whether a sized function of the symbol table holds the address."""
        if section.index not in self._covers:
            functions = self.functions(section)
            ends = list(itertools.accumulate((f.value + f.size for f in functions), max))
            self._covers[section.index] = ([f.value for f in functions], ends)
        starts, ends = self._covers[section.index]
        at = bisect.bisect_right(starts, address)
        return at > 0 and address < ends[at - 1]

    def base(self, section):
        """What a symbol's value counts from: the section in a relocatable file, else address 0."""
        return 0 if self.relocatable else section.address

    def kallsyms_size(self, symbol):
        """Distance to the next symbol of the section; mapping symbols and those inside are passed over."""
        section = symbol.section
        if section.index not in self._extents:
            named = [y for y in self.symbols() if y.section.index == section.index and y.type not in (STT_SECTION, STT_FILE)
                     and y.name and not y.name.startswith(('.L', 'L0', '$'))]
            self._extents[section.index] = sorted({y.value for y in named})
        values = self._extents[section.index]
        at = bisect.bisect_right(values, symbol.value)
        while at < len(values) and values[at] - symbol.value < symbol.size:
            at += 1
        end = self.base(section) + section.size
        return (values[at] if at < len(values) else end) - symbol.value

    @functools.cached_property
    def identity(self):
        """A hash of the whole file. (A build id does not do: it stays when debug sections are added or changed.)"""
        return hashlib.sha256(self.data).hexdigest()
