#!/usr/bin/env bash
# Installs what is needed, builds, and asks both programs about real input, showing each command and its answer.
#
#   tests/quickstart.sh [--small]
#
#   --small   a small program of fixtures/ instead of Debian's kernel (a download of about 280 MB, once)
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

small=no
case ${1-} in
'') ;;
--small) small=yes ;;
-h | --help)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
    exit 0
    ;;
*) fail "unknown option $1 (see --help)" ;;
esac

# run COMMAND...: shows it as one would type it, then runs it.
run() {
    printf '\n$ %s\n' "$*"
    PATH=$root/build/default/bin:$PATH "$@" || fail "this command failed: $*"
}

# place FILE FUNCTION OFFSET: the address of FUNCTION+OFFSET, and the size the kernel prints after a slash: the
# distance to the next symbol.
place() {
    python3 - "$root/tests/lib" "$@" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
from elf import Elf
elf = Elf(sys.argv[2])
symbol = next((y for y in elf.symbols() if y.name == sys.argv[3]), None)
if symbol is None:
    sys.exit(f'{sys.argv[2]} has no symbol {sys.argv[3]}')
print(f'{symbol.value + int(sys.argv[4], 16):#x} {elf.kallsyms_size(symbol):#x}')
PYTHON
}

# ask FILE FUNCTION OFFSET [OPTION...]: the same place by symbol and by address.
ask() {
    local file=$1 function=$2 offset=$3 found address size
    shift 3
    found=$(place "$file" "$function" "$offset")
    read -r address size <<<"$found"
    run symline-faddr2line "$file" "$function+$offset/$size"
    run symline-addr2line -e "$file" "$@" -afip "$address"
}

install_packages "${build_packages[@]}"
build default -DSYMLINE_TESTS=OFF

if [ $small = no ] && ! kernel_debug_files; then
    say "going on with a small program instead"
    small=yes
fi
if [ $small = yes ]; then
    cd "$root/fixtures/bin"
    say "in fixtures/bin"
    ask mini-vmlinux-gcc sched_fork 0x20
    ask mini-module.ko worker 0x4 -j .text
    exit 0
fi

cd "$root/build/kernel/usr/lib/debug"
vmlinux=$(echo boot/vmlinux-*)
module=$(find lib/modules -name xfs.ko | head -n 1)
say "in $PWD"
ask "$vmlinux" tcp_v4_rcv 0x803
ask "$module" xfs_file_read_iter 0x10 -j .text
