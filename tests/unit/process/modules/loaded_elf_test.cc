#include "process/modules/loaded_elf.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"
#include "process/modules/file_memory.h"
#include "process/modules/link_map.h"
#include "process/modules/mappings.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr process::WordFormat kFormat{};
constexpr std::uint64_t kBase = 0x500000;

void header(ByteWriter& file, std::uint32_t type, std::uint64_t offset, std::uint64_t address,
            std::uint64_t size) {
    file.u32(type).u32(5).u64(offset).u64(address).u64(0).u64(size).u64(size).u64(1);
}

/// A library whose first segment is linked to 0x10000, with a build id and a dynamic section, which
/// has an entry before DT_DEBUG.
ByteVector loaded_file(std::uint64_t tag = 1, std::uint64_t value = 2,
                       std::uint64_t debug = 0x900000) {
    ByteWriter file;
    file.text_only("\177ELF").u8(2).u8(1).u8(1).zeros(9).u16(3).u16(62).u32(1);
    file.u64(0).u64(64).u64(0).u32(0).u16(64).u16(56).u16(3).zeros(6);
    header(file, elf::kSegmentLoad, 0, 0x10000, 0x400);
    header(file, elf::kSegmentNote, 0x200, 0x10200, 20);
    header(file, elf::kSegmentDynamic, 0x300, 0x10300, 0x40);
    file.zeros(0x200 - file.size());
    file.u32(4).u32(4).u32(3).string("GNU").u32(0x04030201);
    file.zeros(0x300 - file.size());
    file.u64(tag).u64(value).u64(21).u64(debug).u64(0).u64(0);
    return file.zeros(0x400 - file.size()).data();
}

}  // namespace

TEST_CASE("a loaded file tells its bias and its build id") {
    PieceMemory memory;
    memory.put(kBase, loaded_file());
    const auto file = process::read_loaded_elf(memory, kFormat, kBase);
    REQUIRE(file);
    CHECK(file->bias == kBase - 0x10000);
    CHECK(file->low() == kBase);
    CHECK(file->high() == kBase + 0x400);
    const auto build_id = process::read_build_id(memory, kFormat, *file);
    REQUIRE(build_id);
    CHECK(build_id->hex() == "01020304");
    CHECK_FALSE(process::read_loaded_elf(memory, kFormat, kBase + 1));
    CHECK_FALSE(process::read_loaded_elf(memory, {4, false}, kBase));
}

namespace {

/// A list that leads back to its first entry.
void put_link_map(PieceMemory& memory) {
    memory.put(0x900000, ByteWriter().u32(1).u32(0).u64(0x901000).data());
    memory.put(0x901000, ByteWriter().u64(0).u64(0x902000).u64(1).u64(0x901100).data());
    memory.put(0x901100, ByteWriter().u64(0x7000).u64(0x902010).u64(2).u64(0x901000).data());
    memory.put(0x902000, ByteWriter().zeros(16).string("/lib/libx.so").zeros(64).data());
}

std::size_t linked_files(const process::Memory& memory, const process::LoadedElf& program) {
    return process::read_link_map(memory, kFormat, program).size();
}

}  // namespace

TEST_CASE("the dynamic linker's map is followed once around") {
    PieceMemory memory;
    memory.put(kBase, loaded_file());
    put_link_map(memory);
    const auto program = process::read_loaded_elf(memory, kFormat, kBase);
    REQUIRE(program);
    const auto files = process::read_link_map(memory, kFormat, *program);
    REQUIRE(files.size() == 2);
    CHECK(files[0].path.empty());
    CHECK(files[1].path == "/lib/libx.so");
    CHECK(files[1].bias == 0x7000);
}

TEST_CASE("MIPS has a pointer to the dynamic linker's map elsewhere") {
    constexpr std::uint64_t kRldMap = 0x7000'0016, kRldMapRel = 0x7000'0035;
    constexpr std::uint64_t kPointer = 0x903000;
    const auto found = [&](std::uint64_t tag, std::uint64_t value, std::uint64_t pointer) {
        PieceMemory memory;
        memory.put(kBase, loaded_file(tag, value, 0));
        put_link_map(memory);
        memory.put(kPointer, ByteWriter().u64(pointer).data());
        return linked_files(memory, *process::read_loaded_elf(memory, kFormat, kBase));
    };
    CHECK(found(kRldMap, kPointer, 0x900000) == 2);
    CHECK(found(kRldMapRel, kPointer - (kBase + 0x300), 0x900000) == 2);
    // Before the dynamic linker has made the list, and where nothing is.
    CHECK(found(kRldMap, kPointer, 0) == 0);
    CHECK(found(kRldMap, kPointer + 8, 0x900000) == 0);
    CHECK(found(1, kPointer, 0x900000) == 0);
}

TEST_CASE("what a core leaves out of a program is read from its file") {
    const auto image = loaded_file();
    const auto file = elf::ElfFile::from_memory("program", image);
    REQUIRE(file);
    PieceMemory memory;
    memory.put(kBase + 0x200, ByteWriter().u32(0x77).data());
    put_link_map(memory);
    const process::FileMemory with_file(memory, *file, kBase - 0x10000);
    const auto word = [&](std::uint64_t address) {
        return process::read_word(with_file, {4, false}, address);
    };
    // Memory comes before the file, and is the file's only where all of it is.
    CHECK(word(kBase + 0x200) == 0x77);
    CHECK(word(kBase + 0x204) == 4);
    CHECK(word(kBase + 0x3fc) == 0);
    CHECK_FALSE(word(kBase + 0x3fe));
    CHECK_FALSE(word(kBase - 4));
    const auto program = process::read_loaded_elf(with_file, kFormat, kBase);
    REQUIRE(program);
    CHECK(linked_files(memory, *program) == 0);
    CHECK(linked_files(with_file, *program) == 2);
}

TEST_CASE("what a process writes is not read from a file") {
    auto image = loaded_file();
    image[0x44] = 6;  // p_flags of the first segment
    const auto file = elf::ElfFile::from_memory("program", image);
    REQUIRE(file);
    PieceMemory memory;
    const process::FileMemory with_file(memory, *file, kBase - 0x10000);
    CHECK_FALSE(process::read_word(with_file, kFormat, kBase + 0x300));
}

TEST_CASE("mappings of one file share its first byte, build id and bias") {
    PieceMemory memory;
    memory.put(kBase, loaded_file());
    const std::vector<process::FileRange> ranges{
        {kBase, kBase + 0x1000, 0, "/lib/a.so"},
        {kBase + 0x1000, kBase + 0x2000, 0x1000, "/lib/a.so"},
        {0x600000, 0x601000, 0, "/lib/b.so (deleted)"},
        {0x601000, 0x602000, 0, "/lib/b.so (deleted)"},
    };
    const auto found = process::read_mapped_files(memory, kFormat, {{}, ranges}, {}, {});
    REQUIRE(found.mappings.size() == 4);
    CHECK(found.mappings[1].module_begin.value == kBase);
    CHECK(found.mappings[1].build_id->hex() == "01020304");
    CHECK(found.mappings[1].bias == LoadBias{kBase - 0x10000});
    CHECK(found.mappings[2].deleted);
    CHECK(found.mappings[2].path == "/lib/b.so");
    CHECK(found.mappings[3].module_begin.value == 0x601000);
    CHECK_FALSE(found.mappings[2].build_id);
    CHECK(mapping_at(found.mappings, {kBase + 0x1fff}) == &found.mappings[1]);
    CHECK(mapping_at(found.mappings, {kBase + 0x2000}) == nullptr);
    CHECK(mapping_at(found.mappings, {0}) == nullptr);
}
