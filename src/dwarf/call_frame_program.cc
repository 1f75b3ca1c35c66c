#include <llvm/BinaryFormat/Dwarf.h>

#include <algorithm>
#include <utility>

#include "dwarf/call_frame_rules.h"

namespace symline::dwarf {
namespace {

namespace DW = llvm::dwarf;
using base::Bytes;
using base::Cursor;
using Kind = RegisterRule::Kind;

/// DW_CFA_remember_state is nested once or twice at most.
constexpr std::size_t kMaxRemembered = 64;
/// Vector registers have the higher numbers, and are not restored.
constexpr std::uint64_t kMaxRegister = 256;
/// The three instructions that have an operand in their lower bits.
constexpr unsigned kOperandBits = 6;
/// DW_CFA_GNU_negative_offset_extended, of old compilers for PowerPC.
constexpr std::uint8_t kNegativeOffset = 0x2f;
/// AArch64's meaning of a number that SPARC's register windows have (DW_CFA_GNU_window_save), and
/// its successor (DWARF for the Arm 64-bit Architecture, section 4.1).
constexpr std::uint8_t kNegateReturnState = 0x2d, kNegateReturnStateWithPc = 0x2c;
/// SPARC's %o7 tells the two apart: AArch64's return addresses are in x30.
constexpr std::uint64_t kSparcReturnColumn = 15;

/// The rules of the instruction that was reached.
class Machine {
public:
    Machine(const CommonEntry& common, std::uint64_t begin, std::uint64_t address)
        : common_(common), at_(begin), address_(address) {
        rules_.return_column = common.return_column;
        rules_.signal_frame = common.signal_frame;
    }

    /// False at what is not known or damaged.
    bool run(Bytes instructions, bool big_endian) {
        Cursor in(instructions, big_endian);
        while (!in.at_end() && at_ <= address_) {
            ++rules_.steps;
            if (!step(in) || !in.ok()) return false;
        }
        return true;
    }
    /// Instructions of the CIE come before those of the function.
    void begin_function() { initial_ = rules_; }
    CallFrameRules take() { return std::move(rules_); }

private:
    bool step(Cursor& in) {
        const std::uint8_t code = in.u8();
        const std::uint64_t operand = code & ((1U << kOperandBits) - 1);
        switch (code & ~((1U << kOperandBits) - 1)) {
            case DW::DW_CFA_advance_loc: return advance(operand);
            case DW::DW_CFA_offset: return set(operand, Kind::at_offset, factored(in.uleb()));
            case DW::DW_CFA_restore: return restore(operand);
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
            case DW::DW_CFA_MIPS_advance_loc8: return advance(in.u64());
            case DW::DW_CFA_remember_state: return remember();
            case DW::DW_CFA_restore_state: return recall();
            case DW::DW_CFA_GNU_args_size: in.skip_leb(); return true;
            case kNegateReturnState:
                if (common_.return_column == kSparcReturnColumn) return save_window();
                [[fallthrough]];
            case kNegateReturnStateWithPc:
                rules_.return_signed = !rules_.return_signed;
                return true;
            default: return defines_cfa(code, in) || defines_register(code, in);
        }
    }

    bool defines_cfa(std::uint8_t code, Cursor& in) {
        RegisterRule& cfa = rules_.cfa;
        switch (code) {
            case DW::DW_CFA_def_cfa:
            case DW::DW_CFA_def_cfa_sf:
                cfa = {.kind = Kind::in_register, .number = in.uleb()};
                cfa.offset = code == DW::DW_CFA_def_cfa ? plain(in) : factored(in.sleb());
                return true;
            case DW::DW_CFA_def_cfa_register:
                cfa.kind = Kind::in_register;
                cfa.number = in.uleb();
                return true;
            case DW::DW_CFA_def_cfa_offset: cfa.offset = plain(in); return true;
            case DW::DW_CFA_def_cfa_offset_sf: cfa.offset = factored(in.sleb()); return true;
            case DW::DW_CFA_def_cfa_expression:
                cfa = {.kind = Kind::is_expression, .expression = block(in)};
                return true;
            default: return false;
        }
    }

