#include "process/modules/file_comparison.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "elf/constants.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr LoadBias kBias{0x10000000};

/// A file as it is mapped: all of its loaded segments, which a test then changes.
struct Loaded {
    explicit Loaded(const std::string& path)
        : file(*elf::ElfFile::open(path)), segments(*file.segments()) {
        for (const auto& each : segments) {
            if (each.type != elf::kSegmentLoad) continue;
            const auto begin = file.image().begin() + static_cast<std::ptrdiff_t>(each.offset);
            pieces[each.address.value + kBias.value] =
                ByteVector(begin, begin + static_cast<std::ptrdiff_t>(each.file_size));
        }
    }
    process::ReadMemory reader() const {
        return [this](RuntimeAddress address, std::span<std::uint8_t> to) {
            auto after = pieces.upper_bound(address.value);
            if (after == pieces.begin()) return false;
            const auto& [begin, bytes] = *--after;
            const auto within = address.value - begin;
            if (within + to.size() > bytes.size()) return false;
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(within), to.size(), to.begin());
            return true;
        };
    }
    process::FileComparison compare() const {
        return process::compare_with_memory(file, kBias, reader());
    }
    /// The piece that holds the file's first byte, and the one that is executable.
    ByteVector& headers() { return pieces.begin()->second; }
    ByteVector& code() {
        for (const auto& each : segments) {
            if (each.type == elf::kSegmentLoad && (each.flags & elf::kSegmentExecutable) != 0) {
                return pieces[each.address.value + kBias.value];
            }
        }
        return headers();
    }
    ByteVector& data() {
        for (const auto& each : segments) {
            if (each.type == elf::kSegmentLoad && (each.flags & elf::kSegmentWritable) != 0) {
                return pieces[each.address.value + kBias.value];
            }
        }
        return headers();
    }

    elf::ElfFile file;
    std::vector<elf::Segment> segments;
    std::map<std::uint64_t, ByteVector> pieces;
};

}  // namespace

TEST_CASE("a file is the one in memory") {
    const Loaded loaded(fixture("c-gcc-dwarf5"));
    const auto found = loaded.compare();
    CHECK(found.pages > 1);
    CHECK_FALSE(found.differs_at);
}

TEST_CASE("one byte of the first page tells another file") {
    Loaded loaded(fixture("c-gcc-dwarf5"));
    // e_shoff: another size of what is not loaded.
    loaded.headers()[40] ^= 1;
    CHECK(loaded.compare().differs_at == 40);
}

TEST_CASE("what is patched in code is no difference, and other code is") {
    Loaded loaded(fixture("c-gcc-dwarf5"));
    auto& code = loaded.code();
    REQUIRE(&code != &loaded.headers());
    for (std::size_t i = 0; i < 64; ++i) code[i] ^= 0xff;
    CHECK_FALSE(loaded.compare().differs_at);
    code[64] ^= 0xff;
    CHECK(loaded.compare().differs_at);
}

TEST_CASE("what the program may write is not compared") {
    Loaded loaded(fixture("c-gcc-dwarf5"));
    REQUIRE(&loaded.data() != &loaded.headers());
    for (auto& each : loaded.data()) each ^= 0xff;
    CHECK_FALSE(loaded.compare().differs_at);
}

TEST_CASE("what is not in memory, or zero, is not compared") {
    Loaded loaded(fixture("c-gcc-dwarf5"));
    std::ranges::fill(loaded.code(), 0);
    CHECK_FALSE(loaded.compare().differs_at);
    loaded.pieces.clear();
    CHECK(loaded.compare().pages == 0);
}

TEST_CASE("the bytes around an address are those of a file") {
    const auto path = fixture("c-gcc-dwarf5");
    Loaded loaded(path);
    const auto module = Module::open(path);
    REQUIRE(module);
    const auto symbols = module->symbols().named("helper");
    REQUIRE(symbols);
    const FileAddress place = symbols->front().address;
    const RuntimeAddress address{place.value + kBias.value};
    const auto is_code = [&] {
        return process::is_code_of(*module, place, address, loaded.reader());
    };
    CHECK(is_code());
    const auto begin = std::prev(loaded.pieces.upper_bound(address.value));
    const auto within = address.value - begin->first;
    for (std::size_t i = 0; i < 16; ++i) begin->second[within + i] ^= 0xff;
    CHECK(is_code());
    begin->second[within + 16] ^= 0xff;
    CHECK_FALSE(is_code());
    loaded.pieces.clear();
    CHECK(is_code());
}
