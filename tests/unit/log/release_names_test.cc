#include "log/release_names.h"

#include <doctest/doctest.h>

#include <string>

#include "log/parser.h"

using namespace symline::log;

namespace {

/// Of a line, as a stream of lines has it.
std::string release_of(std::string_view line) {
    ParsedLine result;
    Parser parser;
    if (!parser.wants(line)) return {};
    parser.parse(line, result);
    return std::string(result.facts.release);
}

constexpr std::string_view kRelease = "6.1.0-44-amd64";

}  // namespace

TEST_CASE("release names: what tools, loggers and people write in front of one") {
    for (const char* line :
         {"Kernel: 6.1.0-44-amd64",
          "Kernel: Linux 6.1.0-44-amd64 (SMP w/8 CPU threads; PREEMPT)",
          "  Kernel: 6.1.0-44-amd64 arch: x86_64 bits: 64 compiler: gcc v: 12.2.0",
          "Host: pc  Kernel: 6.1.0-44-amd64",
          "kernel:         6.1.0-44-amd64",
          "Kernel version: 6.1.0-44-amd64",
          "- Kernel Version: 6.1.0-44-amd64,",
          "Kernel release: 6.1.0-44-amd64.",
          "| kernel version: 6.1.0-44-amd64 |",
          "Uname: Linux 6.1.0-44-amd64 x86_64",
          "# os release : 6.1.0-44-amd64",
          "OSRELEASE=6.1.0-44-amd64",
          "     RELEASE: 6.1.0-44-amd64",
          "Linux h 6.1.0-44-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.164-1 x86_64 GNU/Linux",
          "uname: Linux h 6.1.0-44-amd64 #1 SMP",
          "$ uname -a; Linux h 6.1.0-44-amd64 #1 SMP",
          "(I run Linux h 6.1.0-44-amd64 #1 SMP here)",
          "**Kernel:** `6.1.0-44-amd64`",
          "[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.1.0-44-amd64 root=/dev/sda1 ro",
          "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.1.0-44-amd64"}) {
        CAPTURE(std::string(line));
        CHECK(release_of(line) == kRelease);
    }
}

TEST_CASE("release names: what is none") {
    for (const char* line :
         {"Kernel: 6.1", "Kernel: 22.04.1", "Kernel: see above", "the kernel: 6.1.0-44-amd64",
          "subKernel: 6.1.0-44-amd64", "Found linux image: /boot/vmlinuz-6.1.0-44-amd64",
          "Linux h 6.1.0-44-amd64 and others", "Linux 6.1.0-44-amd64", "RELEASE: 12.5.0",
          "Kernel panic - not syncing: 6.1.0", "BOOT_IMAGE=/boot/kernel-6.1.0"}) {
        CAPTURE(std::string(line));
        CHECK(release_of(line) == "");
    }
}
