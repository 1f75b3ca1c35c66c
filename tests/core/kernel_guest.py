#!/usr/bin/env python3
"""Boots a kernel in QEMU, lets it report, trace, oops and panic, and dumps its memory in every form that QEMU writes.

    kernel_guest.py --tree FOLDER --out FOLDER [--headers FOLDER] [--memory 192] [--timeout 300]

The tree is a linux-image package of Debian, unpacked (dpkg-deb -x); the initramfs one static busybox with guest/init.sh
and qemu_fw_cfg, by which the kernel tells QEMU its VMCOREINFO; no disk, no network. With the kernel's headers, unpacked, a
module that faults (guest/symline_faults.c) is built and loaded. The output is serial.txt (the console), traces.txt (what
init.sh reads of ftrace and /proc), module, and vmcore-{elf,elf-paging,zlib,lzo,snappy}: the last three are kdump-compressed
and flattened (Debian's QEMU writes zlib alone). Ends with 77 when QEMU, busybox or the kernel is not here."""

import argparse
import glob
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest")
# On a busy machine QEMU's timer comes so late that a kernel which tests it says "IO-APIC + timer doesn't work!" and panics.
APPEND = "console=ttyS0,115200 panic=0 rdinit=/init log_buf_len=1M no_timer_check"
DUMPS = {
    "vmcore-elf": {"paging": False},
    "vmcore-elf-paging": {"paging": True},
    "vmcore-zlib": {"paging": False, "format": "kdump-zlib"},
    "vmcore-lzo": {"paging": False, "format": "kdump-lzo"},
    "vmcore-snappy": {"paging": False, "format": "kdump-snappy"},
}


def cpio_entry(name, mode, data=b"", device=(0, 0)):
    fields = [1, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return header + b"\0" * (-len(header) % 4) + data + b"\0" * (-len(data) % 4)


def contents_of(path):
    with open(path, "rb") as file:
        return file.read()


def build_module(arguments):
    """The path of the guest's own module, or None where the headers of its kernel or a compiler are missing."""
    folder = os.path.join(arguments.out, "module")
    headers = sorted(glob.glob(os.path.join(arguments.headers, "usr/src/linux-headers-*-amd64")))
    if not headers or shutil.which("make") is None:
        print("the guest's own module is not built: no headers of its kernel, or no make", file=sys.stderr)
        return None
    os.makedirs(folder, exist_ok=True)
    for name in ("symline_faults.c", "Makefile"):
        shutil.copy(os.path.join(GUEST, name), folder)
    done = subprocess.run(["make", "-s", "-C", headers[0], f"M={folder}", "modules"], capture_output=True, text=True)
    if done.returncode != 0:
        print("the guest's own module is not built:", done.stderr[-600:], file=sys.stderr)
        return None
    return os.path.join(folder, "symline_faults.ko")


def modules(tree, own):
    """Name and contents of the modules that the guest loads."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(tree, "lib", "modules"))
             for name in names if name == "qemu_fw_cfg.ko"]
    for path in paths + ([own] if own else []):
        yield os.path.basename(path), contents_of(path)


def initramfs(busybox, tree, own):
    archive = b"".join(cpio_entry(folder, 0o040755) for folder in ("bin", "proc", "sys", "dev"))
    for name, device in {"console": (5, 1), "kmsg": (1, 11), "null": (1, 3), "zero": (1, 5), "ttyS1": (4, 65)}.items():
        archive += cpio_entry("dev/" + name, 0o020600, device=device)
    archive += cpio_entry("bin/busybox", 0o100755, contents_of(busybox))
    for name, contents in modules(tree, own):
        archive += cpio_entry(name, 0o100644, contents)
    init = contents_of(os.path.join(GUEST, "init.sh"))
    return archive + cpio_entry("init", 0o100755, init) + cpio_entry("TRAILER!!!", 0)


class Monitor:
    """QEMU's machine protocol: one JSON object a line."""

    def __init__(self, path, deadline):
        self.deadline = deadline
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self.socket.settimeout(max(1, deadline - time.monotonic()))
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        request = {"execute": command, "arguments": arguments}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]


def wait_for_panic(serial, guest, deadline):
    while time.monotonic() < deadline and guest.poll() is None:
        if os.path.exists(serial):
            with open(serial, "rb") as file:
                if b"end Kernel panic" in file.read():
                    time.sleep(1)
                    return True
        time.sleep(0.5)
    return False


def dump_all(monitor, out):
    monitor.ask("stop")
    for name, arguments in DUMPS.items():
        path = os.path.join(out, name)
        try:
            monitor.ask("dump-guest-memory", protocol=f"file:{path}", **arguments)
        except RuntimeError as error:  # built without that compression
            print(f"{name}: {error}", file=sys.stderr)


def kernels(tree):
    return sorted(glob.glob(os.path.join(tree, "boot", "vmlinuz-*-amd64")))


def run(arguments, qemu, busybox):
    serial = os.path.join(arguments.out, "serial.txt")
    own = build_module(arguments)
    kernel = kernels(arguments.tree)[0]
    deadline = time.monotonic() + arguments.timeout
    with tempfile.TemporaryDirectory() as folder:
        archive, control = os.path.join(folder, "initramfs"), os.path.join(folder, "monitor")
        with open(archive, "wb") as file:
            file.write(initramfs(busybox, arguments.tree, own))
        guest = subprocess.Popen(
            [qemu, "-accel", "tcg,thread=single", "-cpu", "max,la57=off", "-smp", "2", "-m", str(arguments.memory),
             "-display", "none", "-nodefaults", "-no-reboot", "-nic", "none", "-device", "vmcoreinfo",
             "-serial", f"file:{serial}", "-serial", f"file:{arguments.out}/traces.txt",
             "-qmp", f"unix:{control},server,nowait", "-kernel", kernel,
             "-initrd", archive, "-append", APPEND])
        try:
            monitor = Monitor(control, deadline)
            if not wait_for_panic(serial, guest, deadline):
                print("the guest did not panic in time", file=sys.stderr)
                return 1
            dump_all(monitor, arguments.out)
            monitor.ask("quit")
            guest.wait(30)
        finally:
            guest.kill()
    return 0


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", required=True)
    parser.add_argument("--out", required=True, type=os.path.abspath)
    parser.add_argument("--headers", default="")
    parser.add_argument("--memory", type=int, default=192)
    parser.add_argument("--timeout", type=float, default=300)
    arguments = parser.parse_args(words)
    qemu, busybox = shutil.which("qemu-system-x86_64"), shutil.which("busybox")
    # What an earlier guest said must not be taken for this one's.
    shutil.rmtree(arguments.out, ignore_errors=True)
    if qemu is None or busybox is None or not kernels(arguments.tree):
        print("no kernel to boot" if qemu and busybox else "qemu-system-x86_64 or busybox is not installed")
        return 77
    os.makedirs(arguments.out)
    return run(arguments, qemu, busybox)


if __name__ == "__main__":
    sys.exit(main())
