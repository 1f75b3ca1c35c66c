#include "process/modules/rebuilt_elf.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "elf/elf_file.h"
#include "process/core_builder.h"
#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kBias = 0x7f0000000000;
constexpr std::uint64_t kLowBias = 0x40000000;

struct Loaded {
    PieceMemory memory;
    process::WordFormat format;
    std::uint64_t header = 0;
    std::vector<std::pair<std::uint64_t, ByteVector>> pieces;
};

/// A file as the kernel maps it: whole pages, its loaded segments alone.
Loaded load(const std::string& name) {
    const auto file = elf::ElfFile::open(fixture(name));
    REQUIRE(file);
    Loaded loaded;
    loaded.format = {file->address_size(), file->big_endian()};
    const auto segments = file->segments();
    REQUIRE(segments);
    const auto bias = loaded.format.size == 8 ? kBias : kLowBias;
    bool first = true;
    for (const auto& each : *segments) {
        if (each.type != elf::kSegmentLoad) continue;
        if (first) loaded.header = each.address.value - each.offset + bias;
        first = false;
        const auto begin = file->image().begin() + static_cast<std::ptrdiff_t>(each.offset);
        ByteVector bytes(begin, begin + static_cast<std::ptrdiff_t>(each.file_size));
        loaded.memory.put(each.address.value + bias, bytes);
        loaded.pieces.emplace_back(each.address.value + bias, std::move(bytes));
    }
    return loaded;
}

std::vector<std::string> functions(const Module& module) {
    std::vector<std::string> found;
    const auto symbols = module.symbols().all();
    REQUIRE(symbols);
    for (const Symbol& each : *symbols) {
        if (each.type != SymbolType::function || !each.section) continue;
        found.push_back(std::string(each.name) + " " + std::to_string(each.address.value) + " " +
                        std::to_string(each.size));
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace

TEST_CASE("a rebuilt file has the build id and the dynamic symbols of the file") {
    for (const char* name : {"stripped-dynsym.so", "plt-lld.so", "plt-i386.so", "plt-aarch64.so",
                             "userroot/opt/demo/libcrash.so"}) {
        CAPTURE(std::string(name));
        const auto loaded = load(name);
        const auto image = process::rebuild_elf(loaded.memory, loaded.format, loaded.header);
        REQUIRE_FALSE(image.empty());
        const TemporaryFolder folder;
        const auto path = folder.write("rebuilt", image);
        const auto rebuilt = Module::open(path);
        REQUIRE(rebuilt);
        const auto original = Module::open(fixture(name));
        REQUIRE(original);
        CHECK(rebuilt->build_id() == original->build_id());
        const auto found = functions(*rebuilt);
        const auto wanted = functions(*original);
        CHECK_FALSE(found.empty());
        // The file may have local functions beside those that the dynamic linker needs.
        CHECK(std::ranges::includes(wanted, found));
    }
}

TEST_CASE("a file is not rebuilt without its code, and is small where it lies about its size") {
    auto loaded = load("stripped-dynsym.so");
    CHECK(process::rebuild_elf(loaded.memory, loaded.format, loaded.header + 0x1000).empty());
    PieceMemory headers_alone;
    headers_alone.put(loaded.pieces.front().first, loaded.pieces.front().second);
    CHECK(process::rebuild_elf(headers_alone, loaded.format, loaded.header).empty());

    PieceMemory large;
    ByteVector bytes = loaded.pieces.front().second;
    for (std::size_t i = 0; i < 8; ++i) bytes[64 + 56 + 32 + i] = 0xff;  // p_filesz
    large.put(loaded.pieces.front().first, bytes);
    CHECK(process::rebuild_elf(large, loaded.format, loaded.header).empty());
}

TEST_CASE("whatever is damaged in memory, a rebuilt file is made of it or none") {
    const auto loaded = load("stripped-dynsym.so");
    const auto& [address, first] = loaded.pieces.front();
    for (std::size_t at = 0; at < first.size(); at += 3) {
        PieceMemory memory;
        for (const auto& [begin, bytes] : loaded.pieces) memory.put(begin, bytes);
        ByteVector damaged = first;
        for (std::size_t i = at; i < std::min(at + 8, damaged.size()); ++i) damaged[i] ^= 0xff;
        memory.put(address, damaged);
        const auto image = process::rebuild_elf(memory, loaded.format, loaded.header);
        CHECK(image.size() < process::kMaxRebuilt + 0x10000);
    }
}
