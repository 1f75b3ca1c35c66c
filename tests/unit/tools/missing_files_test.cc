#include "tools/missing_files.h"

#include <doctest/doctest.h>

using namespace symline;
using namespace symline::tools;

namespace {

constexpr MissingFileWords kWords{.vmlinux = "-k FILE",
                                  .no_release = "the text names no release: -r RELEASE does"};

std::string line(MissingFiles missing) {
    missing.vmlinux = true;
    return missing_files_line(missing, kWords);
}

}  // namespace

TEST_CASE("missing files: the options that help") {
    using Remedy = MissingFiles::Remedy;
    CHECK(line({.release = "6.12.6"}) == "no debug file of kernel 6.12.6: vmlinux");
    CHECK(line({.remedy = Remedy::release}) ==
          "no debug file of this kernel: vmlinux; the text names no release: -r RELEASE does");
    CHECK(line({.release = "6.12.6", .remedy = Remedy::vmlinux}) ==
          "no debug file of kernel 6.12.6: vmlinux; its release is of no distribution that is "
          "known; -k FILE gives the file of a kernel built by hand, --debug-package that of a "
          "package");
    CHECK(line({.release = "6.12.6", .modules = {"xfs"}, .remedy = Remedy::module_folder}) ==
          "no debug file of kernel 6.12.6: vmlinux, module xfs; not among the files of this "
          "vmlinux: -m FOLDER names where it is");
}

TEST_CASE("missing files: of a process, where nothing is known that would help") {
    MissingModules missing{.modules = {{.name = "/opt/a"}, {.name = "/opt/b"}}};
    CHECK(missing_files_line(missing) == "no debug file of a (no build id), b (no build id)");
    missing.modules[1].build_id = BuildId::parse("00ff");
    CHECK(
        missing_files_line(missing) ==
        "no debug file of a (no build id), b (build id 00ff); symline find -v 00ff shows where it "
        "was looked for, --debug-dir and --debug-package name other places");
    missing.source.command = "apt-get install b-dbgsym";
    CHECK(missing_files_line(missing) == describe(missing));
}

TEST_CASE("missing files: a server that was not asked") {
    CHECK(line({.release = "6.12.6",
                .remedy = MissingFiles::Remedy::source,
                .source = {.distribution = "Debian", .command = "apt-get install it"},
                .servers_need_build_id = true}) ==
          "no debug file of kernel 6.12.6: vmlinux; to get it on Debian: apt-get install it; no "
          "server was asked, since the text gives no build id");
}
