#include "process/unwind/arm_exidx.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "base/hex.h"
#include "process/unwind/arm_prologue.h"
#include "process/unwind/code_before.h"
#include "process/unwind/return_address.h"
#include "process/unwind/signal_frame.h"
#include "process/unwind/thread_exit.h"

namespace symline::process {
namespace {

using Kind = ExidxOperation::Kind;
using Operations = std::vector<ExidxOperation>;

constexpr std::uint16_t kSp = 13;
constexpr std::uint16_t kLr = 14;
constexpr std::uint16_t kPc = 15;
constexpr std::uint64_t kThumbFlag = 0x20;  ///< of cpsr

/// What a function's frame takes, if it ends where the operations begin.
std::int64_t frame_size(const Operations& operations) {
    std::int64_t size = 0;
    for (const ExidxOperation& each : operations) {
        if (each.kind == Kind::move || each.kind == Kind::skip) size += each.value;
        if (each.kind == Kind::pop)
            size += std::int64_t{4} * std::popcount(static_cast<std::uint64_t>(each.value));
    }
    return size;
}

const ExidxOperation* frame_register(const Operations& operations) {
    const auto found = std::ranges::find(operations, Kind::from, &ExidxOperation::kind);
    return found == operations.end() ? nullptr : &*found;
}

/// Executes operations on registers.
class Departure {
public:
    Departure(const UnwindSource& source, const Registers& registers)
        : source_(source), registers_(registers) {
        // What a callee need not preserve is not the caller's.
        lost_ = {0, 1, 2, 3, 12};
    }

    /// `begin` is below the stack pointer where that much of the frame is not built yet: its
    /// registers are still where they were.
    std::expected<Registers, NoStep> run(const Operations& operations, std::uint64_t begin);

private:
    std::optional<NoStep> apply(const ExidxOperation& operation);
    std::optional<NoStep> pop(std::uint64_t mask);
    std::expected<Registers, NoStep> caller() const;
    NoStep none(std::string_view why) const {
        return {"the unwind table of " + base::hex(registers_.pc) + " " + std::string(why)};
    }

    const UnwindSource& source_;
    const Registers& registers_;
    std::vector<std::uint16_t> lost_;
    Registers popped_{};
    std::uint64_t sp_ = 0;
};

std::optional<NoStep> Departure::apply(const ExidxOperation& operation) {
    switch (operation.kind) {
        case Kind::move:
        case Kind::skip:
            sp_ = (sp_ + static_cast<std::uint64_t>(operation.value)) & 0xffffffff;
            break;
        case Kind::pop: return pop(static_cast<std::uint64_t>(operation.value));
        case Kind::from: {
            const auto number = static_cast<std::uint16_t>(operation.value);
            auto value = popped_.by_number(number);
            if (!value) value = registers_.by_number(number);
            if (!value) return none("needs r" + std::to_string(number) + ", which is not known");
            sp_ = *value;
        }
    }
    return std::nullopt;
}

std::optional<NoStep> Departure::pop(std::uint64_t mask) {
    const auto built_from = registers_.by_number(kSp).value_or(0);
    std::optional<std::uint64_t> new_sp;
    for (std::uint16_t number = 0; number <= kPc; ++number) {
        if ((mask >> number & 1) == 0) continue;
        auto value = registers_.by_number(number);
        if (sp_ >= built_from) {
            value = read_word(source_.memory(), {4, source_.big_endian()}, sp_);
            if (!value) {
                return NoStep{source_.memory().why_missing(sp_), sp_};
            }
        }
        if (number == kSp) new_sp = value;
        if (value) popped_.set(number, *value);
        sp_ = (sp_ + 4) & 0xffffffff;
    }
    if (new_sp) sp_ = *new_sp;
    return std::nullopt;
}

std::expected<Registers, NoStep> Departure::run(const Operations& operations, std::uint64_t begin) {
    sp_ = begin;
    for (const ExidxOperation& each : operations) {
        if (auto failed = apply(each)) return std::unexpected(std::move(*failed));
    }
    return caller();
}

std::expected<Registers, NoStep> Departure::caller() const {
    auto link = popped_.by_number(kPc);
    if (!link) link = popped_.by_number(kLr);
    if (!link) link = registers_.by_number(kLr);
    if (!link) return std::unexpected(none("leaves no return address"));
    Registers caller;
    for (const auto& each : registers_.values) {
        const bool kept = each.dwarf < kSp && std::ranges::find(lost_, each.dwarf) == lost_.end();
        if (kept) caller.set(each.dwarf, each.value);
    }
    for (const auto& each : popped_.values) {
        if (each.dwarf < kSp) caller.set(each.dwarf, each.value);
    }
    caller.set(kSp, sp_);
    caller.set(kPc, *link);
    caller.pc = *link;  // with the bit that says "Thumb"
    return caller;
}

class Step {
public:
    Step(const UnwindSource& source, const Registers& registers, CodeKind kind)
        : source_(source), registers_(registers), kind_(kind) {}

