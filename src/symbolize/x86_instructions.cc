#include "symbolize/x86_instructions.h"

#include <algorithm>

namespace symline::symbolize {
namespace {

/// What follows an opcode (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2,
/// appendix A).
enum Operands : std::uint8_t {
    none,
    modrm,  ///< ModRM, SIB and displacement
    imm8,   ///< a byte
    immz,   ///< four bytes, two with an operand-size prefix
    modrm_imm8,
    modrm_immz,
    imm16,
    imm24,   ///< enter
    immv,    ///< mov to a register: eight bytes with REX.W
    moffs,   ///< an address
    far,     ///< a segment and an offset
    group3,  ///< F6, F7: an immediate where ModRM's reg is 0 or 1
};

/// Of the one-byte opcodes from 0x40 on, a letter each; see operands_of.
constexpr char kOneByte[] =
    "................"   // 40: inc, dec; REX in 64-bit code
    "................"   // 50: push, pop
    "..mm....zMbB...."   // 60
    "bbbbbbbbbbbbbbbb"   // 70: jumps
    "BMBBmmmmmmmmmmmm"   // 80
    "..........f....."   // 90
    "aaaa....bz......"   // a0
    "bbbbbbbbvvvvvvvv"   // b0
    "BBw.mmBMe.w..b.."   // c0
    "mmmmbb..mmmmmmmm"   // d0
    "bbbbbbbbzzfb...."   // e0
    "......gg......mm";  // f0

/// Of those after 0F.
constexpr char kTwoBytes[] =
    "mmmm.........m.B"   // 00
    "mmmmmmmmmmmmmmmm"   // 10
    "mmmmmmmmmmmmmmmm"   // 20
    "................"   // 30; 38 and 3A lead to other tables
    "mmmmmmmmmmmmmmmm"   // 40
    "mmmmmmmmmmmmmmmm"   // 50
    "mmmmmmmmmmmmmmmm"   // 60
    "BBBBmmm.mmmmmmmm"   // 70
    "zzzzzzzzzzzzzzzz"   // 80: jumps
    "mmmmmmmmmmmmmmmm"   // 90
    "...mBm.....mBmmm"   // a0
    "mmmmmmmmmmBmmmmm"   // b0
    "mmBmBBBm........"   // c0
    "mmmmmmmmmmmmmmmm"   // d0
    "mmmmmmmmmmmmmmmm"   // e0
    "mmmmmmmmmmmmmmmm";  // f0

Operands operands_of(char letter) {
    switch (letter) {
        case 'm': return modrm;
        case 'b': return imm8;
        case 'z': return immz;
        case 'B': return modrm_imm8;
        case 'M': return modrm_immz;
        case 'w': return imm16;
        case 'e': return imm24;
        case 'v': return immv;
        case 'a': return moffs;
        case 'f': return far;
        case 'g': return group3;
        default: return none;
    }
}

/// 00 to 3F: eight groups of arithmetic.
Operands arithmetic(std::uint8_t opcode) {
    const unsigned form = opcode & 7;
    return form < 4 ? modrm : form == 4 ? imm8 : form == 5 ? immz : none;
}

bool is_prefix(std::uint8_t byte) {
    constexpr std::uint8_t kPrefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
                                          0x66, 0x67, 0xf0, 0xf2, 0xf3};
    return std::ranges::find(kPrefixes, byte) != std::end(kPrefixes);
}

bool is_rex(std::uint8_t byte) {
    return (byte & 0xf0) == 0x40;
}

class Reader {
public:
    Reader(std::span<const std::uint8_t> code, bool is64) : code_(code), is64_(is64) {}

    std::size_t size() {
        read_prefixes();
        const Operands operands = read_opcode();
        std::size_t rest = immediate_size(operands);
        if (has_modrm(operands)) {
            const std::uint8_t byte = take();
            rest += displacement_size(byte);
            if (operands == group3 && (byte >> 3 & 7) < 2) rest += wide_group_ ? immediate() : 1;
        }
        at_ += rest;
        return at_ <= code_.size() ? at_ : 0;
    }

private:
    std::uint8_t peek() const { return at_ < code_.size() ? code_[at_] : 0; }
    std::uint8_t take() {
        const std::uint8_t byte = peek();
        ++at_;
        return byte;
    }

