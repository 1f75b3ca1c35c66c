#include "dwarf/frame_expression.h"

#include <llvm/BinaryFormat/Dwarf.h>

#include <array>
#include <utility>

namespace symline::dwarf {
namespace {

namespace DW = llvm::dwarf;
using base::Bytes;
using base::Cursor;

/// Compilers' expressions have up to 20 operations, and use 4 places.
constexpr std::size_t kMaxStack = 64;
constexpr std::size_t kMaxSteps = 4096;

std::int64_t as_signed(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}
std::uint64_t as_unsigned(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

class StackMachine {
public:
    StackMachine(Bytes expression, const ExpressionContext& context)
        : in_(expression, context.big_endian), context_(context) {}

    void push(std::uint64_t value) {
        if (size_ == kMaxStack) return in_.fail();
        stack_[size_++] = context_.address_size == 4 ? value & 0xffff'ffff : value;
    }
    std::optional<std::uint64_t> run() {
        for (std::size_t steps = 0; !in_.at_end(); ++steps) {
            if (steps == kMaxSteps || !step(in_.u8()) || !in_.ok()) return std::nullopt;
        }
        if (!in_.ok() || size_ == 0) return std::nullopt;
        return stack_[size_ - 1];
    }

private:
    bool step(std::uint8_t code) {
        if (code >= DW::DW_OP_lit0 && code <= DW::DW_OP_lit31) {
            push(code - DW::DW_OP_lit0);
            return true;
        }
        if (code >= DW::DW_OP_breg0 && code <= DW::DW_OP_breg31) {
            return push_register(code - DW::DW_OP_breg0);
        }
        return constant(code) || stack_operation(code) || memory_operation(code) || unary(code) ||
               binary(code) || jump(code);
    }

    bool constant(std::uint8_t code) {
        switch (code) {
            case DW::DW_OP_addr: push(in_.word(context_.address_size) + context_.bias); break;
            case DW::DW_OP_const1u: push(in_.u8()); break;
            case DW::DW_OP_const1s: push(as_unsigned(static_cast<std::int8_t>(in_.u8()))); break;
            case DW::DW_OP_const2u: push(in_.u16()); break;
            case DW::DW_OP_const2s: push(as_unsigned(static_cast<std::int16_t>(in_.u16()))); break;
            case DW::DW_OP_const4u: push(in_.u32()); break;
            case DW::DW_OP_const4s: push(as_unsigned(static_cast<std::int32_t>(in_.u32()))); break;
            case DW::DW_OP_const8u:
            case DW::DW_OP_const8s: push(in_.u64()); break;
            case DW::DW_OP_constu: push(in_.uleb()); break;
            case DW::DW_OP_consts: push(as_unsigned(in_.sleb())); break;
            case DW::DW_OP_bregx: return push_register(in_.uleb());
            case DW::DW_OP_nop: break;
            default: return false;
        }
        return true;
    }

    bool stack_operation(std::uint8_t code) {
        switch (code) {
            case DW::DW_OP_dup: return pick(0);
            case DW::DW_OP_over: return pick(1);
            case DW::DW_OP_pick: return pick(in_.u8());
            case DW::DW_OP_drop: pop(); return in_.ok();
            case DW::DW_OP_swap: return rotate(2);
            case DW::DW_OP_rot: return rotate(3);
            default: return false;
        }
    }

    bool memory_operation(std::uint8_t code) {
        if (code != DW::DW_OP_deref && code != DW::DW_OP_deref_size) return false;
        const unsigned size = code == DW::DW_OP_deref ? context_.address_size : in_.u8();
        const std::uint64_t address = pop();
        if (!in_.ok() || size == 0 || size > 8) return false;
        const auto value = context_.memory(address, size);
        if (value) push(*value);
        return value.has_value();
    }

    bool unary(std::uint8_t code) {
        switch (code) {
            case DW::DW_OP_abs: {
                const std::uint64_t value = pop();
                push(as_signed(extended(value)) < 0 ? 0 - value : value);
                return in_.ok();
            }
            case DW::DW_OP_neg: push(0 - pop()); return in_.ok();
            case DW::DW_OP_not: push(~pop()); return in_.ok();
            case DW::DW_OP_plus_uconst: push(pop() + in_.uleb()); return in_.ok();
            default: return false;
        }
    }

    bool binary(std::uint8_t code) {
        const bool known = (code >= DW::DW_OP_and && code <= DW::DW_OP_xor) ||
                           (code >= DW::DW_OP_eq && code <= DW::DW_OP_ne);
        if (!known || code == DW::DW_OP_bra) return false;
        const std::uint64_t right = pop(), left = pop();
        if (!in_.ok()) return false;
        const auto value = combined(code, left, right);
        if (value) push(*value);
        return value.has_value();
    }

    std::optional<std::uint64_t> combined(std::uint8_t code, std::uint64_t left,
                                          std::uint64_t right) const {
        const std::int64_t a = as_signed(extended(left)), b = as_signed(extended(right));
        switch (code) {
            case DW::DW_OP_and: return left & right;
            case DW::DW_OP_or: return left | right;
            case DW::DW_OP_xor: return left ^ right;
            case DW::DW_OP_plus: return left + right;
            case DW::DW_OP_minus: return left - right;
            case DW::DW_OP_mul: return left * right;
            case DW::DW_OP_div:
                if (b == 0) return std::nullopt;
                return b == -1 ? 0 - left : as_unsigned(a / b);
            case DW::DW_OP_mod:
                if (right == 0) return std::nullopt;
                return left % right;
            case DW::DW_OP_shl: return right < 64 ? left << right : 0;
            case DW::DW_OP_shr: return right < 64 ? left >> right : 0;
            case DW::DW_OP_shra: return as_unsigned(a >> (right < 64 ? right : 63));
            case DW::DW_OP_eq: return a == b;
            case DW::DW_OP_ne: return a != b;
            case DW::DW_OP_lt: return a < b;
            case DW::DW_OP_le: return a <= b;
            case DW::DW_OP_gt: return a > b;
            case DW::DW_OP_ge: return a >= b;
            default: return std::nullopt;
        }
    }

    bool jump(std::uint8_t code) {
        if (code != DW::DW_OP_skip && code != DW::DW_OP_bra) return false;
        const auto distance = static_cast<std::int16_t>(in_.u16());
        const bool taken = code == DW::DW_OP_skip || pop() != 0;
        if (taken && in_.ok()) in_.seek(in_.offset() + as_unsigned(distance));
        return in_.ok();
    }

    bool push_register(std::uint64_t number) {
        const std::int64_t offset = in_.sleb();
        const auto value = context_.register_value(number);
        if (value) push(*value + as_unsigned(offset));
        return value.has_value();
    }

    std::uint64_t pop() {
        if (size_ == 0) {
            in_.fail();
            return 0;
        }
        return stack_[--size_];
    }
    bool pick(std::size_t depth) {
        if (depth >= size_) return false;
        push(stack_[size_ - 1 - depth]);
        return in_.ok();
    }
    /// The top becomes the last of the first `count`.
    bool rotate(std::size_t count) {
        if (count > size_) return false;
        for (std::size_t i = 1; i < count; ++i) {
            std::swap(stack_[size_ - i], stack_[size_ - i - 1]);
        }
        return true;
    }
    /// With the sign of an address.
    std::uint64_t extended(std::uint64_t value) const {
        return context_.address_size == 4
                   ? as_unsigned(static_cast<std::int32_t>(static_cast<std::uint32_t>(value)))
                   : value;
    }

    Cursor in_;
    const ExpressionContext& context_;
    std::array<std::uint64_t, kMaxStack> stack_{};
    std::size_t size_ = 0;
};

}  // namespace

std::optional<std::uint64_t> evaluate_frame_expression(Bytes expression,
                                                       const ExpressionContext& context,
                                                       std::optional<std::uint64_t> initial) {
    StackMachine machine(expression, context);
    if (initial) machine.push(*initial);
    return machine.run();
}

}  // namespace symline::dwarf