    std::expected<Registers, NoStep> by(const ExidxEntry& entry) const {
        auto caller = unchecked(entry);
        if (!caller) return caller;
        const auto below = registers_.by_number(kSp).value_or(0);
        const auto above = caller->by_number(kSp).value_or(0);
        // What has called has pushed its return address.
        if (above < below || (kind_ != CodeKind::exact && above == below)) {
            return none("leads down the stack");
        }
        if (!is_return_address(caller->pc)) return none("leads to no return address");
        caller->pc &= source_.machine().code_mask;
        caller->set(kPc, caller->pc);
        return caller;
    }

private:
    std::unexpected<NoStep> none(std::string_view why) const {
        return std::unexpected(
            NoStep{"the unwind table of " + base::hex(registers_.pc) + " " + std::string(why)});
    }
    ArmCode code(bool thumb) const { return {source_.code_memory(), false, thumb}; }
    /// Nothing where the flags are not known.
    std::optional<ArmCode> stopped_code() const {
        const auto flags = std::ranges::find(registers_.values, "cpsr", &Registers::Value::name);
        if (flags == registers_.values.end()) return std::nullopt;
        return code((flags->value & kThumbFlag) != 0);
    }
    bool is_return_address(std::uint64_t link) const {
        const auto pc = link & source_.machine().code_mask;
        return source_.is_code(pc) && (call_before(source_, link) == CallBefore::yes ||
                                       is_signal_trampoline(source_.machine(), source_.big_endian(),
                                                            source_.code_memory(), pc));
    }

    std::expected<Registers, NoStep> unchecked(const ExidxEntry& entry) const;
    std::expected<Registers, NoStep> from_inside(const ExidxEntry& entry, const ArmCode& code,
                                                 std::uint64_t sp) const;

