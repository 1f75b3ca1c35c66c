#!/usr/bin/env python3
"""Servers that do not work, in every way that they do: what is said, who is asked next, and what stays in the
cache."""
import contextlib
import fcntl
import os
import pathlib
import pty
import shutil
import signal
import struct
import subprocess
import sys
import termios
import unittest

import servers
from servers import Client, FIXTURES, build_id, serving

PROGRAM = None
WANTED = FIXTURES / 'c-gcc-dwarf5'
OTHER = FIXTURES / 'cxx-gcc-dwarf5'
CONTENT = WANTED.read_bytes()
ID, OTHER_ID = build_id(WANTED), build_id(OTHER)
FILES = {ID: CONTENT, OTHER_ID: OTHER.read_bytes()}
PAGE = b'<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n'


def curl_words(said, old, new):
    """What libcurl says of an error, which differs between its versions 7 and 8."""
    return new if new in said else old


class Failing(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(Client(PROGRAM))
        self.entry = self.client.cache / ID / 'debuginfo'

    def found(self, run, path=WANTED):
        self.assertEqual(run.returncode, 0, run.stderr)
        for line in run.stdout.splitlines():
            self.assertTrue(line.startswith(str(self.client.cache)), line)
        self.assertEqual(self.entry.read_bytes(), path.read_bytes())

    def missed(self, run, reason, entries=()):
        """Not found, with this reason; and a good server afterwards has the file: nothing in the cache is in the way."""
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn(reason, run.stdout + run.stderr)
        self.assertEqual(self.client.cached(), dict(entries))
        with serving(servers.good(FILES)) as (good,):
            self.found(self.client.run([good.url], ID))

    def alone(self, behaviour, reason, **options):
        """A server of this behaviour, asked for two files and then for the first one again."""
        with serving(behaviour) as (bad,):
            run = self.client.run([bad.url], ID, OTHER_ID, ID, **options)
            self.assertEqual(bad.asked, [f'/buildid/{ID}/debuginfo'], 'asked more than once')
            self.assertIn(f'{bad.url}: {reason}', run.stderr)
            self.assertEqual(run.stderr.count(reason), 1, run.stderr)
            self.missed(run, reason)

    def before_good(self, behaviour, reason, **options):
        with serving(behaviour, servers.good(FILES)) as (bad, good):
            run = self.client.run([bad.url, good.url], ID, OTHER_ID, **options)
            self.found(run)
            self.assertIn(f'{bad.url}: {reason}', run.stderr)
            self.assertEqual(len(bad.asked), 1)
            self.assertEqual(len(good.asked), 2)

    def both(self, behaviour, reason, **options):
        with self.subTest('the only server'):
            self.alone(behaviour, reason, **options)
        self.setUp()
        with self.subTest('before a good one'):
            self.before_good(behaviour, reason, **options)

    def test_good(self):
        with serving(servers.good(FILES)) as (good,):
            self.found(self.client.run([good.url], ID, OTHER_ID))
            self.found(self.client.run([good.url], ID))
            self.assertEqual(len(good.asked), 2, 'the second run takes the file from the cache')

    def test_servers_are_named_once(self):
        with serving(servers.good(FILES), servers.status(404)) as (good, empty):
            run = self.client.run([empty.url, good.url], ID, OTHER_ID)
            self.assertEqual(run.stderr, f'fetch: debuginfod: asking {empty.url} {good.url}\n')

    def test_down(self):
        url = f'http://127.0.0.1:{servers.free_port()}'
        run = self.client.run([url], ID, OTHER_ID)
        self.assertEqual(run.stderr.count(f'{url}: '), 1)
        self.missed(run, curl_words(run.stderr, "Couldn't connect to server", 'Could not connect to server'))
        self.setUp()
        with serving(servers.good(FILES)) as (good,):
            self.found(self.client.run([url, good.url], ID, OTHER_ID))

    def test_no_such_host(self):
        run = self.client.run(['http://no-such-host.invalid'], ID)
        self.missed(run, 'Could not resolve host')

    def test_not_there(self):
        with serving(servers.status(404), servers.status(404)) as both:
            urls = [s.url for s in both]
            run = self.client.run(urls, ID, ID)
            self.assertEqual([len(s.asked) for s in both], [1, 1])
            self.assertEqual(run.returncode, 1)
            for url in urls:
                self.assertIn(f'{url}: not there', run.stdout)
            # The libraries' own note, for ten minutes: it is true, and respected.
            self.assertEqual(self.client.cached(), {f'{ID}/debuginfo': 0})
            run = self.client.run(urls, ID)
            self.assertEqual([len(s.asked) for s in both], [1, 1])
            self.assertIn('a few minutes ago', run.stdout)
            self.assertEqual(run.stderr, '')

    def test_not_there_is_no_answer_for_the_next_server(self):
        with serving(servers.status(404), servers.good(FILES)) as (empty, good):
            self.found(self.client.run([empty.url, good.url], ID))

    def test_not_there_while_another_is_down(self):
        down = f'http://127.0.0.1:{servers.free_port()}'
        for urls in ((0, 1), (1, 0)):
            with self.subTest(urls), serving(servers.status(404)) as (empty,):
                self.setUp()
                order = [(empty.url, down)[i] for i in urls]
                self.missed(self.client.run(order, ID), 'not there')

    def test_unavailable(self):
        # libdebuginfod takes these for "not there" and notes that in the cache.
        for code in (500, 503, 403, 429):
            with self.subTest(code):
                self.setUp()
                self.both(servers.status(code), f'The requested URL returned error: {code}')

    def test_web_page(self):
        self.both(servers.body(PAGE), 'sent a web page')

    def test_wrong_file(self):
        self.both(servers.body((FIXTURES / 'c-clang-dwarf5').read_bytes()), 'sent a file of another build id')

    def test_no_elf(self):
        self.both(servers.body(b'sorry'), 'sent something that is no ELF file')

    def test_empty(self):
        self.both(servers.body(b''), 'sent an empty file')

    def test_truncated(self):
        # libdebuginfod takes this one for "not there" too.
        with serving(servers.truncated(CONTENT)) as (bad,):
            said = self.client.run([bad.url], ID).stderr
        self.setUp()
        self.both(servers.truncated(CONTENT), curl_words(said, 'transfer closed with', 'end of response with'))

    def test_cut_off(self):
        self.both(servers.cut_off(CONTENT), 'sent a damaged file')

    def test_reset(self):
        # libdebuginfod asks again, and writes the second answer after the first half.
        big = CONTENT + bytes(1 << 20)
        with serving(servers.reset(big), servers.good(FILES)) as (bad, good):
            run = self.client.run([bad.url, good.url], ID)
            self.found(run)
            self.assertIn(f'{bad.url}: ', run.stderr)

    def test_endless(self):
        self.both(servers.endless, 'sends without an end', variables={'DEBUGINFOD_MAXSIZE': '50000000'})

    def test_too_large(self):
        with serving(servers.good(FILES)) as (good,):
            run = self.client.run([good.url], ID, variables={'DEBUGINFOD_MAXSIZE': '1000'})
            self.assertIn(f'{good.url}: has it, larger than DEBUGINFOD_MAXSIZE', run.stderr)
            self.missed(run, 'larger than')

    def test_silent(self):
        variables = {'DEBUGINFOD_TIMEOUT': '2'}
        self.alone(servers.silent, 'has sent nothing for 2 s', variables=variables)
        self.setUp()
        with serving(servers.silent, servers.good(FILES)) as (bad, good):
            run = self.client.run([bad.url, good.url], ID, OTHER_ID, variables=variables)
            self.found(run)
            self.assertEqual(len(bad.asked), 1)
            self.assertIn('has sent nothing for 2 s', run.stderr)

    def test_too_slow(self):
        with serving(servers.slowly(CONTENT * 40, 5000), servers.good(FILES)) as (bad, good):
            self.found(self.client.run([bad.url, good.url], ID, variables={'DEBUGINFOD_TIMEOUT': '3'}))

    def test_source(self):
        with serving(servers.good({ID: b'int main(void) {}\n'}), servers.body(PAGE)) as (good, page):
            run = self.client.run([page.url, good.url], f'source:{ID}:/usr/src/a/main.c')
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn('sent a web page', run.stderr)
            with open(run.stdout.strip(), encoding='utf-8') as file:
                self.assertEqual(file.read(), 'int main(void) {}\n')
            self.assertEqual(good.asked, [f'/buildid/{ID}/source/usr/src/a/main.c'])
            run = self.client.run([good.url], f'source:{ID}:main.c')
            self.assertEqual((run.returncode, len(good.asked)), (1, 1), 'a relative path cannot be asked for')

    def test_poisoned_cache(self):
        self.entry.parent.mkdir(parents=True)
        self.entry.write_bytes(PAGE)
        with serving(servers.good(FILES)) as (good,):
            run = self.client.run([good.url], ID)
            self.found(run)
            self.assertIn('removed from the cache', run.stderr)

    def test_unwritable_cache(self):
        self.client.cache.write_text('a file, not a folder')
        with serving(servers.good(FILES)) as (good,):
            run = self.client.run([good.url], ID, OTHER_ID)
            self.assertEqual(run.returncode, 1)
            self.assertEqual(run.stderr.count(str(self.client.cache)), 1, run.stderr)
            self.assertNotIn('not asked again', run.stderr)

    def test_parallel(self):
        """Four files of one second each take less than three."""
        content = {build_id(p): p.read_bytes() for p in sorted(FIXTURES.glob('c-clang-dwarf[2345]'))}
        self.assertEqual(len(content), 4)

        def behave(request):
            request.server.ending.wait(1)
            servers.good(content)(request)
        with serving(behave) as (server,):
            run = self.client.run([server.url], *content, limit=3.5)
            self.assertEqual(run.returncode, 0, run.stderr)

    def test_no_threads(self):
        """Where the system gives no thread, the files are fetched one after the other."""
        source = 'int pthread_create(void *t, const void *a, void *(*f)(void *), void *d) { return 11; }\n'
        library = pathlib.Path(self.client.folder.name) / 'no_threads.so'
        compiler = shutil.which('cc') or self.skipTest('no C compiler')
        subprocess.run([compiler, '-shared', '-fPIC', '-fno-builtin', '-x', 'c', '-', '-o', library], input=source, text=True,
                       check=True)
        with serving(servers.good(FILES)) as (good,):
            self.found(self.client.run([good.url], ID, OTHER_ID, variables={'LD_PRELOAD': str(library)}))
            self.assertEqual(good.asked, [f'/buildid/{ID}/debuginfo', f'/buildid/{OTHER_ID}/debuginfo'])

    def test_log(self):
        """What libdebuginfod logs is the caller's to print, a line each, and no control characters reach a terminal."""
        with serving(servers.status(404), servers.good(FILES)) as (empty, good):
            plain = self.client.run([empty.url, good.url], ID).stderr
            self.assertNotIn('server response', plain)
            self.setUp()
            run = self.client.run([empty.url, good.url], ID, variables={'DEBUGINFOD_VERBOSE': '1'})
            self.found(run)
            self.assertIn(f'url 0 {empty.url}', run.stderr)
            self.assertIn(f'url 0 {good.url}', run.stderr)
            self.assertNotIn('\x1b', run.stderr)

    def test_policy(self):
        with serving(servers.good(FILES)) as (good,):
            run = self.client.run([good.url], '--fetch=never', ID)
            self.assertEqual((run.returncode, good.asked, run.stderr), (1, [], ''))
            # No terminal to ask on: setsid.
            client, self.client.program = self.client.program, 'setsid'
            run = self.client.run([good.url], '-w', client, '--fetch=ask', ID)
            self.assertEqual((run.returncode, good.asked), (1, []))
            self.client.program = client
            self.found(self.client.run([good.url], ID))
            run = self.client.run([], '--fetch=never', ID)
            self.assertEqual(run.returncode, 0, 'what is in the cache needs no server')

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), serving(servers.slowly(CONTENT * 40, 500_000)) as (slow,):
                self.setUp()
                temporary = lambda: list(self.client.cache.glob('*/debuginfo.*'))  # noqa: E731
                run = self.client.interrupted([slow.url], ID, OTHER_ID, when=temporary, number=number)
                self.assertEqual(run.returncode, 128 + number, run.stderr)
                self.assertIn('interrupted', run.stdout)
                self.assertEqual(self.client.cached(), {})
                self.assertNotIn('not asked again', run.stderr)
            with serving(servers.good(FILES)) as (good,):
                self.found(self.client.run([good.url], ID))

    def test_interrupted_while_waiting(self):
        with serving(servers.silent) as (silent,):
            run = self.client.interrupted([silent.url], ID, when=lambda: silent.asked)
            self.assertEqual(run.returncode, 130)
            self.assertEqual(self.client.cached(), {})

    def test_progress(self):
        """A line every ten seconds where there is no terminal."""
        names = [('X-DEBUGINFOD-ARCHIVE', '/srv/libfoo-dbg_1.0_amd64.deb'), ('X-DEBUGINFOD-FILE', '/usr/lib/libfoo\x1b[2J.so')]
        with serving(servers.slowly(CONTENT * 100, 200_000, names)) as (slow,):
            run = self.client.run([slow.url], ID)
            lines = [line for line in run.stderr.splitlines() if 'libfoo' in line]
            self.assertEqual(len(lines), 1, run.stderr)
            # 2.5 MB at 200 kB/s; what a server says is shown without its control characters.
            self.assertRegex(lines[0], r'^fetch: libfoo-dbg/libfoo\?\[2J\.so, (1\.[6-9]|2\.[0-3]) of 2\.5 MB, (1[5-9]\d|20\d) kB/s, [2-5] s left$')

    def on_terminal(self, *arguments):
        """Standard error is a terminal of 60 columns."""
        main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 60, 0, 0))
        with serving(servers.slowly(CONTENT * 20, 250_000)) as (slow,):
            program = subprocess.Popen([PROGRAM, *arguments, ID], stdout=subprocess.DEVNULL, stderr=side,
                                       env=self.client.environment([slow.url]))
            os.close(side)
            said = b''
            with contextlib.suppress(OSError):  # Linux says EIO at the end
                while data := os.read(main, 4096):
                    said += data
            program.wait()
        os.close(main)
        return said.decode()

    def test_progress_on_a_terminal(self):
        said = self.on_terminal()
        lines = said.split('\r\n')[1].split('\r')
        shown = [line for line in lines if ' of 512 kB' in line]
        self.assertGreater(len(shown), 5, said)
        self.assertTrue(all(len(line.removesuffix('\x1b[K')) < 60 for line in shown), shown)
        self.assertRegex(shown[-1], r'kB/s, \d s left\x1b\[K$')
        self.assertIn('\r\x1b[K', said[said.rindex('left'):], 'the line is taken away')
        self.assertEqual(self.on_terminal('--quiet').count(' of '), 0)


if __name__ == '__main__':
    PROGRAM = sys.argv.pop(1)
    if not servers.library_installed():
        print('libdebuginfod is not installed')
        sys.exit(servers.SKIPPED)
    unittest.main()
