#!/usr/bin/env python3
"""Boots a kernel in QEMU, crashes it by sysrq-c and dumps its memory in every form that QEMU writes.

    kernel_guest.py --tree FOLDER --out FOLDER [--memory 192] [--timeout 300]

The tree is a linux-image package of Debian, unpacked (dpkg-deb -x); the initramfs one static busybox
and qemu_fw_cfg, by which the kernel tells QEMU its VMCOREINFO; no disk, no network. The output is
serial.txt and vmcore-{elf,elf-paging,zlib,lzo,snappy}: the last three are kdump-compressed and
flattened (Debian's QEMU writes zlib alone). Ends with 77 when QEMU or busybox is not installed."""

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

INIT = b"""#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
for module in /*.ko; do /bin/busybox insmod $module; done
/bin/busybox sleep 1000 &
/bin/busybox sleep 1
echo 7 > /proc/sys/kernel/printk
echo "symline guest: about to crash" > /dev/kmsg
echo c > /proc/sysrq-trigger
"""
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


def modules(tree):
    """name and contents of the modules that the guest loads"""
    for folder, _, names in os.walk(os.path.join(tree, "lib", "modules")):
        for name in names:
            if name == "qemu_fw_cfg.ko":
                with open(os.path.join(folder, name), "rb") as file:
                    yield name, file.read()


def initramfs(busybox, tree):
    archive = b"".join(cpio_entry(folder, 0o040755) for folder in ("bin", "proc", "dev"))
    archive += cpio_entry("dev/console", 0o020600, device=(5, 1))
    archive += cpio_entry("dev/kmsg", 0o020600, device=(1, 11))
    with open(busybox, "rb") as file:
        archive += cpio_entry("bin/busybox", 0o100755, file.read())
    for name, contents in modules(tree):
        archive += cpio_entry(name, 0o100644, contents)
    return archive + cpio_entry("init", 0o100755, INIT) + cpio_entry("TRAILER!!!", 0)


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


def run(arguments, qemu, busybox):
    os.makedirs(arguments.out, exist_ok=True)
    serial = os.path.join(arguments.out, "serial.txt")
    if os.path.exists(serial):
        os.remove(serial)
    kernel = sorted(glob.glob(os.path.join(arguments.tree, "boot", "vmlinuz-*")))[0]
    deadline = time.monotonic() + arguments.timeout
    with tempfile.TemporaryDirectory() as folder:
        archive, control = os.path.join(folder, "initramfs"), os.path.join(folder, "monitor")
        with open(archive, "wb") as file:
            file.write(initramfs(busybox, arguments.tree))
        guest = subprocess.Popen(
            [qemu, "-accel", "tcg,thread=multi", "-cpu", "max,la57=off", "-smp", "2", "-m", str(arguments.memory),
             "-display", "none", "-nodefaults", "-no-reboot", "-nic", "none", "-device", "vmcoreinfo",
             "-serial", f"file:{serial}", "-qmp", f"unix:{control},server,nowait", "-kernel", kernel,
             "-initrd", archive, "-append", "console=ttyS0,115200 panic=0 rdinit=/init"])
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
    parser.add_argument("--out", required=True)
    parser.add_argument("--memory", type=int, default=192)
    parser.add_argument("--timeout", type=float, default=300)
    arguments = parser.parse_args(words)
    qemu, busybox = shutil.which("qemu-system-x86_64"), shutil.which("busybox")
    if qemu is None or busybox is None:
        print("qemu-system-x86_64 or busybox is not installed", file=sys.stderr)
        return 77
    return run(arguments, qemu, busybox)


if __name__ == "__main__":
    sys.exit(main())
