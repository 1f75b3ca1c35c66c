"""The kernels that tests/kernels/run boots: where Debian has each, and the machine that QEMU makes for it."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Architecture:
    name: str  # what the command line says
    debian: str  # Debian's name of the architecture
    suite: str
    flavour: str  # linux-image-FLAVOUR-dbg is the metapackage of the debug files
    qemu: str  # qemu-system-QEMU; empty where the kernel is not booted
    package: str  # Debian's package with that program
    machine: tuple  # QEMU's options
    console: str
    memory: int = 320  # MB
    cpus: int = 2
    vmcoreinfo: bool = False  # whether QEMU has the device here by which the kernel hands over VMCOREINFO
    # What symline says instead of reading the machine's dumps, or None where it reads them.
    refusal: str | None = None
    firmware: tuple = ()  # (file below /usr/share, package) of what QEMU needs besides


PSERIES = "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken"
UNREADABLE = "a kernel dump of machine .*: only those of .* are read"

ARCHITECTURES = {each.name: each for each in (
    Architecture("amd64", "amd64", "trixie", "cloud-amd64", "x86_64", "qemu-system-x86",
                 ("-cpu", "max,la57=off"), "ttyS0", vmcoreinfo=True),
    Architecture("arm64", "arm64", "bookworm", "cloud-arm64", "aarch64", "qemu-system-arm",
                 ("-M", "virt,gic-version=3", "-cpu", "max,pauth-impdef=on"), "ttyAMA0", vmcoreinfo=True),
    Architecture("arm64-7.2", "arm64", "sid", "cloud-arm64", "aarch64", "qemu-system-arm",
                 ("-M", "virt,gic-version=3", "-cpu", "max,pauth-impdef=on"), "ttyAMA0", vmcoreinfo=True),
    Architecture("riscv64", "riscv64", "trixie", "riscv64", "riscv64", "qemu-system-misc",
                 ("-M", "virt", "-cpu", "rv64"), "ttyS0", firmware=(("qemu/opensbi-riscv64-*", "opensbi"),)),
    Architecture("s390x", "s390x", "bookworm", "s390x", "s390x", "qemu-system-misc",
                 ("-M", "s390-ccw-virtio", "-cpu", "max"), "ttysclp0"),
    # Its memory is a multiple of 256 MB.
    Architecture("ppc64el", "ppc64el", "bookworm", "powerpc64le", "ppc64", "qemu-system-ppc",
                 ("-M", PSERIES, "-cpu", "power9"), "hvc0", memory=512),
    Architecture("mips64el", "mips64el", "bookworm", "5kc-malta", "mips64el", "qemu-system-mips",
                 ("-M", "malta", "-cpu", "5KEf"), "ttyS0", cpus=1, refusal=UNREADABLE),
    Architecture("i386", "i386", "bookworm", "686-pae", "i386", "qemu-system-x86",
                 ("-cpu", "max"), "ttyS0", vmcoreinfo=True, refusal=UNREADABLE),
    Architecture("armhf", "armhf", "bookworm", "armmp", "arm", "qemu-system-arm",
                 ("-M", "virt,highmem=off", "-cpu", "cortex-a15"), "ttyAMA0", cpus=1, refusal=UNREADABLE),
    # QEMU before 9 boots no kernel that is an EFI application alone, as this one; its places are compared all the same.
    Architecture("loong64", "loong64", "sid", "loong64", "", "", (), ""),
)}
