#include "find/package/package_cache.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "support/files.h"

using namespace symline;
using namespace symline::find;
using symline::test::TemporaryFolder;

namespace {

constexpr auto kForEver = std::chrono::seconds::max();

std::string names(const std::vector<UnpackedPackage>& packages) {
    std::string text;
    for (const auto& each : packages) {
        text += std::filesystem::path(each.path).filename().native() + ' ';
    }
    return text;
}

}  // namespace

TEST_CASE("unpacked packages are pruned by age and size, with all that is in them") {
    const TemporaryFolder folder;
    const std::string content(100'000, 'x');
    folder.write("a.deb-1a-2-3/files/usr/lib/x", content);
    folder.write("a.deb-1a-2-3/list", std::string_view("x"));
    folder.write("b.rpm-0-ff-3/files/y", content);
    folder.write("not-a-folder", content);
    folder.write("elsewhere/precious", content);
    const TemporaryFolder other;
    other.write("precious", content);
    std::filesystem::create_symlink(other.root(), folder.path("b.rpm-0-ff-3/files/link"));
    std::filesystem::create_symlink(other.root(), folder.path("link"));
    folder.write("a.deb-1-2/precious", content);
    folder.write("a.deb-1-2-x/precious", content);
    folder.write("a-1-2-3/precious", content);

    const auto found = unpacked_packages(folder.root());
    REQUIRE(found.size() == 2);
    for (const auto& each : found) {
        CHECK(each.size >= 100'000);
        CHECK(each.size < 150'000);
    }
    CHECK(prune_packages(folder.root(), std::uint64_t{1} << 30, kForEver).empty());
    CHECK(prune_packages(folder.root(), 150'000, kForEver).size() == 1);
    CHECK(unpacked_packages(folder.root()).size() == 1);
    CHECK(prune_packages(folder.root(), 0, kForEver).size() == 1);
    CHECK(unpacked_packages(folder.root()).empty());
    CHECK(std::filesystem::exists(other.path("precious")));
    CHECK(std::filesystem::exists(folder.path("not-a-folder")));
    for (const char* kept : {"elsewhere", "a.deb-1-2", "a.deb-1-2-x", "a-1-2-3"}) {
        CHECK(std::filesystem::exists(folder.path(kept) + "/precious"));
    }
    CHECK(unpacked_packages(folder.path("missing")).empty());
    CHECK(prune_packages(folder.path("missing"), 0, kForEver).empty());
}

TEST_CASE("a package that was not used for long is removed however small it is") {
    const TemporaryFolder folder;
    folder.write("old.deb-1-2-3/list", std::string_view("x"));
    folder.write("new.deb-1-2-3/list", std::string_view("x"));
    CHECK(prune_packages(folder.root(), UINT64_MAX, std::chrono::hours(1)).empty());
    CHECK(names(prune_packages(folder.root(), UINT64_MAX, std::chrono::seconds(-10))).size() == 28);
}
