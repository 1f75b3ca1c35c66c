// Bytes to instructions, for the "Code:" lines of a Decoder (see decoder.h).
//
//     symline::Decoder decoder({.disassembler = symline::make_disassembler});
//
//     if (const auto x86 = symline::make_disassembler({.isa = symline::Isa::x86})) {
//         std::cout << x86->decode(code, 0xffffffff81000040).text << '\n';
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "symline/error.h"

namespace symline {

/// Instruction sets.
enum class Isa : std::uint8_t { x86, arm64, arm, thumb, riscv, ppc, s390, mips, loongarch };

struct CodeTarget {
    Isa isa = Isa::x86;
    bool is64 = true;
    bool big_endian = false;
    friend bool operator==(const CodeTarget&, const CodeTarget&) = default;
};

/// Instructions begin at multiples of this, in bytes.
[[nodiscard]] constexpr std::size_t instruction_alignment(const CodeTarget& target) {
    switch (target.isa) {
        case Isa::x86: return 1;
        case Isa::thumb:
        case Isa::riscv:
        case Isa::s390: return 2;
        default: return 4;
    }
}

struct Instruction {
    std::size_t size = 0;  ///< in bytes; 0, or more than there are: none begins there
    std::string text;      ///< in LLVM's syntax, AT&T's on x86, without tabs
    std::optional<std::uint64_t> target;  ///< where a direct branch or call goes
};

class Disassembler {
public:
    virtual ~Disassembler() = default;
    /// The instruction at the front of `code`, which stands at `address` when it runs.
    [[nodiscard]] virtual Instruction decode(std::span<const std::uint8_t> code,
                                             std::uint64_t address) = 0;
    /// Its size alone, which takes a tenth of the time; 0, or more than there are, as above.
    [[nodiscard]] virtual std::size_t size(std::span<const std::uint8_t> code,
                                           std::uint64_t address) = 0;
};

/// Makes the disassembler of one machine; null where there is none for it, and an error where there
/// might be one: a module that cannot be loaded. A Decoder gives notice of either.
using DisassemblerMaker = std::function<Expected<std::unique_ptr<Disassembler>>(const CodeTarget&)>;

/// LLVM's disassemblers: null where LLVM was built without that machine.
///
/// In a library of its own, symline::disassembler (pkg-config: symline-disassembler), for a program
/// that links it grows by 16 MB and 170,000 relocations, which take 2.5 ms of each of its starts. A
/// program to which that matters links it into a module, and loads that once it is needed.
[[nodiscard]] std::unique_ptr<Disassembler> make_disassembler(const CodeTarget& target);

}  // namespace symline
