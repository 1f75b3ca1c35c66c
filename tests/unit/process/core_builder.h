// Core files made by hand.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "elf/constants.h"
#include "process/memory.h"
#include "support/byte_writer.h"

namespace symline::test {

/// Memory from pieces.
class PieceMemory : public process::Memory {
public:
    void put(std::uint64_t address, const ByteVector& bytes) { pieces_[address] = bytes; }
    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override {
        auto after = pieces_.upper_bound(address);
        if (after == pieces_.begin()) return false;
        const auto& [begin, bytes] = *--after;
        const auto within = address - begin;
        if (within > bytes.size() || bytes.size() - within < to.size()) return false;
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(within), to.size(), to.begin());
        return true;
    }

private:
    std::map<std::uint64_t, ByteVector> pieces_;
};

struct CoreBuilder {
    bool wide = true;
    bool big_endian = false;
    std::uint16_t machine = elf::kX86_64;
    unsigned register_size = 0;  ///< 0: that of a word
    ByteVector notes;

    struct Segment {
        std::uint64_t address = 0;
        ByteVector bytes;
        std::uint64_t memory_size = 0;
        std::uint32_t flags = 6;
    };
    std::vector<Segment> segments;

    unsigned word() const { return wide ? 8 : 4; }

    void note(std::uint32_t type, const ByteVector& content, std::string_view name = "CORE") {
        ByteWriter writer(big_endian);
        writer.bytes(notes);
        writer.u32(name.size() + 1).u32(content.size()).u32(type).string(name).align(4);
        writer.bytes(content).align(4);
        notes = writer.data();
    }

    /// NT_PRSTATUS; `registers` is all of pr_reg.
    void thread(int tid, int signal, const std::vector<std::uint64_t>& registers) {
        ByteWriter writer(big_endian);
        writer.zeros(12).u16(static_cast<std::uint64_t>(signal)).zeros(wide ? 18 : 10);
        writer.u32(static_cast<std::uint64_t>(tid)).zeros((wide ? 112 : 72) - writer.size());
        const unsigned size = register_size != 0 ? register_size : word();
        for (const auto each : registers) writer.word(each, size);
        note(1, writer.u32(1).zeros(4).data());
    }

    /// `many`: the count of program headers stands in a section header (PN_XNUM).
    ByteVector build(bool many = false) const {
        const std::uint64_t header = wide ? 64 : 52;
        const std::uint64_t entry = wide ? 56 : 32;
        const std::uint64_t count = segments.size() + 1;
        const std::uint64_t section = many ? header + entry * count : 0;
        ByteWriter file(big_endian);
        file.text_only("\177ELF").u8(wide ? 2 : 1).u8(big_endian ? 2 : 1).u8(1).zeros(9);
        file.u16(4).u16(machine).u32(1).word(0, word()).word(header, word()).word(section, word());
        file.u32(0).u16(header).u16(entry).u16(many ? 0xffff : count).u16(0).u16(0).u16(0);
        std::uint64_t offset = header + entry * count + (many ? 64 : 0);
        append_header(file, 4, 0, offset, notes.size(), 0, 4);
        offset += notes.size();
        for (const Segment& each : segments) {
            const auto memory = each.memory_size == 0 ? each.bytes.size() : each.memory_size;
            append_header(file, 1, each.address, offset, each.bytes.size(), memory, each.flags);
            offset += each.bytes.size();
        }
        if (many) file.zeros(wide ? 44 : 28).u32(count).zeros(64 - (wide ? 48 : 32));
        file.bytes(notes);
        for (const Segment& each : segments) file.bytes(each.bytes);
        return file.data();
    }

private:
    void append_header(ByteWriter& file, std::uint32_t type, std::uint64_t address,
                       std::uint64_t offset, std::uint64_t size, std::uint64_t memory,
                       std::uint32_t flags) const {
        file.u32(type);
        if (wide) file.u32(flags);
        file.word(offset, word()).word(address, word()).word(0, word());
        file.word(size, word()).word(memory, word());
        if (!wide) file.u32(flags);
        file.word(1, word());
    }
};

}  // namespace symline::test
