#include "process/jit/jit_code.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "support/child.h"
#include "support/files.h"

using namespace symline;
using namespace symline::process;
using namespace symline::test;

namespace {

constexpr std::uint32_t kPid = 4711;
constexpr std::uint64_t kCode = 0x10000;

/// The root of a process that has one piece of code, and a perf map of it.
class Root {
public:
    Root() {
        std::filesystem::create_directory(path() + "/tmp");
        CoreSegment segment;
        segment.address = kCode;
        segment.memory_size = 0x1000;
        segment.flags = 5;
        process_.segments.push_back(segment);
    }
    std::string path() const { return folder_.root(); }
    std::string map() const { return path() + "/tmp/perf-4711.map"; }
    void write(const std::string& file, std::string_view text = "10000 40 script\n") const {
        std::ofstream(file) << text;
    }
    /// As of the user who runs this, since ever.
    JitOwner owner() const { return {.pid = kPid, .user = ::geteuid()}; }
    std::string name(const JitOwner& owner) const {
        JitCode code(owner, {path()});
        const auto place = code.find(process_, kCode + 8);
        return place ? std::string(place->function.name) : "nothing";
    }

private:
    TemporaryFolder folder_;
    Snapshot process_;
};

}  // namespace

TEST_CASE("a perf map of the process names its code") {
    const Root root;
    CHECK(root.name(root.owner()) == "nothing");
    root.write(root.map());
    CHECK(root.name(root.owner()) == "script");
    REQUIRE(::chmod(root.map().c_str(), 0664) == 0);
    CHECK(root.name(root.owner()) == "script");
    // Anybody may have written it.
    REQUIRE(::chmod(root.map().c_str(), 0666) == 0);
    CHECK(root.name(root.owner()) == "nothing");
    REQUIRE(::chmod(root.map().c_str(), 0644) == 0);
    auto owner = root.owner();
    owner.pid = kPid + 1;
    CHECK(root.name(owner) == "nothing");
    owner.pid = 0;
    CHECK(root.name(owner) == "nothing");
}

TEST_CASE("a perf map of another user is not used") {
    const Root root;
    root.write(root.map());
    auto owner = root.owner();
    owner.user = std::nullopt;
    CHECK(root.name(owner) == "nothing");
    if (::geteuid() != 0) return;
    REQUIRE(::chown(root.map().c_str(), 12345, 12345) == 0);
    owner = root.owner();
    CHECK(root.name(owner) == "nothing");
    owner.user = 12345;
    CHECK(root.name(owner) == "script");
    // Root's may be used by everybody.
    REQUIRE(::chown(root.map().c_str(), 0, 0) == 0);
    CHECK(root.name(owner) == "script");
}

TEST_CASE("what is no regular file of one name is no perf map") {
    const Root root;
    const auto other = root.path() + "/other.map";
    root.write(other);
    SUBCASE("a link to one") {
        std::filesystem::create_symlink("../other.map", root.map());
    }
    SUBCASE("a link out of the root") {
        std::filesystem::create_symlink(other, root.map());
    }
    SUBCASE("a second name of one") {
        std::filesystem::create_hard_link(other, root.map());
    }
    SUBCASE("a FIFO, which nobody writes to") {
        REQUIRE(::mkfifo(root.map().c_str(), 0600) == 0);
    }
    SUBCASE("a folder") {
        std::filesystem::create_directory(root.map());
    }
    CHECK(root.name(root.owner()) == "nothing");
}

TEST_CASE("a folder that is a link stays below the root") {
    const Root root;
    std::filesystem::remove(root.path() + "/tmp");
    std::filesystem::create_directory(root.path() + "/var");
    std::filesystem::create_symlink("/var", root.path() + "/tmp");
    root.write(root.path() + "/var/perf-4711.map");
    CHECK(root.name(root.owner()) == "script");
}

TEST_CASE("a perf map was written while the process lived") {
    const Root root;
    root.write(root.map());
    const std::int64_t now = std::time(nullptr);
    auto owner = root.owner();
    owner.since = now - 100;
    CHECK(root.name(owner) == "script");
    owner.since = now + 100;
    CHECK(root.name(owner) == "nothing");
    // Of a core: what has changed since is another process's; but below a sysroot it is a copy.
    owner.since = 0;
    owner.until = now - 100;
    CHECK(root.name(owner) == "script");
}

TEST_CASE("a perf map for a core has its code where there is code") {
    const Root root;
    auto owner = root.owner();
    owner.until = std::time(nullptr);
    root.write(root.map());
    CHECK(root.name(owner) == "script");
    root.write(root.map(), "10000 40 script\n20000 40 elsewhere\n30000 40 elsewhere\n");
    CHECK(root.name(owner) == "nothing");
    // A living process has just made it.
    CHECK(root.name(root.owner()) == "script");
}

TEST_CASE("whose files are used is what /proc says of a process") {
    const Child child(rest);
    const auto owner = owner_of(child.pid());
    CHECK(owner.pid == static_cast<std::uint32_t>(child.pid()));
    CHECK(owner.user == ::geteuid());
    CHECK(owner.until == 0);
    CHECK(std::abs(owner.since - std::time(nullptr)) < 60);
    CHECK_FALSE(owner_of(0x7ffffffe).user);
}
