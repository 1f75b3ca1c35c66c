#!/usr/bin/env python3
"""The programs against a real debuginfod that serves a folder of files, a .deb and an .rpm: with nothing but
DEBUGINFOD_URLS set, they answer as they do when the files are on disk. Without it they ask no one."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import real_server
import servers
from elf import Elf
from servers import Client, FIXTURES, build_id

PROGRAMS = None
USER, SHARED, CXX = FIXTURES / 'c-gcc-pie', FIXTURES / 'c-clang-dwarf5', FIXTURES / 'cxx-gcc-dwarf5'
VMLINUX, MODULE = FIXTURES / 'mini-vmlinux-gcc', FIXTURES / 'mini-module.ko'
RELEASE = '6.1.0-99-test'


def place(path, name, offset):
    """name+0xOFF/0xSIZE as the kernel prints it."""
    elf = Elf(str(path))
    symbol = next(y for y in elf.symbols() if y.name == name)
    return f'{name}+{offset:#x}/{elf.kallsyms_size(symbol):#x}'


def oops():
    module_id = build_id(MODULE)
    return (f'BUG: kernel NULL pointer dereference, address: 0000000000000000\n'
            f'CPU: 1 PID: 77 Comm: test Tainted: G           OE      {RELEASE} #1 {build_id(VMLINUX)}\n'
            f'Call Trace:\n <TASK>\n'
            f' {place(MODULE, "worker", 4)} [mini_module {module_id}]\n'
            f' {place(VMLINUX, "sched_fork", 0x20)}\n </TASK>\n')


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix='symline-served-'))
        cls.work = pathlib.Path(cls.folder)
        served, trees = cls.work / 'served', cls.work / 'trees'
        real_server.debug_file(USER, served / 'c-gcc-pie.debug')
        deb = trees / 'deb'
        real_server.debug_file(VMLINUX, deb / f'usr/lib/debug/boot/vmlinux-{RELEASE}')
        real_server.debug_file(CXX, deb / 'usr/lib/debug/cxx.debug')
        source = next((FIXTURES / 'src').rglob('c/main.c'))
        (deb / 'usr/src/symline-fixtures/c').mkdir(parents=True)
        shutil.copy(source, deb / 'usr/src/symline-fixtures/c/main.c')
        real_server.debug_file(USER, deb / 'usr/lib/debug/c-gcc-pie.debug')
        real_server.build_deb('symline-test-dbg', deb, served)
        rpm = trees / 'rpm'
        real_server.debug_file(MODULE, rpm / f'usr/lib/debug/lib/modules/{RELEASE}/mini_module.ko.debug')
        real_server.debug_file(SHARED, rpm / 'usr/lib/debug/libshared.so.debug')
        real_server.build_rpm('symline-test-debuginfo', rpm, served)
        cls.source = source
        wanted = [f'{build_id(p)}/debuginfo' for p in (USER, CXX, VMLINUX, MODULE, SHARED)]
        cls.url = cls.enterClassContext(real_server.debuginfod(served, *wanted))
        for program in (USER, CXX, SHARED):
            real_server.stripped(program, cls.work / 'bin' / program.name)

    def client(self, program='symline-addr2line'):
        return self.enterContext(Client(PROGRAMS / program))

    def test_addr2line(self):
        for program in (USER, CXX, SHARED):
            with self.subTest(program.name):
                addresses = [f'{f.value + f.size // 2:#x}' for f in Elf(str(program)).functions()]
                client = self.client()
                on_disk = client.run([], '-afie', program, *addresses)
                fetched = client.run([self.url], '-afie', self.work / 'bin' / program.name, *addresses)
                self.assertEqual(fetched.stdout, on_disk.stdout)
                self.assertRegex(fetched.stdout, r'\.[ch][a-z]*:\d+')
                self.assertEqual(fetched.stderr, f'symline-addr2line: debuginfod: asking {self.url}\n')
                self.assertEqual(list(client.cached()), [f'{build_id(program)}/debuginfo'])
                self.assertEqual(client.run([self.url], '-afie', self.work / 'bin' / program.name, *addresses).stderr, '')

    def test_code_by_build_id(self):
        client = self.client()
        run = client.run([self.url], '--build-id', build_id(USER), '-f', '0x310c0')
        self.assertIn('main.c:50', run.stdout, run.stderr)

    def test_faddr2line(self):
        client = self.client('symline-faddr2line')
        vmlinux = self.work / 'bin/vmlinux'
        subprocess.run(['objcopy', '--strip-debug', str(VMLINUX), str(vmlinux)], check=True)
        asked = place(VMLINUX, 'sched_fork', 0x20)
        self.assertEqual(client.run([self.url], vmlinux, asked).stdout, client.run([], VMLINUX, asked).stdout)
        run = client.run([self.url], '--offline', vmlinux, asked)
        self.assertEqual(run.returncode, 0, 'what is in the cache may be used')
        run = self.client('symline-faddr2line').run([self.url], '--offline', vmlinux, asked)
        self.assertEqual((run.returncode, run.stderr), (1, 'ERROR: CONFIG_DEBUG_INFO not enabled\n'))

    def test_find(self):
        client = self.client('symline')
        run = client.run([self.url], 'find', build_id(MODULE))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(str(client.cache / build_id(MODULE) / 'debuginfo'), run.stdout)
        self.assertIn('debuginfod', run.stdout)
        run = client.run([self.url], 'find', '--offline', '-v', build_id(VMLINUX))
        self.assertEqual(run.returncode, 1)
        self.assertFalse(any(name.startswith(build_id(VMLINUX)) for name in client.cached()))

    def test_decode(self):
        """An oops with build ids, and no file of that kernel on this machine."""
        client = self.client('symline')
        run = client.run([self.url], 'decode', stdin=oops())
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r'worker\S* \[mini_module [0-9a-f]+\] .*\.c:\d+')
        self.assertRegex(run.stdout, r'sched_fork\S* .*\.c:\d+')
        # The module's debug file has no code, by which calls are told.
        fetched = [f'{build_id(p)}/debuginfo' for p in (VMLINUX, MODULE)] + [f'{build_id(MODULE)}/executable']
        self.assertEqual(sorted(client.cached()), sorted(fetched))
        self.assertEqual(run.stderr, f'symline: debuginfod: asking {self.url}\n')

    def test_decode_without_a_server(self):
        run = self.client('symline').run([], 'decode', stdin=oops())
        self.assertNotRegex(run.stdout, r'\.c:\d+')

    def test_decode_fetches_together(self):
        """The second file of the report is asked for before the first one is there."""
        files = {build_id(p): p.read_bytes() for p in (VMLINUX, MODULE)}
        events = []

        def behave(request):
            content = files[request.path.split('/')[2]]
            events.append('begin')
            servers.slowly(content, len(content) // 2)(request)
            events.append('end')
        with servers.serving(behave) as (server,):
            run = self.client('symline').run([server.url], 'decode', stdin=oops())
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(events, ['begin', 'begin', 'end', 'end'])

    def test_interrupted_decode(self):
        """What is known without the server is printed all the same."""
        client = self.client('symline')
        (self.work / 'kernel').mkdir()  # modules are looked for beside vmlinux too
        vmlinux = shutil.copy(VMLINUX, self.work / 'kernel')
        with servers.serving(servers.silent) as (silent,):
            run = client.interrupted([silent.url], 'decode', '--vmlinux', vmlinux, stdin=oops(), when=lambda: silent.asked)
        self.assertEqual(run.returncode, 130, run.stderr)
        self.assertRegex(run.stdout, r'sched_fork\S* .*\.c:\d+')
        self.assertNotRegex(run.stdout, r'worker.*\.c:\d+')
        self.assertEqual(client.cached(), {})
        run = client.run([self.url], 'decode', '--vmlinux', vmlinux, stdin=oops())
        self.assertRegex(run.stdout, r'worker\S* \[mini_module [0-9a-f]+\] .*\.c:\d+')

    def test_source(self):
        fetch = self.enterContext(Client(PROGRAMS / 'symline_fetch_files'))
        run = fetch.run([self.url], f'source:{build_id(USER)}:/usr/src/symline-fixtures/c/main.c')
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertEqual(pathlib.Path(run.stdout.strip()).read_bytes(), self.source.read_bytes())

    def test_source_lines(self):
        """The source is not on this machine: a server has it."""
        line = self.source.read_text().splitlines()[49].strip()
        run = self.client().run([self.url], '--print-source-context-lines=1', '-e', self.work / 'bin' / USER.name, '0x310c0')
        self.assertIn(line, run.stdout)
        run = self.client().run([], '--print-source-context-lines=1', '-e', USER, '0x310c0')
        self.assertNotIn(line, run.stdout)
        client = self.client('symline-faddr2line')
        self.assertIn(line, client.run([self.url], '--list', USER, '_start+0x0').stdout)
        self.assertEqual(len(client.cached()), 1)
        client = self.client('symline')
        log = f'#0 0x310c0 ({USER}+0x310c0) (BuildId: {build_id(USER)})\n'
        self.assertIn(line, client.run([self.url], 'decode', '--source=1', stdin=log).stdout)

    def connections(self, urls, *command, stdin=''):
        """How often the program connects to anything, or None where strace does not work."""
        log = self.work / 'strace'
        client = self.enterContext(Client('strace'))
        run = client.run(urls, '-f', '-e', 'trace=%network', '-o', log, *command, stdin=stdin)
        if run.returncode not in (0, 1) or not log.exists() or 'exited' not in log.read_text():
            return None
        return log.read_text().count('socket(') + log.read_text().count('connect(')

    def test_no_network_unless_asked_for(self):
        if shutil.which('strace') is None or self.connections([], 'true') is None:
            self.skipTest('strace is not installed, or may not trace here')
        program = self.work / 'bin' / USER.name
        vmlinux = self.work / 'bin/vmlinux-quiet'
        subprocess.run(['objcopy', '--strip-debug', str(VMLINUX), str(vmlinux)], check=True)
        asked = {
            ('symline-addr2line', '-e', program, '0x310c0'): '',
            ('symline-addr2line', '--build-id', build_id(USER), '0x310c0'): '',
            ('symline-faddr2line', vmlinux, 'sched_fork+0x1'): '',
            ('symline', 'decode'): oops(),
        }
        for (name, *arguments), stdin in asked.items():
            with self.subTest(name):
                command = [PROGRAMS / name, *arguments]
                self.assertEqual(self.connections([], *command, stdin=stdin), 0)
                front = 1 if name == 'symline' else 0
                offline = [PROGRAMS / name, *arguments[:front], '--offline', *arguments[front:]]
                self.assertEqual(self.connections([self.url], *offline, stdin=stdin), 0)
                self.assertGreater(self.connections([self.url], *command, stdin=stdin), 0, 'the test can see one')


if __name__ == '__main__':
    PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
    if not real_server.installed():
        print('debuginfod, bsdtar, dpkg-deb or rpmbuild is not installed')
        sys.exit(servers.SKIPPED)
    unittest.main()
