#include "process/unwind/cfi_step.h"

#include <functional>

#include "base/hex.h"
#include "dwarf/frame_expression.h"
#include "process/unwind/code_address.h"

namespace symline::process {
namespace {

using dwarf::RegisterRule;
using Kind = RegisterRule::Kind;
using Value = std::optional<std::uint64_t>;

/// Applies the rules of one frame.
class Step {
public:
    Step(const UnwindSource& source, const Registers& registers, std::uint64_t bias)
        : source_(source),
          registers_(registers),
          context_{.address_size = source.machine().word_size,
                   .big_endian = source.big_endian(),
                   .bias = bias,
                   .register_value = register_value_,
                   .memory = memory_} {}
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

    bool find_cfa(const RegisterRule& rule) {
        const auto found = value(rule, std::nullopt);
        if (found) cfa_ = *found;
        return found.has_value();
    }
    std::uint64_t cfa() const { return cfa_; }

    /// The caller's value of a register.
    Value value(const RegisterRule& rule, std::optional<std::uint64_t> before) {
        const auto offset = static_cast<std::uint64_t>(rule.offset);
        switch (rule.kind) {
            case Kind::undefined: return std::nullopt;
            case Kind::same: return before;
            case Kind::at_offset: return word_at(cfa_ + offset);
            case Kind::is_offset: return cut(cfa_ + offset);
            case Kind::in_register: {
                const auto of = register_value_(rule.number);
                return of ? Value(cut(*of + offset)) : std::nullopt;
            }
            case Kind::at_expression: {
                const auto at = evaluate(rule);
                return at ? word_at(*at) : std::nullopt;
            }
            case Kind::is_expression: return evaluate(rule);
        }
        return std::nullopt;
    }
    /// Memory that was not there.
    const std::optional<std::uint64_t>& unread() const { return unread_; }

private:
    std::uint64_t cut(std::uint64_t value) const {
        return context_.address_size == 4 ? value & 0xffff'ffff : value;
    }
    Value word_at(std::uint64_t address) {
        return memory_(cut(address), source_.machine().register_size);
    }
    Value evaluate(const RegisterRule& rule) {
        return dwarf::evaluate_frame_expression(rule.expression, context_, cfa_);
    }
    Value read(std::uint64_t address, unsigned size) {
        std::array<std::uint8_t, 8> bytes{};
        const auto part = std::span(bytes).first(size);
        if (!source_.memory().read(address, part)) {
            unread_ = address;
            return std::nullopt;
        }
        base::Cursor in(part, source_.big_endian());
        std::uint64_t value = 0;
        if (size == 1 || size == 2 || size == 4 || size == 8) return in.word(size);
        for (unsigned i = 0; i < size; ++i) {
            const unsigned at = source_.big_endian() ? size - 1 - i : i;
            value |= std::uint64_t{bytes[i]} << (8 * at);
        }
        return value;
    }

    const UnwindSource& source_;
    const Registers& registers_;
    const std::function<Value(std::uint64_t)> register_value_ = [this](std::uint64_t number) {
        return number < kNoDwarfNumber ? registers_.by_number(static_cast<std::uint16_t>(number))
                                       : std::nullopt;
    };
    const std::function<Value(std::uint64_t, unsigned)> memory_ =
        [this](std::uint64_t address, unsigned size) { return read(address, size); };
    const dwarf::ExpressionContext context_;
    std::uint64_t cfa_ = 0;
    std::optional<std::uint64_t> unread_;
};

NoStep no_step(const UnwindSource& source, const Registers& registers, const Step& step) {
    if (step.unread()) return {source.memory().why_missing(*step.unread()), step.unread()};
    return {"the call frame information for " + base::hex(registers.pc) +
                " is damaged, or needs registers that are not known",
            std::nullopt};
}

/// What the rules say nothing of is as it was, but for the stack pointer.
void set_stack_pointer(const MachineFacts& machine, const dwarf::CallFrameRules& rules,
                       std::uint64_t cfa, Registers& caller) {
    if (rules.of(machine.stack_pointer) != nullptr) return;
    caller.set(machine.stack_pointer, cfa - machine.cfa_bias);
}

void drop(Registers& registers, std::uint64_t number) {
    std::erase_if(registers.values, [&](const auto& each) { return each.dwarf == number; });
}

}  // namespace

std::expected<CfiStep, NoStep> step_by_cfi(const UnwindSource& source, const Registers& registers,
                                           const dwarf::CallFrameRules& rules, std::uint64_t bias) {
    const MachineFacts& machine = source.machine();
    Step step(source, registers, bias);
    if (!step.find_cfa(rules.cfa)) return std::unexpected(no_step(source, registers, step));
    CfiStep found{.registers = registers};
    Registers& caller = found.registers;
    set_stack_pointer(machine, rules, step.cfa(), caller);
    Value saved = rules.of(rules.return_column) == nullptr
                      ? registers.by_number(static_cast<std::uint16_t>(rules.return_column))
                      : std::nullopt;
    for (const auto& [number, rule] : rules.registers) {
        const bool returns = number == rules.return_column;
        if (!returns && !has_register(machine, number)) continue;
        const auto register_number = static_cast<std::uint16_t>(number);
        const auto value = step.value(rule, registers.by_number(register_number));
        if (step.unread()) return std::unexpected(no_step(source, registers, step));
        if (returns) saved = value;
        value ? caller.set(register_number, *value) : drop(caller, number);
        if (returns && rule.kind == Kind::undefined) found.outermost = true;
    }
    if (found.outermost) return found;
    if (!saved) return std::unexpected(no_step(source, registers, step));
    caller.pc = code_address(source, registers, *saved);
    if (machine.pc_register) caller.set(*machine.pc_register, caller.pc);
    found.outermost = caller.pc == 0;
    return found;
}

}  // namespace symline::process
