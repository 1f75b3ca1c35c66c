#include "base/sparse_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

using namespace symline::base;

TEST_CASE("a sparse file holds what was written, and its pages of zeros take no room") {
    SparseFile file;
    REQUIRE_FALSE(file.open());
    std::vector<std::uint8_t> wanted(std::size_t{1} << 22);
    wanted[5] = 1;
    wanted[4095] = 2;
    wanted[4096] = 3;
    wanted[2000001] = 4;
    const std::span<const std::uint8_t> all(wanted);
    // Pieces that end in the middle of a page, and the smallest.
    for (std::size_t done = 0, size = 1; done < all.size(); done += size) {
        size = std::min(all.size() - done, size * 3 + 1);
        REQUIRE_FALSE(file.append(all.subspan(done, size)));
    }
    REQUIRE_FALSE(file.finish());
    std::ifstream in(file.path(), std::ios::binary);
    const std::vector<std::uint8_t> found(std::istreambuf_iterator<char>(in), {});
    CHECK(found == wanted);
    struct stat status{};
    REQUIRE(::stat(file.path().c_str(), &status) == 0);
    CHECK(status.st_blocks * 512 < 100000);
}

TEST_CASE("a sparse file with a bound takes zeros without end, and other bytes up to it") {
    SparseFile file;
    REQUIRE_FALSE(file.open());
    file.limit({1, 10});
    const std::vector<std::uint8_t> zeros(std::size_t{1} << 20);
    std::vector<std::uint8_t> other(std::size_t{1} << 20, 1);
    for (int i = 0; i < 50; ++i) REQUIRE_FALSE(file.append(zeros));
    for (int i = 0; i < 32; ++i) REQUIRE_FALSE(file.append(other));
    CHECK(file.append(other) == "it unpacks to more than 10 times its size");
}

TEST_CASE("a sparse file of zeros alone, and one of nothing") {
    SparseFile zeros;
    REQUIRE_FALSE(zeros.open());
    REQUIRE_FALSE(zeros.append(std::vector<std::uint8_t>(10000)));
    REQUIRE_FALSE(zeros.finish());
    struct stat status{};
    REQUIRE(::stat(zeros.path().c_str(), &status) == 0);
    CHECK(status.st_size == 10000);
    SparseFile nothing;
    REQUIRE_FALSE(nothing.open());
    CHECK_FALSE(nothing.finish());
    SparseFile closed;
    CHECK(closed.finish());
}
