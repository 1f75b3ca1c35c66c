#include "dwarf/call_frames.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <llvm/BinaryFormat/Dwarf.h>

namespace symline::dwarf {
namespace {

namespace DW = llvm::dwarf;
using base::Bytes;
using base::Cursor;

/// DW_CFA_remember_state is nested once or twice at most.
constexpr std::size_t kMaxRemembered = 64;
/// The three instructions that have an operand in their lower bits.
constexpr unsigned kOperandBits = 6;

/// What a CIE says of all functions that name it.
struct Common {
    unsigned address_size = 8;
    std::uint64_t code_alignment = 1;
    std::int64_t data_alignment = 1;
    std::uint64_t return_column = 0;
    Bytes instructions;
};

/// The rules of the instruction that was reached.
struct Rules {
    bool cfa_known = false;
    bool return_known = true;
    CallFrame frame;
};

/// The part of a header that an entry begins with.
struct Entry {
    Cursor body;
    bool is64 = false;
    std::uint64_t id = 0;  ///< of a CIE all ones, of an FDE where its CIE is
    bool is_common() const { return id == (is64 ? ~std::uint64_t{0} : 0xffff'ffff); }
};

std::optional<Entry> next_entry(Cursor& in) {
    std::uint64_t length = in.u32();
    const bool is64 = length == DW::DW_LENGTH_DWARF64;
    if (is64) length = in.u64();
    if (!in.ok() || length == 0 || length > in.remaining()) return std::nullopt;
    Entry entry{Cursor(in.rest().first(length), in.big_endian()), is64};
    in.skip(length);
    entry.id = is64 ? entry.body.u64() : entry.body.u32();
    return entry;
}

std::optional<Common> read_common(Bytes section, bool big_endian, std::uint64_t offset) {
    Cursor in(section, big_endian, offset);
    auto entry = next_entry(in);
    if (!entry || !entry->is_common()) return std::nullopt;
    Cursor& body = entry->body;
    Common common;
    const unsigned version = body.u8();
    // What an augmentation adds is not known. Those of .eh_frame are not in this section.
    if (version == 0 || version > 4 || !body.string().empty()) return std::nullopt;
    if (version == 4) {
        common.address_size = body.u8();
        if (body.u8() != 0) return std::nullopt;  // segment selectors
    }
    common.code_alignment = body.uleb();
    common.data_alignment = body.sleb();
    common.return_column = version == 1 ? body.u8() : body.uleb();
    common.instructions = body.rest();
    if (!body.ok()) return std::nullopt;
    return common;
}

/// Runs call frame instructions up to an address.
class Machine {
public:
    Machine(const Common& common, std::uint64_t begin, std::uint64_t address)
        : common_(common), at_(begin), address_(address) {
        rules_.frame.return_register = common.return_column;
    }

    /// False at what is not known or damaged.
    bool run(Bytes instructions, bool big_endian) {
        Cursor in(instructions, big_endian);
        while (!in.at_end() && at_ <= address_) {
            if (!step(in) || !in.ok()) return false;
        }
        return true;
    }
    /// Instructions of the CIE come before those of the function.
    void begin_function() { initial_ = rules_; }
    const Rules& rules() const { return rules_; }

private:
    bool step(Cursor& in) {
        const std::uint8_t code = in.u8();
        const std::uint64_t operand = code & ((1U << kOperandBits) - 1);
        switch (code & ~((1U << kOperandBits) - 1)) {
            case DW::DW_CFA_advance_loc: return advance(operand);
            case DW::DW_CFA_offset: return saved(operand, factored(in.uleb()));
            case DW::DW_CFA_restore: return restored(operand);
            default: return extended(code, in);
        }
    }

    bool extended(std::uint8_t code, Cursor& in) {
        switch (code) {
            case DW::DW_CFA_nop: return true;
            case DW::DW_CFA_set_loc: return set_location(in.word(common_.address_size));
            case DW::DW_CFA_advance_loc1: return advance(in.u8());
            case DW::DW_CFA_advance_loc2: return advance(in.u16());
            case DW::DW_CFA_advance_loc4: return advance(in.u32());
            case DW::DW_CFA_remember_state: return remember();
            case DW::DW_CFA_restore_state: return recall();
            case DW::DW_CFA_GNU_args_size: in.skip_leb(); return true;
            default: return defines_cfa(code, in) || defines_register(code, in);
        }
    }

    bool defines_cfa(std::uint8_t code, Cursor& in) {
        CallFrame& frame = rules_.frame;
        switch (code) {
            case DW::DW_CFA_def_cfa:
            case DW::DW_CFA_def_cfa_sf:
                frame.cfa_register = in.uleb();
                frame.cfa_offset = code == DW::DW_CFA_def_cfa ? plain(in) : factored(in.sleb());
                break;
            case DW::DW_CFA_def_cfa_register: frame.cfa_register = in.uleb(); return true;
            case DW::DW_CFA_def_cfa_offset: frame.cfa_offset = plain(in); return true;
            case DW::DW_CFA_def_cfa_offset_sf: frame.cfa_offset = factored(in.sleb()); return true;
            case DW::DW_CFA_def_cfa_expression:
                in.skip(in.uleb());
                rules_.cfa_known = false;
                return true;
            default: return false;
        }
        rules_.cfa_known = true;
        return true;
    }

    bool defines_register(std::uint8_t code, Cursor& in) {
        const std::uint64_t number = in.uleb();
        switch (code) {
            case DW::DW_CFA_offset_extended: return saved(number, factored(in.uleb()));
            case DW::DW_CFA_offset_extended_sf: return saved(number, factored(in.sleb()));
            case DW::DW_CFA_restore_extended: return restored(number);
            case DW::DW_CFA_same_value: return moved(number, number);
            case DW::DW_CFA_register: return moved(number, in.uleb());
            case DW::DW_CFA_undefined: return unknown(number);
            case DW::DW_CFA_val_offset:
            case DW::DW_CFA_val_offset_sf: in.skip_leb(); return unknown(number);
            case DW::DW_CFA_expression:
            case DW::DW_CFA_val_expression: in.skip(in.uleb()); return unknown(number);
            default: return false;
        }
    }

    bool set_location(std::uint64_t location) {
        at_ = location;
        return true;
    }
    bool advance(std::uint64_t count) { return set_location(at_ + count * common_.code_alignment); }
    bool remember() {
        remembered_.push_back(rules_);
        return remembered_.size() <= kMaxRemembered;
    }
    bool recall() {
        if (remembered_.empty()) return false;
        rules_ = remembered_.back();
        remembered_.pop_back();
        return true;
    }
    static std::int64_t plain(Cursor& in) { return static_cast<std::int64_t>(in.uleb()); }
    std::int64_t factored(std::uint64_t count) const {
        return static_cast<std::int64_t>(count *
                                         static_cast<std::uint64_t>(common_.data_alignment));
    }
    std::int64_t factored(std::int64_t count) const {
        return factored(static_cast<std::uint64_t>(count));
    }

    // Of all registers only the one that the return address is in matters.
    bool saved(std::uint64_t number, std::int64_t offset) {
        if (number != common_.return_column) return true;
        rules_.return_known = true;
        rules_.frame.return_offset = offset;
        return true;
    }
    bool moved(std::uint64_t number, std::uint64_t to) {
        if (number != common_.return_column) return true;
        rules_.return_known = true;
        rules_.frame.return_offset.reset();
        rules_.frame.return_register = to;
        return true;
    }
    bool restored(std::uint64_t number) {
        if (number != common_.return_column) return true;
        rules_.return_known = initial_.return_known;
        rules_.frame.return_offset = initial_.frame.return_offset;
        rules_.frame.return_register = initial_.frame.return_register;
        return true;
    }
    bool unknown(std::uint64_t number) {
        if (number == common_.return_column) rules_.return_known = false;
        return true;
    }

    const Common& common_;
    std::uint64_t at_, address_;
    Rules rules_, initial_;
    std::vector<Rules> remembered_;
};

}  // namespace

CallFrames::CallFrames(Bytes section, bool big_endian)
    : section_(section), big_endian_(big_endian) {
    Cursor in(section, big_endian);
    std::optional<Common> common;
    std::uint64_t common_at = ~std::uint64_t{0};
    while (auto entry = next_entry(in)) {
        if (entry->is_common()) continue;
        if (entry->id != std::exchange(common_at, entry->id)) {
            common = read_common(section, big_endian, common_at);
        }
        if (!common) continue;
        Cursor& body = entry->body;
        Function function{.common = common_at};
        function.begin = body.word(common->address_size);
        function.size = body.word(common->address_size);
        function.instructions = body.rest();
        if (body.ok()) functions_.push_back(function);
    }
    std::ranges::stable_sort(functions_, {}, &Function::begin);
}

std::optional<CallFrame> CallFrames::at(std::uint64_t address) const {
    auto function = std::ranges::upper_bound(functions_, address, {}, &Function::begin);
    if (function == functions_.begin() || address - (--function)->begin >= function->size) {
        return std::nullopt;
    }
    const auto common = read_common(section_, big_endian_, function->common);
    if (!common) return std::nullopt;
    Machine machine(*common, function->begin, address);
    if (!machine.run(common->instructions, big_endian_)) return std::nullopt;
    machine.begin_function();
    if (!machine.run(function->instructions, big_endian_)) return std::nullopt;
    const Rules& rules = machine.rules();
    if (!rules.cfa_known || !rules.return_known) return std::nullopt;
    return rules.frame;
}

}  // namespace symline::dwarf
