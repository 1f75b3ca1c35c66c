// Crafted files of 64 KB or less that would cost a naive reader minutes or gigabytes: each is asked
// everything within 15 seconds and 512 MB.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "dwarf/dwarf_file.h"
#include "probe.h"
#include "section_image.h"
#include "symline/demangle.h"

namespace {

using namespace symline::fuzz;
using Image = std::vector<std::uint8_t>;

// Sanitizers cost time and memory of their own.
constexpr double kMaxSeconds = 15 * SYMLINE_SLOWER;
constexpr long kMaxKilobytes = (512L << 10) * SYMLINE_SLOWER;
constexpr std::size_t kSize = 60000;

/// Bytes of one section, little-endian.
struct Bytes : Image {
    Bytes& number(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }
    Bytes& add(std::initializer_list<int> bytes) {
        for (const int byte : bytes) push_back(static_cast<std::uint8_t>(byte));
        return *this;
    }
    Bytes& repeat(std::initializer_list<int> bytes, std::size_t times) {
        while (times-- > 0) add(bytes);
        return *this;
    }
    /// Sets a 32-bit length at `at` to what follows it.
    void close(std::size_t at) {
        const std::size_t length = size() - at - 4;
        for (unsigned i = 0; i < 4; ++i)
            (*this)[at + i] = static_cast<std::uint8_t>(length >> (8 * i));
    }
};

/// The header of a DWARF 5 compile unit, its length still open.
Bytes unit_header(std::uint32_t abbreviations = 0) {
    Bytes info;
    info.number(0, 4).number(5, 2).add({1, 8}).number(abbreviations, 4);
    return info;
}

void put(ImageParts& parts, const char* name, const Image& bytes) {
    parts.sections[section_index(name)] = bytes;
}

/// One unit of many DIEs of one byte each, every one with the same long range list.
ImageParts shared_range_list() {
    ImageParts parts;
    Bytes abbreviations;
    // Unit DIE without attributes; a subprogram whose DW_AT_ranges is an implicit constant.
    abbreviations.add(
        {1, 0x11, 1, 0x11, 0x01, 0x10, 0x17, 0, 0, 2, 0x2e, 0, 0x55, 0x21, 0, 0, 0, 0});
    Bytes info = unit_header();
    info.add({1}).number(0, 8).number(0, 4).repeat({2}, kSize);
    info.close(0);
    Bytes lists;
    lists.repeat({4, 0x10, 0x20}, kSize / 3).add({0});
    put(parts, ".debug_info", info);
    put(parts, ".debug_abbrev", abbreviations);
    put(parts, ".debug_rnglists", lists);
    return parts;
}

/// An abbreviation with thousands of attributes that take no room, and a DIE of it in every byte.
ImageParts empty_attributes() {
    ImageParts parts;
    Bytes abbreviations;
    abbreviations.add({1, 0x11, 1, 0x11, 0x01, 0x10, 0x17, 0, 0, 2, 0x2e, 0});
    abbreviations.repeat({0x3f, 0x19}, kSize / 2).add({0, 0, 0});
    Bytes info = unit_header();
    info.add({1}).number(0, 8).number(0, 4).repeat({2}, kSize);
    info.close(0);
    put(parts, ".debug_info", info);
    put(parts, ".debug_abbrev", abbreviations);
    return parts;
}

/// Thousands of units without ranges, each with an abbreviation table that begins one entry later.
ImageParts overlapping_tables() {
    ImageParts parts;
    Bytes abbreviations, info;
    for (std::size_t i = 0; i < kSize / 9; ++i)
        abbreviations.add({1, 0x11, 1, 0x10, 0x17, 0x11, 0x01, 0, 0});
    abbreviations.add({0});
    for (std::uint32_t i = 0; info.size() < kSize; ++i) {
        const std::size_t start = info.size();
        const Bytes header = unit_header(i * 9);
        info.insert(info.end(), header.begin(), header.end());
        info.add({1}).number(0, 4).number(0x10, 8).add({0});
        info.close(start);
    }
    put(parts, ".debug_info", info);
    put(parts, ".debug_abbrev", abbreviations);
    return parts;
}

/// .debug_aranges that points into the middle of one unit again and again.
ImageParts overlapping_units() {
    ImageParts parts = shared_range_list();
    put(parts, ".debug_rnglists", {});
    Bytes abbreviations;
    // Code 13 (0x0d) is a subprogram at address 0x10; a unit header read as DIEs stays within the
    // table.
    abbreviations.add({1, 0x11, 1, 0x11, 0x21, 0x10, 0, 0});
    for (int code = 2; code < 0x60; ++code)
        abbreviations.add({code, 0x2e, 0, 0x11, 0x01, 0x12, 0x0b, 0, 0});
    abbreviations.add({0});
    Bytes info;
    while (info.size() < 30000) {
        Bytes header = unit_header();
        const std::uint64_t length = 30000 - info.size();
        for (unsigned i = 0; i < 4; ++i) header[i] = static_cast<std::uint8_t>(length >> (8 * i));
        info.insert(info.end(), header.begin(), header.end());
        info.add({1, 2}).number(0x10, 8).add({0x40});
    }
    info.repeat({2, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x20}, 500);
    Bytes aranges;
    for (std::uint32_t at = 0; at < 30000 && aranges.size() < kSize; at += 23) {
        const std::size_t start = aranges.size();
        aranges.number(0, 4).number(2, 2).number(at, 4).add({8, 0}).number(0, 4);
        aranges.number(0x10, 8).number(0x40, 8).number(0, 8).number(0, 8);
        aranges.close(start);
    }
    put(parts, ".debug_info", info);
    put(parts, ".debug_abbrev", abbreviations);
    put(parts, ".debug_aranges", aranges);
    return parts;
}

/// Thousands of units at one address, all with the one long line program.
ImageParts shared_line_program() {
    ImageParts parts;
    Bytes abbreviations, info, line;
    abbreviations.add({1, 0x11, 0, 0x10, 0x17, 0x11, 0x01, 0x12, 0x0b, 0, 0, 0});
    while (info.size() < kSize) {
        const std::size_t start = info.size();
        const Bytes header = unit_header();
        info.insert(info.end(), header.begin(), header.end());
        info.add({1}).number(0, 4).number(0, 8).add({0x40});
        info.close(start);
    }
    line.number(0, 4).number(5, 2).add({8, 0}).number(20, 4).add({1, 1, 1, 0xfb, 14, 13});
    line.add({0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1});
    line.add({0, 0, 0, 0, 0, 0});
    // set_address past everything, a row, and the end: sequences that hold no address asked for.
    line.repeat({1, 2, 0x81, 0x80, 0x01, 0, 1, 1}, kSize / 8);
    line.close(0);
    put(parts, ".debug_info", info);
    put(parts, ".debug_abbrev", abbreviations);
    put(parts, ".debug_line", line);
    return parts;
}

/// A function inlined into itself in every byte: tens of thousands of frames at one address.
ImageParts deep_inlining() {
    ImageParts parts;
    Bytes abbreviations;
    abbreviations.add({1, 0x11, 1, 0x11, 0x01, 0x12, 0x0b, 0, 0});
    abbreviations.add({2, 0x2e, 1, 0x11, 0x01, 0x12, 0x0b, 0, 0});
    abbreviations.add({3, 0x1d, 1, 0x55, 0x21, 0, 0x31, 0x13, 0x58, 0x21, 1, 0, 0, 0});
    Bytes info = unit_header();
    info.add({1}).number(0, 8).add({0x40, 2}).number(0, 8).add({0x40});
    info.repeat({3, 12, 0, 0, 0}, kSize / 5);
    info.close(0);
    Bytes lists;
    lists.repeat({4, 0x30, 0x31}, kSize / 3).add({4, 0, 0x40, 0});
    put(parts, ".debug_info", info);
    put(parts, ".debug_abbrev", abbreviations);
    put(parts, ".debug_rnglists", lists);
    return parts;
}

/// Relocations that all name one field, which every function reads.
ImageParts equal_relocations() {
    ImageParts parts = shared_range_list();
    parts.relocatable = true;
    Bytes lists, relocations;
    lists.add({6}).number(0x10010, 8).number(0x10020, 8).add({0});
    for (std::size_t i = 0; i < kSize / 24; ++i)
        relocations.number(1, 8).number(0, 4).number(0, 4).number(0, 8);
    put(parts, ".debug_rnglists", lists);
    put(parts, ".rela.debug_ranges", relocations);
    return parts;
}

/// Symbols that all begin at one address and share one long name.
ImageParts equal_symbols() {
    ImageParts parts;
    Bytes symbols, strings;
    for (std::size_t i = 0; i < kSize / 24; ++i) {
        symbols.number(1, 4)
            .add({i % 2 == 0 ? 0x12 : 0x10, 0})
            .number(1, 2)
            .number(0x10, 8)
            .number(i % 2 * 0, 8);
    }
    for (std::size_t i = 0; i < kSize / 48; ++i)
        symbols[i * 24 + 16] = static_cast<std::uint8_t>(1 + i % 200);
    strings.add({0}).repeat({'a'}, kSize).add({0});
    put(parts, ".symtab", symbols);
    put(parts, ".strtab", strings);
    return parts;
}

void ask(const ImageParts& parts) {
    const Image image = build_image(parts);
    probe_elf(image);
    probe_dwarf(image);
    probe_units(image);
}

bool bounded(const char* name, const std::function<void()>& run) {
    std::fprintf(stderr, "%s: ", name);
    ::alarm(120);
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const bool good = taken.count() <= kMaxSeconds && usage.ru_maxrss <= kMaxKilobytes;
    std::fprintf(stderr, "%.2f s, %ld MB so far%s\n", taken.count(), usage.ru_maxrss >> 10,
                 good ? "" : ": TOO MUCH");
    return good;
}

std::string nested(const char* start, const char* part, std::size_t times) {
    std::string name = start;
    while (times-- > 0) name += part;
    return name;
}

/// Names that nest deeper than a stack reaches: they come back as they are.
void deep_names() {
    for (const char* part : {"P", "1AI", "PF", "il", "Z", "R", "A1_", "U1a", "Dp", "Tp", "DO"}) {
        for (const char* start : {"_Z1f", "_Z", "_Z1fIXil", "_Z1fIT"}) {
            std::string name = nested(start, part, 60000) + "i";
            probe_demangle(name);
        }
    }
    for (const char* part : {"R", "T", "D", "FGzz_EuDGzz_EL_", "NvC1a"})
        probe_demangle(nested("_RINvC1a1f", part, 12000));
}

}  // namespace

int main() {
    bool good = true;
    good &= bounded("abbreviations with thousands of empty attributes",
                    [] { ask(empty_attributes()); });
    good &= bounded("one range list for every DIE", [] { ask(shared_range_list()); });
    good &= bounded("abbreviation tables that overlap", [] { ask(overlapping_tables()); });
    good &= bounded("units that overlap", [] { ask(overlapping_units()); });
    good &= bounded("one line program for every unit", [] { ask(shared_line_program()); });
    good &= bounded("inlining tens of thousands deep", [] { ask(deep_inlining()); });
    good &= bounded("relocations of one field", [] { ask(equal_relocations()); });
    good &= bounded("symbols at one address", [] { ask(equal_symbols()); });
    good &= bounded("names that nest", [] { deep_names(); });
    return good ? 0 : 1;
}