    bool defines_register(std::uint8_t code, Cursor& in) {
        const std::uint64_t number = in.uleb();
        switch (code) {
            case DW::DW_CFA_offset_extended:
                return set(number, Kind::at_offset, factored(in.uleb()));
            case DW::DW_CFA_offset_extended_sf:
                return set(number, Kind::at_offset, factored(in.sleb()));
            case kNegativeOffset:
                return set(number, Kind::at_offset, factored(std::uint64_t{0} - in.uleb()));
            case DW::DW_CFA_val_offset: return set(number, Kind::is_offset, factored(in.uleb()));
            case DW::DW_CFA_val_offset_sf: return set(number, Kind::is_offset, factored(in.sleb()));
            case DW::DW_CFA_restore_extended: return restore(number);
            case DW::DW_CFA_same_value: return set(number, Kind::same, 0);
            case DW::DW_CFA_undefined: return set(number, Kind::undefined, 0);
            case DW::DW_CFA_register:
                return set(number, {.kind = Kind::in_register, .number = in.uleb()});
            case DW::DW_CFA_expression:
                return set(number, {.kind = Kind::at_expression, .expression = block(in)});
            case DW::DW_CFA_val_expression:
                return set(number, {.kind = Kind::is_expression, .expression = block(in)});
            default: return false;
        }
    }

    /// SPARC's `save`: %o0 to %o7 of the caller are %i0 to %i7, and its %l and %i registers are
    /// stored where its stack pointer leads when the window is needed.
    bool save_window() {
        constexpr std::uint64_t kOut = 8, kLocal = 16, kIn = 24, kStored = 16;
        for (std::uint64_t i = 0; i < kIn - kLocal; ++i) {
            set(kOut + i, {.kind = Kind::in_register, .number = kIn + i});
        }
        for (std::uint64_t i = 0; i < kStored; ++i) {
            set(kLocal + i, Kind::at_offset, static_cast<std::int64_t>(i * common_.address_size));
        }
        return true;
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
        const std::size_t steps = rules_.steps;
        rules_ = std::move(remembered_.back());
        rules_.steps = steps;
        remembered_.pop_back();
        return true;
    }
    static Bytes block(Cursor& in) {
        const std::uint64_t size = in.uleb();
        const Bytes rest = in.rest();
        in.skip(size);
        return in.ok() ? rest.first(size) : Bytes{};
    }
    static std::int64_t plain(Cursor& in) { return static_cast<std::int64_t>(in.uleb()); }
    std::int64_t factored(std::uint64_t count) const {
        return static_cast<std::int64_t>(count *
                                         static_cast<std::uint64_t>(common_.data_alignment));
    }
    std::int64_t factored(std::int64_t count) const {
        return factored(static_cast<std::uint64_t>(count));
    }

    bool set(std::uint64_t number, RegisterRule rule) {
        if (number < kMaxRegister) rules_.set(number, rule);
        return true;
    }
    bool set(std::uint64_t number, Kind kind, std::int64_t offset) {
        return set(number, {.kind = kind, .offset = offset});
    }
    bool restore(std::uint64_t number) {
        const RegisterRule* before = initial_.of(number);
        if (before == nullptr) {
            rules_.forget(number);
            return true;
        }
        return set(number, *before);
    }

    const CommonEntry& common_;
    std::uint64_t at_, address_;
    CallFrameRules rules_, initial_;
    std::vector<CallFrameRules> remembered_;
};

auto number_of(const std::pair<std::uint64_t, RegisterRule>& each) {
    return each.first;
}

}  // namespace

const RegisterRule* CallFrameRules::of(std::uint64_t number) const {
    const auto found = std::ranges::find(registers, number, number_of);
    return found == registers.end() ? nullptr : &found->second;
}

void CallFrameRules::set(std::uint64_t number, RegisterRule rule) {
    const auto found = std::ranges::find(registers, number, number_of);
    if (found != registers.end()) {
        found->second = rule;
    } else {
        registers.emplace_back(number, rule);
    }
}

void CallFrameRules::forget(std::uint64_t number) {
    std::erase_if(registers, [&](const auto& each) { return each.first == number; });
}

std::optional<CallFrameRules> run_call_frame_program(const CommonEntry& common,
                                                     const FunctionEntry& function,
                                                     std::uint64_t address, bool big_endian) {
    Machine machine(common, function.begin, address);
    if (!machine.run(common.instructions, big_endian)) return std::nullopt;
    machine.begin_function();
    if (!machine.run(function.instructions, big_endian)) return std::nullopt;
    return machine.take();
}

}  // namespace symline::dwarf