    void read_prefixes() {
        while (at_ < code_.size() && is_prefix(peek())) {
            short_operand_ = short_operand_ || peek() == 0x66;
            short_address_ = short_address_ || peek() == 0x67;
            ++at_;
        }
        if (is64_ && is_rex(peek())) wide_ = (take() & 8) != 0;
    }

    Operands read_opcode() {
        if (is_vector_prefix()) return read_vector_opcode();
        const std::uint8_t opcode = take();
        if (opcode == 0x0f) return read_second_opcode(take());
        if (opcode < 0x40) return arithmetic(opcode);
        wide_group_ = opcode == 0xf7;
        return operands_of(kOneByte[opcode - 0x40]);
    }

    Operands read_second_opcode(std::uint8_t opcode) {
        moves_control_ = (opcode & 0xfc) == 0x20;
        if (opcode == 0x38 || opcode == 0x3a) ++at_;
        if (opcode == 0x38) return modrm;
        if (opcode == 0x3a) return modrm_imm8;
        return operands_of(kTwoBytes[opcode]);
    }

    /// VEX and EVEX, which are LES, LDS and BOUND in 32-bit code where a ModRM of memory follows.
    bool is_vector_prefix() const {
        const std::uint8_t first = peek();
        if (first != 0xc4 && first != 0xc5 && first != 0x62) return false;
        return is64_ || (at_ + 1 < code_.size() && code_[at_ + 1] >= 0xc0);
    }

    Operands read_vector_opcode() {
        const std::uint8_t first = take();
        const unsigned table = first == 0xc5 ? 1 : peek() & (first == 0x62 ? 7 : 31);
        at_ += first == 0xc5 ? 1 : first == 0xc4 ? 2 : 3;
        const std::uint8_t opcode = take();
        if (table == 3) return modrm_imm8;
        if (table != 1) return modrm;
        const Operands operands = operands_of(kTwoBytes[opcode]);
        return operands == modrm_imm8 || opcode == 0x77 ? operands : modrm;
    }

    static bool has_modrm(Operands operands) {
        return operands == modrm || operands == modrm_imm8 || operands == modrm_immz ||
               operands == group3;
    }

    std::size_t immediate() const { return short_operand_ && !wide_ ? 2 : 4; }
    std::size_t address() const {
        return is64_ ? (short_address_ ? 4 : 8) : (short_address_ ? 2 : 4);
    }

    std::size_t immediate_size(Operands operands) const {
        switch (operands) {
            case imm8:
            case modrm_imm8: return 1;
            case immz:
            case modrm_immz: return immediate();
            case imm16: return 2;
            case imm24: return 3;
            case immv: return wide_ ? 8 : immediate();
            case moffs: return address();
            case far: return immediate() + 2;
            default: return 0;
        }
    }

    std::size_t displacement_size(std::uint8_t byte) {
        const unsigned mode = byte >> 6;
        unsigned base = byte & 7;
        if (mode == 3 || moves_control_) return 0;
        if (!is64_ && short_address_) return mode == 0 ? (base == 6 ? 2 : 0) : mode;
        if (base == 4) base = take() & 7;
        if (mode == 0) return base == 5 ? 4 : 0;
        return mode == 1 ? 1 : 4;
    }

    std::span<const std::uint8_t> code_;
    bool is64_;
    std::size_t at_ = 0;
    bool short_operand_ = false;
    bool short_address_ = false;
    bool wide_ = false;           ///< REX.W
    bool wide_group_ = false;     ///< F7
    bool moves_control_ = false;  ///< MOV of a control register, which has no memory operand
};

}  // namespace

std::size_t x86_instruction_size(std::span<const std::uint8_t> code, bool is64) {
    return Reader(code, is64).size();
}

bool are_x86_prefixes(std::span<const std::uint8_t> code, bool is64) {
    return std::ranges::all_of(
        code, [&](std::uint8_t byte) { return is_prefix(byte) || (is64 && is_rex(byte)); });
}

}  // namespace symline::symbolize
