"""Boots a kernel with a busybox initramfs in QEMU, lets it report and crash (guest_init.sh), and dumps its memory.

The folder of a guest then holds serial.txt (the console) and, where QEMU writes dumps of the machine, vmcore-elf and
vmcore-zlib (kdump-compressed, flattened)."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "core"))

import archive  # noqa: E402
from kernel_guest import Monitor, contents_of, cpio_entry  # noqa: E402

DUMPS = {"vmcore-elf": {}, "vmcore-zlib": {"format": "kdump-zlib"}}
CRASHED = b"Kernel panic - not syncing: sysrq triggered crash"
# Some machines say no more than this, so that the last words "end Kernel panic" are no sign to wait for.
QUIET_SECONDS = 4


def disk(folder):
    """A small ext4 file system, or nothing where it cannot be made."""
    path = os.path.join(folder, "disk")
    program = shutil.which("mke2fs") or "/usr/sbin/mke2fs"
    if not os.path.exists(program):
        return b""
    with open(path, "wb") as file:
        file.truncate(4 << 20)
    subprocess.run([program, "-q", "-F", "-t", "ext4", "-O", "has_journal", path, "4096"], check=True, stderr=subprocess.DEVNULL)
    return contents_of(path)


def initramfs(kernel, folder):
    parts = [cpio_entry(name, 0o040755) for name in ("bin", "proc", "sys", "dev", "mnt")]
    parts += [cpio_entry("dev/" + name, 0o020600, device=device) for name, device in (("console", (5, 1)), ("null", (1, 3)))]
    parts.append(cpio_entry("bin/busybox", 0o100755, contents_of(f"{kernel}/busybox")))
    modules = list(archive.modules_of(kernel))
    parts += [cpio_entry(f"{name}.ko", 0o100644, data) for name, data in modules]
    parts.append(cpio_entry("modules", 0o100644, "".join(f"{name}\n" for name, _ in modules).encode()))
    parts.append(cpio_entry("disk", 0o100644, disk(folder)))
    parts.append(cpio_entry("init", 0o100755, contents_of(os.path.join(HERE, "guest_init.sh"))))
    return b"".join(parts) + cpio_entry("TRAILER!!!", 0)


def command(architecture, image, serial, control, archive_file):
    words = [f"qemu-system-{architecture.qemu}", *architecture.machine, "-accel", "tcg,thread=single",
             "-smp", str(architecture.cpus), "-m", str(architecture.memory), "-display", "none", "-nodefaults", "-no-reboot",
             "-action", "panic=pause", "-nic", "none", "-serial", f"file:{serial}", "-qmp", f"unix:{control},server,nowait", "-kernel", image, "-initrd", archive_file,
             "-append", f"console={architecture.console} panic=0 rdinit=/init log_buf_len=1M"]
    return words + (["-device", "vmcoreinfo"] if architecture.vmcoreinfo else [])


def wait_for_crash(serial, guest, deadline):
    """Until the kernel has crashed and says no more."""
    size, since = 0, time.monotonic()
    while time.monotonic() < deadline and guest.poll() is None:
        time.sleep(0.5)
        text = contents_of(serial) if os.path.exists(serial) else b""
        if len(text) != size:
            size, since = len(text), time.monotonic()
        elif CRASHED in text and time.monotonic() - since > QUIET_SECONDS:
            return True
    return False


def why_not(architecture, guest, serial, log):
    said = [line.strip() for line in contents_of(log).decode(errors="replace").splitlines() if line.strip()]
    if guest.poll() is not None:
        return f"qemu-system-{architecture.qemu} ended: {said[-1] if said else f'exit status {guest.returncode}'}"
    lines = contents_of(serial).decode(errors="replace").split("\n") if os.path.exists(serial) else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    return f"the guest did not crash in time; its console ends with: {last[:100]}"


def boot(architecture, kernel, out, timeout):
    """Boots and dumps. Returns QEMU's reason where it writes no dump, else None."""
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    image = archive.images_of(kernel)[0]
    serial, log, deadline = f"{out}/serial.txt", f"{out}/qemu.txt", time.monotonic() + timeout
    with tempfile.TemporaryDirectory() as folder, open(log, "wb") as output:
        archive_file, control = f"{folder}/initramfs", f"{folder}/monitor"
        with open(archive_file, "wb") as file:
            file.write(initramfs(kernel, folder))
        guest = subprocess.Popen(command(architecture, image, serial, control, archive_file), stdout=output, stderr=output)
        try:
            if not wait_for_crash(serial, guest, deadline):
                raise archive.Unavailable(why_not(architecture, guest, serial, log))
            return dump_all(Monitor(control, deadline + 60), out)
        finally:
            guest.kill()
            guest.wait()


def dump_all(monitor, out):
    monitor.ask("stop")
    for name, arguments in DUMPS.items():
        try:
            monitor.ask("dump-guest-memory", protocol=f"file:{out}/{name}", paging=False, **arguments)
        except RuntimeError as error:
            return re.sub(r"^[\w-]+: ", "", str(error))
    return None
