#!/usr/bin/env python3
"""symline without the module of its disassemblers: the log is decoded, "Code:" lines stay, and one line says where the
module should be. Exit: 0 or 1."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / 'fixtures/bin'
LOG = b'''RIP: 0010:do_fork+0x10/0x30
Code: 48 89 e5 48 83 ec 28 8b 45 08 <83> c0 01 31 d2 89 c7 85 ff 31 c0 c3
'''
DECODED = LOG.replace(b'0x30\n', b'0x30 (kernel/fork.c:19)\n', 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--program', type=pathlib.Path, required=True)
    program = parser.parse_args().program
    with tempfile.TemporaryDirectory() as folder:
        alone = pathlib.Path(folder).resolve() / 'bin/symline'
        alone.parent.mkdir()
        shutil.copy(program, alone)
        ran = subprocess.run([alone, '-k', 'mini-vmlinux-gcc'], cwd=FIXTURES, input=LOG * 2, capture_output=True,
                             timeout=60)
        words = (f"symline: no disassembler for the code of x86_64: '{folder}/", "disassembler.so' is not there; ",
                 'installed with symline', 'SYMLINE_LINK_DISASSEMBLER=ON')
        said = ran.stderr.decode()
    held = ran.returncode == 0 and ran.stdout == DECODED * 2 and said.count('\n') == 1 and all(
        each in said for each in words)
    if not held:
        print(ran.returncode, ran.stdout.decode(), said, sep='\n')
    return 0 if held else 1


if __name__ == '__main__':
    sys.exit(main())
