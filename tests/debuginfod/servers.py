"""HTTP servers on loopback, each with one way of answering, and a run of a program against them."""
import contextlib
import ctypes
import http.server
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / 'fixtures/bin'
SKIPPED = 77
STEP = 64 * 1024


def build_id(path):
    notes = subprocess.run(['readelf', '-n', str(path)], capture_output=True, text=True, check=True).stdout
    return re.search(r'Build ID: ([0-9a-f]+)', notes)[1]


def library_installed():
    try:
        ctypes.CDLL('libdebuginfod.so.1')
        return True
    except OSError:
        return False


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server(http.server.ThreadingHTTPServer):
    """Answers every GET with behave(request). `asked` lists the paths."""
    daemon_threads = True

    def __init__(self, behave):
        server = self
        self.asked = []
        self.ending = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(self.path)
                with contextlib.suppress(OSError):
                    behave(self)

            def log_message(self, *_):
                pass

        super().__init__(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server_port}'
        self.thread = threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True)
        self.thread.start()

    def __exit__(self, *_):
        self.ending.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass


def send(request, body, length=None, headers=()):
    """`length` None: no Content-Length, the body ends with the connection."""
    request.send_response(200)
    for name, value in headers:
        request.send_header(name, value)
    if length is not None:
        request.send_header('Content-Length', str(length))
    request.end_headers()
    request.wfile.write(body)


def good(files, headers=()):
    """`files`: build id to bytes."""
    def behave(request):
        match = re.fullmatch(r'/buildid/([0-9a-f]+)/(debuginfo|executable|source/.*)', request.path)
        body = files.get(match[1]) if match else None
        if body is None:
            return request.send_error(404)
        return send(request, body, len(body), headers)
    return behave


def status(code):
    return lambda request: request.send_error(code)


def body(content):
    return lambda request: send(request, content, len(content))


def truncated(content):
    """Says how long it is, and closes early."""
    return lambda request: send(request, content[:len(content) // 2], len(content))


def cut_off(content):
    """The same without saying how long it is: an HTTP client cannot tell."""
    return lambda request: send(request, content[:len(content) // 2])


def reset(content):
    """Half of the body, then the connection is torn down."""
    def behave(request):
        send(request, content[:len(content) // 2], len(content))
        request.wfile.flush()
        time.sleep(0.2)
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        request.connection.close()
    return behave


def endless(request):
    send(request, b'\x7fELF')
    while not request.server.ending.is_set():
        request.wfile.write(bytes(STEP))


def silent(request):
    """Takes the question, and says nothing."""
    request.server.ending.wait(60)


def slowly(content, rate, headers=()):
    """`rate` bytes a second."""
    def behave(request):
        send(request, b'', len(content), headers)
        for start in range(0, len(content), rate // 10):
            if request.server.ending.wait(0.1):
                return
            request.wfile.write(content[start:start + rate // 10])
    return behave


@contextlib.contextmanager
def serving(*behaviours):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Server(each)) for each in behaviours]


class Client:
    """Runs a program with a cache of its own and nothing else of debuginfod in its environment."""

    def __init__(self, program):
        self.program = str(program)
        self.folder = tempfile.TemporaryDirectory(prefix='symline-debuginfod-')
        self.cache = pathlib.Path(self.folder.name) / 'cache'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def environment(self, urls, **variables):
        clean = {n: v for n, v in os.environ.items() if not n.startswith('DEBUGINFOD_')}
        clean['DEBUGINFOD_CACHE_PATH'] = str(self.cache)
        if urls:
            clean['DEBUGINFOD_URLS'] = ' '.join(urls)
        return {**clean, **variables}

    def run(self, urls, *arguments, stdin='', variables=None, limit=120):
        return subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True, check=False,
                              input=stdin, timeout=limit, env=self.environment(urls, **(variables or {})))

    def interrupted(self, urls, *arguments, when, number=signal.SIGINT, stdin='', variables=None):
        """The same; `number` is sent once `when()` is true."""
        program = subprocess.Popen([self.program, *map(str, arguments)], stdin=subprocess.PIPE, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment(urls, **(variables or {})))
        program.stdin.write(stdin)
        program.stdin.close()
        program.stdin = None
        deadline = time.monotonic() + 30
        while not when() and time.monotonic() < deadline:
            time.sleep(0.05)
        program.send_signal(number)
        out, err = program.communicate(timeout=30)
        return subprocess.CompletedProcess(program.args, program.returncode, out, err)

    def cached(self):
        """What the cache holds: "BUILDID/debuginfo" and its size. The library's own settings are left out."""
        files = [p for p in self.cache.rglob('*') if p.is_file() and p.parent != self.cache]
        return {str(p.relative_to(self.cache)): p.stat().st_size for p in files}
