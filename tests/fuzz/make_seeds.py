#!/usr/bin/env python3
"""Writes the seeds of fuzz_dwarf_sections, fuzz_line, fuzz_demangle and fuzz_index from the fixtures; PROGRAM, which
makes the indexes, is symline.

    tests/fuzz/make_seeds.py FIXTURES OUTPUT PROGRAM

fuzz_elf and fuzz_dwarf take the fixtures themselves."""
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import elf  # noqa: E402

# The sections of section_image.h, in its order.
SECTIONS = ('.debug_info .debug_abbrev .debug_line .debug_str .debug_line_str .debug_ranges .debug_rnglists '
            '.debug_addr .debug_aranges .debug_str_offsets .rela.debug_info .rela.debug_line .rela.debug_ranges '
            '.symtab .strtab .debug_info.dwo .debug_abbrev.dwo .debug_line.dwo .debug_str.dwo .debug_rnglists.dwo '
            '.debug_str_offsets.dwo .debug_cu_index').split()
FIXTURES = ('c-clang-dwarf2 c-clang-dwarf5 c-gcc-dwarf2 c-gcc-dwarf3 c-gcc-dwarf64-v4 c-gcc-dwarf64-v5 c-gcc-nested '
            'c-mixed-aranges cxx-clang-dwarf4 cxx-clang-types-v5 cxx-gcc-dwarf5 cxx-gcc-types-v4 gc-gold-v5 i386-gcc '
            'lto-gcc mini-module.ko ppc64-gcc ranges-v4 ranges-v5 riscv64-clang.o riscv64-gcc.o rust-v0 '
            'split/in-one-file-v4-split split/in-one-file-v5-split').split()
# With functions, inlined calls, symbols alone, names of both kinds, paths of all forms; each has a build id.
INDEXED = ('c-clang-line-tables-only c-gcc-dwarf5 cxx-clang-dwarf5 cxx-gcc-dwarf5 i386-gcc icf-gold mini-module.ko '
           'mini-vmlinux-gcc rust-v0').split()
EM_RISCV = 243


def flags(file):
    return ((file.order == '>') | (file.bits == 32) << 1 | file.relocatable << 2 | (file.machine == EM_RISCV) << 3)


def contents(file, name):
    for section in file.sections:
        if section.name == name:
            return file.data[section.offset:section.offset + section.size][:0xFFFF]
    return b''


def write_indexes(fixtures, output, program):
    for name in INDEXED:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, 'index', '--directory', folder, fixtures / name], check=True, capture_output=True)
            (made,) = pathlib.Path(folder).glob('**/*.gsym')
            (output / pathlib.Path(name).name).write_bytes(made.read_bytes())


def main(fixtures, output, program):
    for target in 'dwarf_sections', 'line', 'demangle', 'index':
        (output / target).mkdir(parents=True, exist_ok=True)
    names = set()
    for name in FIXTURES:
        file = elf.Elf(fixtures / name)
        parts = [contents(file, section) for section in SECTIONS]
        sized = b''.join(struct.pack('<H', len(part)) + part for part in parts)
        (output / 'dwarf_sections' / pathlib.Path(name).name).write_bytes(bytes([flags(file)]) + sized)
        (output / 'line' / pathlib.Path(name).name).write_bytes(bytes([flags(file)]) + contents(file, '.debug_line'))
        strings = contents(file, '.strtab').split(b'\0')
        names |= {text for text in strings if text.startswith((b'_Z', b'_R'))}
    for number, text in enumerate(sorted(names)):
        (output / 'demangle' / f'fixture-{number:02}').write_bytes(text)
    write_indexes(fixtures, output / 'index', program)


if __name__ == '__main__':
    main(*(pathlib.Path(argument) for argument in sys.argv[1:4]))
