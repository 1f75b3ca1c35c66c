// What the relocation types that occur in debug sections do to a field, for each machine.
//
// A table of our own: LLVM's resolvers ask for an ObjectFile, and with that class come the readers
// of every object format, of bitcode and of assembler, 2 MB which every start of a program paid
// for.
#pragma once

#include <cstdint>
#include <span>

namespace symline::elf {

struct RelocationRule {
    enum class Operation : std::uint8_t {
        keep,      ///< the field as it is
        symbol,    ///< S
        absolute,  ///< S + A
        relative,  ///< S + A - P
        add,       ///< what stands in the field, plus S + A
        subtract,  ///< what stands in the field, minus S + A
    };

    std::uint16_t machine;
    std::uint16_t type;
    Operation operation;
    /// Of the field; where they are no whole byte, the rest of it is kept. 64 for a ULEB128, whose
    /// bytes tell how many bits it has.
    std::uint8_t bits;
};

/// One entry of a relocation section.
struct RelocationTerms {
    std::uint64_t symbol = 0;  ///< S, the symbol's value
    std::int64_t addend = 0;   ///< A
    std::uint64_t offset = 0;  ///< P, the field's place
};

/// The rules of a machine (e_machine); none for one that is not known.
std::span<const RelocationRule> relocation_rules(std::uint16_t machine);

/// The value of a field that holds `value`, after a relocation.
std::uint64_t relocated(const RelocationRule& rule, const RelocationTerms& terms,
                        std::uint64_t value);

}  // namespace symline::elf
