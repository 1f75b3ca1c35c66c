// Why a lookup that worked has no answer: the reason for a "??".
//
//     const auto lookup = module.lookup(address);
//     if (lookup && lookup->miss) {
//         if (*lookup->miss == symline::Miss::not_mapped) return;  // of another module
//         std::cerr << describe(*lookup->miss) << '\n';
//     }
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace symline {

/// The code is for programs, the detail for people.
struct Miss {
    enum Code {
        no_debug_info,     ///< neither DWARF nor a symbol table in the file or a debug file of it
        no_symbols,        ///< no DWARF for the address, and the file has no symbol table
        not_covered,       ///< in the file, but in no function, line row or sized symbol
        not_mapped,        ///< in no section (for a runtime address: no mapping) of the module
        module_not_found,  ///< the module that the address belongs to is not known
        anonymous_code,    ///< in executable memory that shows no file: a just-in-time compiler's
    };

    Miss(Code what, std::string why = {}) : code(what), detail(std::move(why)) {}

    Code code;
    /// What the code alone does not say, such as which file was refused and why; a phrase of the
    /// form that describe() gives, or empty.
    std::string detail;

    /// Misses are told apart by their code; the detail may be worded differently.
    [[nodiscard]] friend bool operator==(const Miss& miss, Code code) { return miss.code == code; }
};

/// One phrase for people, lower case, without a full stop: "in no section of the file".
[[nodiscard]] std::string_view describe(Miss::Code code);
/// The detail where there is one, otherwise the phrase of the code. Valid as long as `miss`.
[[nodiscard]] std::string_view describe(const Miss& miss);

}  // namespace symline
