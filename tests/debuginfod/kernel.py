#!/usr/bin/env python3
"""Debian's kernel: debuginfod serves its debug package (build/kernel.deb, else the files unpacked from it), and an oops
is decoded with nothing but DEBUGINFOD_URLS set. The answers are those that the unpacked files give."""
import pathlib
import re
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import real_server
import servers
from elf import Elf
from programs import place
from servers import Client, build_id

FUNCTIONS = (('vmlinux', 'tcp_v4_rcv', 0x803), ('vmlinux', 'do_sys_openat2', 0x4d), ('vmlinux', 'vfs_read', 0x9e),
             ('xfs', 'xfs_file_read_iter', 0x10), ('btrfs', 'btrfs_file_write_iter', 0xa))


def oops(files, release):
    """As a kernel prints it that has CONFIG_STACKTRACE_BUILD_ID: Debian's has not, and leaves the ids out."""
    frames = ''
    for module, name, offset in FUNCTIONS:
        tail = '' if module == 'vmlinux' else f' [{module} {build_id(files[module])}]'
        frames += f' {place(files[module], name, offset)}{tail}\n'
    return (f'BUG: kernel NULL pointer dereference, address: 0000000000000010\n'
            f'CPU: 0 PID: 812 Comm: cat Not tainted {release} #1 {build_id(files["vmlinux"])}\n'
            f'Call Trace:\n <TASK>\n{frames} </TASK>\n')


def main(programs, kernel):
    images = sorted(kernel.glob('usr/lib/debug/boot/vmlinux-*'))
    if not images or not real_server.installed():
        print('no kernel debug package here, or no debuginfod: tests/check.sh fetches both on Debian')
        return servers.SKIPPED
    release = images[0].name.removeprefix('vmlinux-')
    files = {m: next(kernel.rglob(f'{m}.ko')) for m in ('xfs', 'btrfs')} | {'vmlinux': images[0]}
    log = oops(files, release)
    package = kernel.parent / 'kernel.deb'
    with tempfile.TemporaryDirectory() as folder:
        served = pathlib.Path(folder)
        if package.exists():
            (served / package.resolve().name).symlink_to(package.resolve())
        else:
            (served / 'debug').symlink_to((kernel / 'usr/lib/debug').resolve())
        wanted = [f'{build_id(path)}/debuginfo' for path in files.values()]
        start = time.monotonic()
        with real_server.debuginfod(served, *wanted, options=('-L', '--disable-source-scan'), limit=480) as url, \
                Client(programs / 'symline') as client:
            print(f'debuginfod serves {package.resolve().name if package.exists() else "the unpacked files"} '
                  f'after {time.monotonic() - start:.0f} s')
            start = time.monotonic()
            # Unpacking the package takes the server a minute or more on a busy machine.
            fetched = client.run([url], 'decode', '--sysroot', folder, stdin=log, limit=600,
                                 variables={'DEBUGINFOD_TIMEOUT': '500'})
            print(f'decoded in {time.monotonic() - start:.1f} s, {sum(client.cached().values()) / 1e6:.0f} MB fetched')
            print(fetched.stdout, fetched.stderr, sep='\n')
            again = client.run([], 'decode', '--offline', '--sysroot', folder, stdin=log)
            on_disk = client.run([], 'decode', '--sysroot', kernel, stdin=log)
    problems = []
    if len(re.findall(r'\.[ch]:\d+', fetched.stdout)) < len(FUNCTIONS):
        problems.append('frames without lines')
    if fetched.stdout != on_disk.stdout:
        problems.append(f'not what the unpacked files give:\n{on_disk.stdout}')
    if again.stdout != fetched.stdout:
        problems.append(f'another answer from the cache:\n{again.stdout}')
    print('\n'.join(problems))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])))
