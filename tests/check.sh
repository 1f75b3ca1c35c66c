#!/usr/bin/env bash
# Installs what is needed (Debian 12 or 13, Ubuntu 24.04), builds, and runs every test.
#
#   tests/check.sh [--asan] [--no-kernel] [-- CTEST-OPTION...]
#
#   --asan        also build with AddressSanitizer and UndefinedBehaviorSanitizer, and run unit and golden tests; and with
#                 ThreadSanitizer, and run the unit tests that start threads
#   --no-kernel   do not download a kernel's debug files; the tests that need them count as skipped
#
# A second run takes what is up to date as it is. Exit status: 0 when every test passed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

asan=no kernel=yes
while [ $# -gt 0 ]; do
    case $1 in
    --asan) asan=yes ;;
    --no-kernel) kernel=no ;;
    --)
        shift
        break
        ;;
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
        exit 0
        ;;
    *) fail "unknown option $1 (see --help)" ;;
    esac
    shift
done

install_packages "${build_packages[@]}" "${test_packages[@]}"
[ $kernel = no ] || { kernel_debug_files && guest_kernel && { guest_headers || say "the guest will load no module of its own"; }; } ||
    say "kernel tests without their files will be skipped"

build default -DSYMLINE_TESTS=ON
status=0
if [ $asan = yes ]; then
    build asan
    say "unit and golden tests with sanitizers"
    ctest --test-dir "$root/build/asan" --output-on-failure --no-tests=error -j "$(nproc)" -L 'unit|golden' || status=1
    build tsan
    say "unit tests of threads with ThreadSanitizer"
    ctest --test-dir "$root/build/tsan" --output-on-failure --no-tests=error -L threads || status=1
fi

say "every test"
ctest --test-dir "$root/build/default" --output-on-failure --no-tests=error -j "$(nproc)" "$@" || status=1
exit $status
