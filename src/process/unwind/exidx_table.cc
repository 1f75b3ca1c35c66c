#include "process/unwind/exidx_table.h"

#include <algorithm>
#include <bit>

namespace symline::process {
namespace {

constexpr std::uint32_t kExidxSegment = 0x70000001;  // PT_ARM_EXIDX
constexpr std::uint32_t kCantUnwind = 1;
constexpr unsigned kEntrySize = 8;
constexpr std::uint32_t kCompact = 0x80000000;

constexpr unsigned kSp = 13;
constexpr unsigned kLr = 14;
constexpr unsigned kPc = 15;

/// The words of tables, whose places are relative.
class Table {
public:
    Table(const Memory& memory, bool big_endian) : memory_(memory), format_{4, big_endian} {}

    std::optional<std::uint32_t> word(std::uint64_t address) const {
        const auto value = read_word(memory_, format_, address);
        if (!value) return std::nullopt;
        return static_cast<std::uint32_t>(*value);
    }
    /// prel31
    static std::uint32_t place(std::uint64_t address, std::uint32_t word) {
        const std::uint32_t offset = (word & 0x7fffffff) | (word & 0x40000000) << 1;
        return static_cast<std::uint32_t>(address) + offset;
    }

private:
    const Memory& memory_;
    WordFormat format_;
};

struct Place {
    std::uint32_t function = 0;
    std::uint64_t content_at = 0;
    std::uint32_t content = 0;
};

/// The last entry that begins at or before an address.
std::optional<Place> find_place(const Table& table, const ExidxTable& where, std::uint64_t pc) {
    std::uint64_t low = 0;
    std::uint64_t high = where.size / kEntrySize;
    std::optional<Place> found;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto at = where.begin + middle * kEntrySize;
        const auto place = table.word(at);
        const auto content = table.word(at + 4);
        if (!place || !content) return std::nullopt;
        const auto function = Table::place(at, *place);
        if (function <= pc) {
            found = Place{function, at + 4, *content};
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return found;
}

class Opcodes {
public:
    void add(std::uint32_t word, unsigned bytes) {
        while (bytes-- > 0) bytes_.push_back(static_cast<std::uint8_t>(word >> 8 * bytes));
    }
    /// Nothing where they are reserved, cut short, or refuse to unwind.
    std::optional<std::vector<ExidxOperation>> operations();

private:
    using Kind = ExidxOperation::Kind;
    std::optional<std::uint8_t> next() {
        if (at_ >= bytes_.size()) return std::nullopt;
        return bytes_[at_++];
    }
    std::optional<ExidxOperation> operation(std::uint8_t code);
    std::optional<ExidxOperation> operation_of_two(std::uint8_t code);
    std::optional<ExidxOperation> large_move();

    std::vector<std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

constexpr std::uint8_t kFinish = 0xb0;

std::optional<std::vector<ExidxOperation>> Opcodes::operations() {
    std::vector<ExidxOperation> operations;
    while (const auto code = next()) {
        if (*code == kFinish) break;
        const auto each = operation(*code);
        if (!each) return std::nullopt;
        operations.push_back(*each);
    }
    return operations;
}

std::optional<ExidxOperation> Opcodes::operation(std::uint8_t code) {
    const unsigned low = code & 7U;
    const std::int64_t doubles = std::int64_t{8} * (low + 1);
    if ((code & 0xc0) == 0x00) return ExidxOperation{Kind::move, (code & 0x3f) * 4 + 4};
    if ((code & 0xc0) == 0x40) return ExidxOperation{Kind::move, -((code & 0x3f) * 4 + 4)};
    if ((code & 0xf0) == 0x90) {
        const unsigned from = code & 15U;
        if (from == kSp || from == kPc) return std::nullopt;
        return ExidxOperation{Kind::from, from};
    }
    if ((code & 0xf0) == 0xa0) {
        const unsigned saved = ((2U << low) - 1) << 4;
        return ExidxOperation{Kind::pop, saved | ((code & 8U) != 0 ? 1U << kLr : 0)};
    }
    if (code == 0xb2) return large_move();
    // The return address's authentication code, as one word; and the stack pointer that it is for.
    if (code == 0xb4) return ExidxOperation{Kind::skip, 4};
    if (code == 0xb5) return ExidxOperation{Kind::skip, 0};
    if ((code & 0xf8) == 0xb8) return ExidxOperation{Kind::skip, doubles + 4};         // fstmfdx
    if ((code & 0xf8) == 0xd0) return ExidxOperation{Kind::skip, doubles};             // vpush
    if ((code & 0xf8) == 0xc0 && low < 6) return ExidxOperation{Kind::skip, doubles};  // WMMX
    return operation_of_two(code);
}

std::optional<ExidxOperation> Opcodes::operation_of_two(std::uint8_t code) {
    const auto second = next();
    if (!second) return std::nullopt;
    const std::int64_t doubles = std::int64_t{8} * ((*second & 15) + 1);
    if ((code & 0xf0) == 0x80) {
        const unsigned saved = ((code & 15U) << 8 | *second) << 4;
        if (saved == 0) return std::nullopt;  // refuse to unwind
        return ExidxOperation{Kind::pop, saved};
    }
    const bool some_of_four = *second != 0 && (*second & 0xf0) == 0;
    switch (code) {
        case 0xb1:
            return some_of_four ? std::optional(ExidxOperation{Kind::pop, *second}) : std::nullopt;
        case 0xb3: return ExidxOperation{Kind::skip, doubles + 4};
        case 0xc6:
        case 0xc8:
        case 0xc9: return ExidxOperation{Kind::skip, doubles};
        case 0xc7:
            if (!some_of_four) return std::nullopt;
            return ExidxOperation{Kind::skip, std::int64_t{4} * std::popcount(*second)};
        default: return std::nullopt;
    }
}

std::optional<ExidxOperation> Opcodes::large_move() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        const auto byte = next();
        if (!byte) return std::nullopt;
        value |= std::uint64_t{*byte & 0x7fU} << shift;
        if ((*byte & 0x80) == 0)
            return ExidxOperation{Kind::move, static_cast<std::int64_t>(0x204 + value * 4)};
    }
    return std::nullopt;  // more than a gigabyte
}

/// The opcodes of .ARM.extab. A personality routine of a language has its number's place taken by
/// an address, and the compact form of number 1 after it: all that GCC and LLVM emit.
std::optional<Opcodes> read_extab(const Table& table, std::uint64_t at) {
    auto word = table.word(at);
    if (!word) return std::nullopt;
    Opcodes opcodes;
    unsigned more = 0;
    if ((*word & kCompact) == 0) {
        word = table.word(at += 4);
        if (!word) return std::nullopt;
        more = *word >> 24;
        opcodes.add(*word, 3);
    } else {
        const unsigned routine = *word >> 24 & 0x7f;
        if (routine > 2) return std::nullopt;
        if (routine != 0) more = *word >> 16 & 0xff;
        opcodes.add(*word, routine == 0 ? 3 : 2);
    }
    for (; more > 0; --more) {
        word = table.word(at += 4);
        if (!word) return std::nullopt;
        opcodes.add(*word, 4);
    }
    return opcodes;
}

std::optional<std::vector<ExidxOperation>> operations_of(const Table& table, const Place& place) {
    std::optional<Opcodes> opcodes;
    if ((place.content & kCompact) == 0) {
        opcodes = read_extab(table, Table::place(place.content_at, place.content));
    } else if (place.content >> 24 == 0x80) {
        opcodes.emplace().add(place.content, 3);
    }
    return opcodes ? opcodes->operations() : std::nullopt;
}

}  // namespace

std::optional<ExidxTable> find_exidx(const elf::ElfFile& file, std::uint64_t bias) {
    const auto segments = file.segments();
    if (file.is64() || !segments) return std::nullopt;
    const auto segment = std::ranges::find(*segments, kExidxSegment, &elf::Segment::type);
    if (segment == segments->end()) return std::nullopt;
    return ExidxTable{(segment->address.value + bias) & 0xffffffff, segment->memory_size};
}

ExidxEntry read_exidx_entry(const Memory& memory, bool big_endian, const ExidxTable& table,
                            std::uint64_t pc) {
    using enum ExidxEntry::Meaning;
    const Table words(memory, big_endian);
    const auto place = find_place(words, table, pc);
    if (!place) return {};
    if (place->content == kCantUnwind) return {place->function, refused, {}};
    auto operations = operations_of(words, *place);
    if (!operations) return {place->function, unreadable, {}};
    return {place->function, unwound, std::move(*operations)};
}

}  // namespace symline::process
