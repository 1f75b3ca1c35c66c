"""Gets a kernel, its debug files and busybox out of Debian's archive, for any architecture.

apt runs with a configuration, package lists and a state of its own in the cache folder, one for each architecture and
suite, so that neither the system's lists nor its dpkg are touched. ARCH/ in the cache then holds image (the linux-image
package: boot, and the modules that the guest loads), debug (of its -dbg package vmlinux and the debug files of those
modules, laid out as installed) and busybox. The folder appears only when it is complete."""
import glob
import lzma
import os
import re
import shutil
import subprocess

MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# In the order in which they are loaded; a kernel that has one built in has no file of it.
MODULES = ("qemu_fw_cfg", "loop", "crc16", "mbcache", "jbd2", "libcrc32c", "crc32c_generic", "crc32c-cryptoapi", "ext4")
CONFIGURATION = """\
Dir::State "{folder}";
Dir::State::lists "{folder}/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::SourceList "{folder}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
APT::Architecture "{architecture}";
APT::Architectures {{"{architecture}";}};
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
APT::Update::Error-Mode "any";
"""


class Unavailable(Exception):
    """What is needed cannot be had; the text is one line."""


class Apt:
    """apt for one architecture and suite."""

    def __init__(self, cache, architecture):
        if not shutil.which("apt-get") or not os.path.exists(KEYRING):
            raise Unavailable("downloading needs apt-get and Debian's keys: apt-get install debian-archive-keyring")
        folder = os.path.join(cache, "apt", f"{architecture.suite}-{architecture.debian}")
        for each in ("lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(folder, each), exist_ok=True)
        self.environment = {**os.environ, "APT_CONFIG": os.path.join(folder, "apt.conf"), "LC_ALL": "C"}
        write(os.path.join(folder, "status"), "")
        write(self.environment["APT_CONFIG"], CONFIGURATION.format(folder=folder, architecture=architecture.debian))
        write(os.path.join(folder, "sources.list"), f"deb [signed-by={KEYRING}] {MIRROR} {architecture.suite} main\n")
        self.run("apt-get", "update", "-qq")

    def run(self, *command, folder=None):
        done = subprocess.run(command, env=self.environment, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines() or ["failed"]
            raise Unavailable(f"{' '.join(command)}: {lines[0]}")
        return done.stdout

    def dependency(self, package, pattern):
        """The package that a metapackage stands for."""
        found = re.search(rf"^ *Depends: ({pattern})$", self.run("apt-cache", "depends", package), re.MULTILINE)
        if found is None:
            raise Unavailable(f"{package} depends on no {pattern}")
        return found[1]

    def parts(self, package):
        """The packages with the files of a kernel, where it is one in name only."""
        text = self.run("apt-cache", "depends", package)
        return re.findall(r"^ *Depends: (linux-(?:binary|modules)-[^ :\n]+)", text, re.MULTILINE)

    def download(self, package, folder):
        before = set(os.listdir(folder))
        self.run("apt-get", "download", "-qq", package, folder=folder)
        return os.path.join(folder, (set(os.listdir(folder)) - before).pop())


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def unpack(package, folder, patterns):
    """The files of a package that one of the patterns names. A pattern that names none is no error."""
    os.makedirs(folder, exist_ok=True)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as reader:
        command = ["tar", "x", "-C", folder, "--wildcards", *patterns]
        subprocess.run(command, stdin=reader.stdout, stderr=subprocess.DEVNULL, check=False)
    if reader.returncode != 0:
        raise Unavailable(f"{os.path.basename(package)} cannot be unpacked")


def images_of(folder):
    """The kernel that is booted: in /boot, or since Linux 7 beside its modules."""
    return glob.glob(f"{folder}/image/boot/vmlinu*") or glob.glob(f"{folder}/image/**/vmlinuz", recursive=True)


def is_complete(folder):
    return images_of(folder) and vmlinux_of(folder) and os.path.exists(f"{folder}/busybox")


def kernel_files(cache, architecture, say, refresh=False):
    """The folder ARCH/ of the cache, filled if it is not there."""
    folder = os.path.join(cache, architecture.name)
    if is_complete(folder) and not refresh:
        return folder
    part = f"{folder}.part.{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    try:
        fill(part, architecture, Apt(cache, architecture), say)
        if not is_complete(part):
            raise Unavailable("the packages have no kernel, no vmlinux with debug information or no busybox")
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def fill(part, architecture, apt, say):
    debug = apt.dependency(f"linux-image-{architecture.flavour}-dbg", "linux-image-[0-9].*-dbg")
    modules = [f"*/{module}.ko*" for module in MODULES]
    image = debug.removesuffix("-dbg")
    wanted = {
        **{package: ("image", ["./boot/vmlinu*", "*/vmlinuz", *modules]) for package in [image, *apt.parts(image)]},
        "busybox-static": ("", ["*bin/busybox"]),
        debug: ("debug", ["*/vmlinux-*", "*/vmlinux", *modules]),
    }
    for package, (folder, patterns) in wanted.items():
        say(f"downloading {package} for {architecture.debian} from {architecture.suite}")
        file = apt.download(package, part)
        unpack(file, os.path.join(part, folder), patterns)
        os.unlink(file)
    shutil.move(glob.glob(f"{part}/**/bin/busybox", recursive=True)[0], f"{part}/busybox")


def modules_of(folder):
    """Name and contents of the modules that the guest loads, in order."""
    for module in MODULES:
        for path in glob.glob(f"{folder}/image/**/{module}.ko*", recursive=True):
            with open(path, "rb") as file:
                data = file.read()
            yield module, lzma.decompress(data) if path.endswith(".xz") else data


def vmlinux_of(folder):
    """The file with debug information, or None."""
    found = glob.glob(f"{folder}/debug/usr/lib/debug/boot/vmlinux-*")
    return found[0] if found else next((path for path in glob.glob(f"{folder}/debug/**/vmlinux", recursive=True)), None)


def release_of(vmlinux):
    name = os.path.basename(vmlinux)
    return name.removeprefix("vmlinux-") if name != "vmlinux" else os.path.basename(os.path.dirname(vmlinux))
