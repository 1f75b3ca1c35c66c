# shellcheck shell=bash
# Shared by the test scripts: messages, packages, the build, and a kernel's debug package.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '== %s\n' "$*"; }
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# shellcheck disable=SC2034  # for the scripts that read this file
build_packages=(cmake ninja-build g++ pkg-config python3 llvm-19-dev zlib1g-dev libzstd-dev liblzma-dev libdeflate-dev
    libarchive-dev libdebuginfod-dev libcli11-dev)
# shellcheck disable=SC2034
test_packages=(doctest-dev binutils elfutils llvm-19 xz-utils mandoc debuginfod libarchive-tools libc6-dbg rpm strace
    gdb lz4 zstd make gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user qemu-system-x86 busybox-static)

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "cannot install packages: neither root nor sudo is there; needed: $*"
    fi
}

# Installs what is missing of the packages it is given; no call of apt when nothing is.
install_packages() {
    command -v apt-get >/dev/null || {
        say "no apt-get here: taking it that these are installed: $*"
        return 0
    }
    local package missing=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    if [ ${#missing[@]} = 0 ]; then
        say "all packages are installed"
        return 0
    fi
    say "installing ${missing[*]}"
    local output
    output=$(as_root apt-get update -qq 2>&1) || fail "apt-get update failed: $output"
    output=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" 2>&1) ||
        fail "apt-get install failed: $(tail -n 5 <<<"$output")"
}

# build PRESET [OPTION...]: configures and builds; both do nothing when all is up to date.
build() {
    local preset=$1 log
    shift
    say "building, preset $preset (in build/$preset)"
    log=$root/build/$preset-build.log
    mkdir -p "$root/build"
    local compiler_cache=()
    command -v ccache >/dev/null && compiler_cache=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    if ! (cd "$root" && cmake --preset "$preset" "${compiler_cache[@]}" "$@") >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        fail "cmake could not configure preset $preset (all of it in $log)"
    fi
    if ! (cd "$root" && cmake --build --preset "$preset") >"$log" 2>&1; then
        grep -A 30 -m 1 '^FAILED' "$log" >&2 || tail -n 30 "$log" >&2
        fail "the build of preset $preset failed (all of it in $log)"
    fi
}

# kernel_debug_files: Debian's current kernel for virtual machines, with debug information (280 MB), unpacked in
# build/kernel. Returns 1, having said why, where it cannot be had. The folder appears only when it is complete.
kernel_debug_files() {
    local kernel=$root/build/kernel meta=linux-image-cloud-amd64-dbg package part
    if [ -d "$kernel/usr/lib/debug" ]; then
        say "kernel debug files are in build/kernel"
        return 0
    fi
    # The package belongs to Debian; its metapackage depends on the one that holds the files.
    if ! command -v apt-cache >/dev/null || ! grep -qs '^ID=debian' /etc/os-release; then
        say "no kernel debug files: $meta is a package of Debian, and this is another system"
        return 1
    fi
    package=$(apt-cache depends "$meta" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[^ ]*-dbg\)$/\1/p' | head -n 1)
    if [ -z "$package" ]; then
        as_root apt-get update -qq || true
        package=$(apt-cache depends "$meta" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[^ ]*-dbg\)$/\1/p' | head -n 1)
    fi
    if [ -z "$package" ]; then
        say "no kernel debug files: apt does not know $meta on this system"
        return 1
    fi
    say "downloading $package, about 280 MB, once"
    part=$root/build/kernel.part.$$
    mkdir -p "$part"
    # A failed download may be an outdated package list: bring it up to date once.
    local download=(apt-get download -qq -o APT::Sandbox::User=root "$package")
    if ! (cd "$part" && { "${download[@]}" || { as_root apt-get update -qq && "${download[@]}"; }; }); then
        rm -rf "$part"
        say "no kernel debug files: the download of $package failed (no network?)"
        return 1
    fi
    if ! dpkg-deb -x "$part"/linux-image-*.deb "$part/files" || [ ! -d "$part/files/usr/lib/debug" ]; then
        rm -rf "$part"
        say "no kernel debug files: $package could not be unpacked"
        return 1
    fi
    # The package as it is, for the test that serves it.
    mv "$part"/linux-image-*.deb "$kernel.deb"
    mv -T "$part/files" "$kernel"
    rm -rf "$part"
}

# guest_kernel: the image and modules of that kernel, to be booted in QEMU and crashed, unpacked in build/guest.
guest_kernel() {
    local guest=$root/build/guest image package part
    [ ! -d "$guest/boot" ] || return 0
    image=$(basename "$root"/build/kernel/usr/lib/debug/boot/vmlinux-*)
    package=linux-image-${image#vmlinux-}
    say "downloading $package, about 30 MB, once"
    part=$root/build/guest.part.$$
    mkdir -p "$part"
    # Debian builds the image first, and signs it days later: the same kernel, which the guest boots as well.
    local download=(apt-get download -qq -o APT::Sandbox::User=root)
    if ! (cd "$part" && { "${download[@]}" "$package" 2>/dev/null || "${download[@]}" "$package-unsigned"; }) ||
        ! dpkg-deb -x "$part"/linux-image-*.deb "$part/files"; then
        rm -rf "$part"
        say "no kernel to boot: $package could not be downloaded and unpacked"
        return 1
    fi
    mv -T "$part/files" "$guest"
    rm -rf "$part"
}

# guest_headers: what a module of that kernel is built with, unpacked in build/guest-headers. Without it the guest loads none.
guest_headers() {
    local headers=$root/build/guest-headers image release kbuild package part
    [ ! -d "$headers/usr/src" ] || return 0
    image=$(basename "$root"/build/kernel/usr/lib/debug/boot/vmlinux-*)
    release=${image#vmlinux-}
    kbuild=$(apt-cache depends "linux-headers-$release" 2>/dev/null | sed -n 's/^ *Depends: \(linux-kbuild-.*\)$/\1/p')
    say "downloading linux-headers-$release and what it needs, about 14 MB, once"
    part=$root/build/guest-headers.part.$$
    mkdir -p "$part"
    for package in "linux-headers-$release" "linux-headers-${release%-cloud-amd64}-common" "$kbuild"; do
        if ! (cd "$part" && apt-get download -qq -o APT::Sandbox::User=root "$package") ||
            ! dpkg-deb -x "$part/$package"_*.deb "$part/files"; then
            rm -rf "$part"
            say "no headers of the guest's kernel: $package could not be downloaded and unpacked"
            return 1
        fi
    done
    # Its makefile names the common part by where it would be installed.
    sed -i "s|^include /usr/src/|include $headers/usr/src/|" "$part/files/usr/src/linux-headers-$release/Makefile"
    mv -T "$part/files" "$headers"
    rm -rf "$part"
}
