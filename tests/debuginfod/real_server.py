"""A real debuginfod on loopback: a free port, its own database, stopped at the end; and packages for it."""
import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import servers


def debug_file(program, to):
    to.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(['objcopy', '--only-keep-debug', str(program), str(to)], check=True)


def stripped(program, to):
    to.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(['strip', '-o', str(to), str(program)], check=True)


def build_deb(name, tree, to):
    control = tree / 'DEBIAN/control'
    control.parent.mkdir(parents=True)
    control.write_text(f'Package: {name}\nVersion: 1.0-1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\n'
                       'Description: debug files for a test\n')
    subprocess.run(['dpkg-deb', '--root-owner-group', '-Zxz', '-z1', '-b', str(tree), str(to)], check=True,
                   stdout=subprocess.DEVNULL)
    return to / f'{name}_1.0-1_all.deb'


SPEC = '''%global debug_package %{{nil}}
%global __os_install_post %{{nil}}
%global _build_id_links none
Name: {name}
Version: 1.0
Release: 1
Summary: debug files for a test
License: none
BuildArch: noarch
%description
Debug files for a test.
%install
cp -a {tree}/. %{{buildroot}}
%files
/*
'''


def build_rpm(name, tree, to):
    with tempfile.TemporaryDirectory() as work:
        spec = pathlib.Path(work) / 'package.spec'
        spec.write_text(SPEC.format(name=name, tree=tree))
        subprocess.run(['rpmbuild', '-bb', '--quiet', '--define', f'_topdir {work}', '--define', f'_rpmdir {to}',
                        '--define', '_binaries_in_noarch_packages_terminate_build 0', str(spec)],
                       check=True, capture_output=True)


def metric(url, name):
    with contextlib.suppress(OSError), urllib.request.urlopen(f'{url}/metrics', timeout=5) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name):
                return float(line.split()[-1])
    return None


def has(url, path):
    try:
        with urllib.request.urlopen(urllib.request.Request(f'{url}/buildid/{path}', method='GET'), timeout=60) as answer:
            answer.read(1)
            return True
    except (urllib.error.HTTPError, OSError):
        return False


@contextlib.contextmanager
def debuginfod(folder, *expected, options=(), limit=30):
    """Serves the files, .debs and .rpms of a folder; yields the URL once it has `expected` ("BUILDID/debuginfo")."""
    with tempfile.TemporaryDirectory(prefix='symline-server-') as work:
        port = servers.free_port()
        url = f'http://127.0.0.1:{port}'
        with open(pathlib.Path(work) / 'log', 'w', encoding='utf-8') as log:
            server = subprocess.Popen(['debuginfod', '-p', str(port), '-d', f'{work}/db.sqlite', '-F', '-R', '-U', '-t', '0',
                                       *options, str(folder)], stdout=log, stderr=log,
                                      env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': work, 'TMPDIR': work})
        try:
            deadline = time.monotonic() + limit
            while not all(has(url, each) for each in expected):
                if server.poll() is not None or time.monotonic() > deadline:
                    log_text = (pathlib.Path(work) / 'log').read_text(encoding='utf-8')
                    raise RuntimeError(f'debuginfod does not serve {expected}:\n{log_text[:3000]}')
                time.sleep(0.2)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:  # it ends the extraction of a package first
                server.kill()
                server.wait()


def installed():
    return all(shutil.which(each) for each in ('debuginfod', 'bsdtar', 'dpkg-deb', 'rpmbuild', 'objcopy', 'strip'))
