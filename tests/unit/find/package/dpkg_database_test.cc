#include "find/package/dpkg_database.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "support/files.h"

using namespace symline;
using namespace symline::find;
using symline::test::TemporaryFolder;

namespace {

constexpr std::string_view kStatus =
    "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b2\n\n"
    "Package: libfoo1\nArchitecture: i386\nVersion: 1.0-3\n\n"
    "Package: libfoo1\nSource: foo\nArchitecture: amd64\nVersion: 1.0-2\n"
    "Description: a library\n .\n Package: libfoo1\n\n"
    "Package: libfoo1-dev\nArchitecture: amd64\nVersion: 9\n";

std::map<std::string, Package> owners(const TemporaryFolder& folder,
                                      const std::vector<std::string>& paths) {
    return dpkg_owners(folder.root(), paths);
}

}  // namespace

TEST_CASE("dpkg: the package of a file, with its version and architecture") {
    const TemporaryFolder folder;
    folder.write("var/lib/dpkg/status", kStatus);
    folder.write("var/lib/dpkg/info/bash.list", std::string_view("/.\n/bin\n/bin/bash\n"));
    folder.write("var/lib/dpkg/info/bash.md5sums", std::string_view("/usr/lib/libbar.so.1\n"));
    folder.write("var/lib/dpkg/info/libfoo1:amd64.list",
                 std::string_view("/usr/lib/libfoo.so.1.0\n/usr/lib/libfoo.so.1"));
    const auto found =
        owners(folder, {"/usr/bin/bash", "/usr/lib/libfoo.so.1", "/usr/lib/libfoo.so",
                        "/usr/lib/libbar.so.1", "/lib/libfoo.so.1.0"});
    REQUIRE(found.size() == 2);
    CHECK(found.at("/usr/bin/bash") == Package{.origin = Package::Origin::database,
                                               .type = "deb",
                                               .name = "bash",
                                               .version = "5.2.15-2+b2",
                                               .architecture = "amd64"});
    const Package& library = found.at("/usr/lib/libfoo.so.1");
    CHECK(library.name == "libfoo1");
    CHECK(library.version == "1.0-2");
}

TEST_CASE("dpkg: many files at once have the same packages as few") {
    const TemporaryFolder folder;
    folder.write("var/lib/dpkg/info/bash.list", std::string_view("/.\n/bin\n/bin/bash\n"));
    folder.write("var/lib/dpkg/info/libfoo1:amd64.list",
                 std::string_view("/lib/libbar.so\n/usr/lib/libfoo.so.1.0\n/usr/lib/libfoo.so.1"));
    const std::vector<std::string> wanted{"/usr/bin/bash", "/usr/lib/libfoo.so.1",
                                          "/usr/lib/libfoo.so", "/usr/lib/libbar.so"};
    auto many = wanted;
    for (int i = 0; i < 100; ++i) many.push_back("/tmp/" + std::to_string(i));
    const auto found = owners(folder, many);
    CHECK(found.size() == 3);
    CHECK(found == owners(folder, wanted));
}

TEST_CASE("dpkg: a system without it, or a damaged one") {
    const TemporaryFolder folder;
    CHECK(owners(folder, {"/bin/sh"}).empty());
    folder.write("var/lib/dpkg/info/dash.list", std::string_view("/bin/sh\n"));
    std::filesystem::create_directories(folder.path("var/lib/dpkg/info/folder.list"));
    const auto found = owners(folder, {"/bin/sh", "/bin/sh"});
    REQUIRE(found.size() == 1);
    CHECK(found.at("/bin/sh").name == "dash");
    CHECK(found.at("/bin/sh").version.empty());
    std::filesystem::create_directories(folder.path("var/lib/dpkg/status"));
    CHECK(owners(folder, {"/bin/sh"}).size() == 1);
    CHECK(owners(folder, {}).empty());
}

TEST_CASE("dpkg: the packages of debug files") {
    const auto of = [](const char* name) { return debian_debug_package({.name = name}); };
    CHECK(of("libfoo1") == "libfoo1-dbgsym");
    CHECK(of("g++-12") == "g++-12-dbgsym");
    CHECK(of("libc6") == "libc6-dbg");
    CHECK(of("libkrb5support0") == "libkrb5-dbg");
    CHECK(of("python3.11-minimal") == "python3.11-dbg");
    CHECK(of("libpython3.11-stdlib") == "libpython3.11-dbg");
    CHECK(of("libpython3.11") == "libpython3.11-dbg");
    CHECK(of("python3.11-foo") == "python3.11-foo-dbgsym");
    CHECK(of("python3.") == "python3.-dbgsym");
    // The name goes into a command.
    CHECK(of("a; rm -rf x").empty());
    CHECK(of("").empty());
}
