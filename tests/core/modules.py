#!/usr/bin/env python3
"""`symline core` on the modules of a process: the table of --modules beside eu-unstrip and gdb, the packages of their notes, the
line that says which debug files are missing and how to get them, with and without a server, and a wrong program on the command
line.

usage: modules.py SYMLINE_PROGRAMS
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'debuginfod'))
import cores
import servers
from servers import build_id

PROGRAMS = None

# A note as distributions write it (https://systemd.io/ELF_PACKAGE_METADATA).
NOTE = r'''
__asm__(".pushsection .note.package,\"a\",%note\n.balign 4\n.long 4,2f-1f,0xcafe1a7e\n.asciz \"FDO\"\n"
        "1: .asciz \"{\\\"type\\\":\\\"rpm\\\",\\\"name\\\":\\\"crasher\\\",\\\"version\\\":\\\"1.2-3\\\","
        "\\\"architecture\\\":\\\"x86_64\\\",\\\"osCpe\\\":\\\"cpe:/o:fedoraproject:fedora:40\\\"}\"\n2: .balign 4\n.popsection");
'''
LIBRARY = NOTE + '''
void call(void (*f)(void)) { f(); __asm__ volatile(""); }
'''
CRASHER = '''
#include <stdlib.h>
#include <unistd.h>
extern void call(void (*f)(void));
static int compare(const void* a, const void* b) { (void)a; (void)b; if (getenv("WAIT")) pause(); abort(); }
static void sort(void) { int two[2] = {2, 1}; qsort(two, 2, sizeof *two, compare); __asm__ volatile(""); }
int main(void) { call(sort); return 0; }
'''


class Modules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix='symline-modules-'))
        cls.library = os.path.join(cls.folder, 'libcall.so')
        source = os.path.join(cls.folder, 'call.c')
        with open(source, 'w') as file:
            file.write(LIBRARY)
        subprocess.run(['gcc', '-shared', '-fPIC', '-g', '-O1', '-fno-optimize-sibling-calls', '-Wl,--build-id', '-o',
                        cls.library, source], check=True)
        subprocess.run(['objcopy', '--strip-debug', cls.library], check=True)
        cls.program = cores.Program(cls.folder, 'crasher', CRASHER, ['-Wl,--build-id', cls.library, f'-Wl,-rpath,{cls.folder}'])
        cls.core = cls.program.core()
        os.mkdir(os.path.join(cls.folder, 'none'))
        cls.libc = next(each['name'] for each in cls.run_json('--modules', cls.core)['modules'] if 'libc.so' in each['name'])

    @classmethod
    def run_core(cls, *arguments, urls='', status=0, **variables):
        """Without the debug files of this machine, and without a cache."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith('DEBUGINFOD_')}
        environment |= {'DEBUGINFOD_CACHE_PATH': os.path.join(cls.folder, 'cache'), **variables}
        if urls:
            environment['DEBUGINFOD_URLS'] = urls
        run = subprocess.run([PROGRAMS / 'symline', 'core', '--debug-dir', os.path.join(cls.folder, 'none'), *arguments],
                             capture_output=True, text=True, timeout=120, env=environment)
        assert run.returncode == status, run.stderr
        return run

    @classmethod
    def run_json(cls, *arguments, **options):
        return json.loads(cls.run_core('--format=json', *arguments, **options).stdout)

    def modules(self, *arguments):
        return {module['name']: module for module in self.run_json('--modules', *arguments)['modules']}

    def missing_line(self, *arguments, **options):
        lines = [line for line in self.run_core(*arguments, **options).stderr.splitlines() if 'no debug file of' in line]
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def waiting(self):
        return self.enterContext(cores.living([self.program.path], env={**os.environ, 'WAIT': '1'}))

    def check_against_eu_unstrip(self, modules, *arguments):
        """Every module that it lists, at the same address and with the same build id."""
        if shutil.which('eu-unstrip') is None:
            self.skipTest('no eu-unstrip')
        run = subprocess.run(['eu-unstrip', '-n', *arguments], capture_output=True, text=True, timeout=60,
                             env={**os.environ, 'DEBUGINFOD_URLS': ''})
        found = re.findall(r'^(0x[0-9a-f]+)\+(0x[0-9a-f]+) ([0-9a-f]+|-)\S* (.*)$', run.stdout, re.MULTILINE)
        self.assertGreater(len(found), 3, run.stdout + run.stderr)
        ours = {(int(module['address'], 16), module.get('build_id', '-')) for module in modules.values()}
        for begin, _, identity, rest in found:
            self.assertIn((int(begin, 16), identity), ours, rest)

    def test_table_of_a_core(self):
        modules = self.modules(self.core)
        for name in (self.program.path, self.library, self.libc, '[vdso]'):
            self.assertIn(name, modules)
        addresses = [int(module['address'], 16) for module in modules.values()]
        self.assertEqual(addresses, sorted(addresses))
        for name, module in modules.items():
            if name.startswith('/'):
                self.assertEqual(module['build_id'], build_id(name))
                self.assertEqual(module['file'], {'path': name, 'found_by': 'mapped path'})
        self.assertEqual(modules[self.program.path]['debug_file']['found_by'], 'file itself')
        self.assertIn('no debug information in the file', modules[self.library]['debug_file']['reason'])
        self.check_against_eu_unstrip(modules, f'--core={self.core}')

    def test_gdb_has_no_other(self):
        modules = self.modules(self.core)
        run = cores.gdb(self.program.path, self.core, commands=['info sharedlibrary'])
        shared = re.findall(r'^0x[0-9a-f]+ .*?(/\S+)$', run.stdout, re.MULTILINE)
        self.assertGreater(len(shared), 2, run.stdout)
        for path in shared:
            self.assertIn(os.path.realpath(path), [os.path.realpath(name) for name in modules])

    def test_table_of_a_process(self):
        process = self.waiting()
        modules = self.modules('--pid', str(process.pid))
        for name in (self.program.path, self.library, self.libc, '[vdso]'):
            self.assertIn(name, modules)
        self.check_against_eu_unstrip(modules, '-p', str(process.pid))

    def test_table_as_text(self):
        lines = self.run_core('--modules', self.core).stdout.split('\n\n')[1].splitlines()
        self.assertEqual(lines[0].split()[:6], ['BEGIN', 'END', 'BUILD', 'ID', 'MODULE', 'FILE'])
        rows = {line.split()[3]: line for line in lines[1:]}
        self.assertRegex(rows[self.program.path], r'mapped path +- +file itself$')
        self.assertRegex(rows[self.library], r'mapped path +crasher 1\.2-3 +- no debug information in the file')
        self.assertRegex(rows['[vdso]'], 'process memory')

    def test_package_of_the_note(self):
        """Read from the core, whose file is gone, and from the file."""
        note = {'type': 'rpm', 'name': 'crasher', 'version': '1.2-3', 'architecture': 'x86_64',
                'os': 'cpe:/o:fedoraproject:fedora:40', 'from': 'note'}
        self.assertEqual(self.modules(self.core)[self.library]['package'], note)
        os.rename(self.library, self.library + '.gone')
        try:
            module = self.modules(self.core)[self.library]
        finally:
            os.rename(self.library + '.gone', self.library)
        self.assertEqual(module['package'], note)
        self.assertNotEqual(module['file'].get('found_by'), 'mapped path')

    def test_missing_files(self):
        line = self.missing_line(self.core)
        self.assertIn(f'libcall.so (build id {build_id(self.library)}, package crasher 1.2-3)', line)
        self.assertIn(f'libc.so.6 (build id {build_id(self.libc)}', line)
        self.assertNotIn('crasher (', line)
        self.assertNotIn('not there', line)
        self.assertNotIn('offline', line)
        missing = self.run_json(self.core)['missing_files']
        self.assertEqual({os.path.basename(each['name']) for each in missing['modules']}, {'libcall.so', 'libc.so.6'})
        self.assertEqual('symline: ' + missing['message'], line)

    def test_debian_package(self):
        if not os.path.exists('/var/lib/dpkg/status') or 'ID=debian' not in pathlib.Path('/etc/os-release').read_text():
            self.skipTest('not Debian')
        owner = subprocess.run(['dpkg', '-S', self.libc.removeprefix('/usr')], capture_output=True, text=True)
        if not owner.stdout.startswith('libc6:'):
            self.skipTest('libc is of no package')
        version = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'libc6'], capture_output=True, text=True).stdout
        package = self.modules(self.core)[self.libc]['package']
        self.assertEqual((package['name'], package['version'], package['from']), ('libc6', version, 'package database'))
        process = self.waiting()
        line = self.missing_line('--pid', str(process.pid))
        self.assertIn(f'package libc6 {version})', line)

    def test_servers(self):
        with servers.serving(servers.good({})) as (server,):
            line = self.missing_line(self.core, urls=server.url)
            self.assertIn(f'; {server.url}: not there', line)
            self.assertEqual(line.count('not there'), 1)
            self.assertNotIn('set DEBUGINFOD_URLS', line)
            missing = self.run_json(self.core, urls=server.url)['missing_files']
            for each in missing['modules']:
                self.assertIn('debuginfod servers had no such file', each['servers'])
            asked = len(server.asked)
            line = self.missing_line('--offline', self.core, urls=server.url)
            self.assertTrue(line.endswith('; no debuginfod server was asked (offline)'), line)
            # A table asks no server.
            self.run_core('--modules', self.core, urls=server.url, DEBUGINFOD_CACHE_PATH=self.folder + '/empty')
            self.assertEqual(len(server.asked), asked)

    @unittest.skipUnless(servers.library_installed(), 'no libdebuginfod')
    def test_served(self):
        """What a server has is not missing."""
        debug = os.path.join('/usr/lib/debug/.build-id', build_id(self.libc)[:2], build_id(self.libc)[2:] + '.debug')
        if not os.path.exists(debug):
            self.skipTest('no debug information for this libc')
        with servers.serving(servers.good({build_id(self.libc): pathlib.Path(debug).read_bytes()})) as (server,):
            run = self.run_core(self.core, urls=server.url, DEBUGINFOD_CACHE_PATH=self.folder + '/served')
            self.assertNotIn('libc.so.6', run.stderr)
            self.assertIn(f'libcall.so (build id {build_id(self.library)}', run.stderr)
            self.assertRegex(run.stdout, r'qsort\S* at \S+sort\.c:\d+')

    def test_nothing_missing(self):
        run = self.run_core('--debug-dir', '/usr/lib/debug', self.core)
        debug = os.path.join('/usr/lib/debug/.build-id', build_id(self.libc)[:2], build_id(self.libc)[2:] + '.debug')
        self.assertEqual('libc.so.6' in run.stderr, not os.path.exists(debug), run.stderr)

    def test_wrong_program(self):
        other = cores.Program(self.folder, 'other', 'int main(void) { return 0; }\n', ['-Wl,--build-id'])
        right = self.run_core(self.core, self.program.path).stdout
        wrong = self.run_core(self.core, other.path).stdout
        note = (f"note: '{other.path}' not used: it is not the program '{self.program.path}': build id {build_id(other.path)} "
                f'instead of {build_id(self.program.path)}\n')
        self.assertIn(note, wrong)
        self.assertEqual(wrong.replace(note, ''), right)
        self.assertIn(note.removeprefix('note: ').rstrip(), self.run_json(self.core, other.path)['problems'])
        vmlinux = servers.FIXTURES / 'mini-vmlinux-gcc'
        self.assertIn(f"note: '{vmlinux}' not used: it is not the program", self.run_core(self.core, vmlinux).stdout)
        # A library of the process is one of its files.
        self.assertNotIn('note:', self.run_core(self.core, self.library).stdout)

    def test_wrong_order(self):
        run = self.run_core(self.program.path, self.core, status=1)
        self.assertIn('not a core; the core comes first', run.stderr)
        run = self.run_core(self.core, os.path.join(self.folder, 'nothing'))
        self.assertIn('nothing\' not used', run.stdout)

    def test_tables_of_a_kernel(self):
        for option in ('--ps', '--tasks', '--dmesg'):
            self.assertIn('for the dump of a kernel', self.run_core(option, self.core, status=1).stderr)


if __name__ == '__main__':
    PROGRAMS = pathlib.Path(sys.argv.pop(1))
    cores.need('gcc', 'gdb', 'readelf', 'objcopy')
    unittest.main()