    const UnwindSource& source_;
    const Registers& registers_;
    CodeKind kind_;
};

std::expected<Registers, NoStep> Step::unchecked(const ExidxEntry& entry) const {
    const auto sp = registers_.by_number(kSp);
    if (!sp) return none("needs the stack pointer");
    if (kind_ == CodeKind::exact) {
        const auto code = stopped_code();
        if (!code)
            return none("holds for calls alone, and it is not known how the code is encoded");
        // Functions that make system calls are unwound there when a thread is cancelled.
        if (!follows_system_call(*code, registers_.pc)) return from_inside(entry, *code, *sp);
        return Departure(source_, registers_).run(entry.operations, *sp);
    }
    // The link register is the callee's.
    Registers known = registers_;
    std::erase_if(known.values, [](const auto& each) { return each.dwarf == kLr; });
    return Departure(source_, known).run(entry.operations, *sp);
}

/// From any instruction: what is missing of the frame is not popped.
std::expected<Registers, NoStep> Step::from_inside(const ExidxEntry& entry, const ArmCode& code,
                                                   std::uint64_t sp) const {
    const auto size = frame_size(entry.operations);
    const ExidxOperation* frame = frame_register(entry.operations);
    const auto pc = registers_.pc;
    const bool has_frame =
        frame != nullptr &&
        sets_frame_register(code, entry.function, pc, static_cast<unsigned>(frame->value));
    if (has_frame) return Departure(source_, registers_).run(entry.operations, sp);
    // A frame of a gigabyte is none.
    if (size < 0 || size > 1 << 30) return none("describes no frame");
    const auto pushed = pushed_before(code, entry.function, pc, static_cast<std::uint32_t>(size));
    if (pushed == 0U && size > 0) return Departure(source_, registers_).run({}, sp);
    if (!pushed || frame != nullptr) {
        return none("holds for calls alone, and it stopped in a prologue or an epilogue");
    }
    const auto missing = static_cast<std::uint64_t>(size) - *pushed;
    return Departure(source_, registers_).run(entry.operations, (sp - missing) & 0xffffffff);
}

/// Where a program or a thread begins. Neither is unwound, and nothing called it.
bool is_outermost(const UnwindSource& source, std::uint64_t pc) {
    return source.begins_stack(pc - 1) || exits_thread(source, pc);
}

/// Of the code before pc. Nothing where neither encoding has a call there.
std::optional<bool> is_thumb(const UnwindSource& source, const Registers& registers,
                             CodeKind kind) {
    const auto pc = registers.pc;
    if (kind == CodeKind::exact) {
        const auto flags = std::ranges::find(registers.values, "cpsr", &Registers::Value::name);
        if (flags == registers.values.end()) return std::nullopt;
        return (flags->value & kThumbFlag) != 0;
    }
    if (call_before(source, pc | 1) == CallBefore::yes) return true;
    if (call_before(source, pc) == CallBefore::yes) return false;
    return std::nullopt;
}

}  // namespace

std::optional<Registers> step_by_arm_prologue(const UnwindSource& source,
                                              const Registers& registers, CodeKind pc_kind) {
    const auto thumb = is_thumb(source, registers, pc_kind);
    if (!thumb) return std::nullopt;
    const CodeBefore code(source.code_memory(), registers.pc);
    const Step step(source, registers, pc_kind);
    const auto frames = find_arm_frames({code, false, *thumb}, code.begin(), registers.pc);
    for (const ArmFrame& each : frames) {
        auto caller = step.by({each.begin, ExidxEntry::Meaning::unwound, each.operations});
        if (caller) return *caller;
    }
    if (pc_kind != CodeKind::exact) return std::nullopt;
    // A function without a frame; with one, the register leads back into it.
    const auto link = registers.by_number(kLr).value_or(0);
    const auto back = link & source.machine().code_mask;
    if (!frames.empty() && back > frames.front().begin && back <= registers.pc) return std::nullopt;
    ExidxEntry leaf{registers.pc, ExidxEntry::Meaning::unwound, {}};
    const auto begin = call_target(source, link);
    const bool called = begin && *begin >= code.begin() && *begin < registers.pc;
    if (auto own =
            called ? leaf_frame({code, false, *thumb}, *begin, registers.pc) : std::nullopt) {
        leaf = {own->begin, ExidxEntry::Meaning::unwound, std::move(own->operations)};
    }
    auto caller = step.by(leaf);
    return caller ? std::optional(*caller) : std::nullopt;
}

std::expected<Registers, NoStep> step_by_exidx(const UnwindSource& source, const ExidxTable& table,
                                               const Registers& registers, CodeKind pc_kind) {
    const CodeAddress pc{{registers.pc}, pc_kind};
    const auto entry = read_exidx_entry(source.code_memory(), source.big_endian(), table,
                                        pc.lookup_address().value);
    const auto none = [&](std::string_view why) {
        return std::unexpected(NoStep{base::hex(registers.pc) + ' ' + std::string(why)});
    };
    switch (entry.meaning) {
        case ExidxEntry::Meaning::none: return none("is in no unwind table");
        case ExidxEntry::Meaning::unreadable: return none("has an unwind table that is damaged");
        case ExidxEntry::Meaning::refused:
            if (is_outermost(source, registers.pc)) return std::unexpected(NoStep{});
            return none("is not to be unwound (EXIDX_CANTUNWIND)");
        case ExidxEntry::Meaning::unwound: break;
    }
    return Step(source, registers, pc_kind).by(entry);
}

}  // namespace symline::process
