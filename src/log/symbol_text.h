// "symbol+0xOFFSET/0xSIZE [module BUILDID]" as the kernel prints it (%pS, %pSb).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "log/occurrence.h"

namespace symline::log {

struct SymbolText {
    std::string_view symbol;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string_view module;    ///< empty for the kernel, also where the text says "[kernel]"
    std::string_view build_id;  ///< of the module
    Span span;                  ///< from the symbol to the module
};

/// Reads the symbol around the '+' at `plus`. Nothing when what stands there is no such thing: a
/// part of a path, of a version, of a program's code.
std::optional<SymbolText> read_symbol_text(std::string_view line, std::size_t plus);

/// The identifier that ends where `end` is; empty when there is none or when it is part of a path.
std::string_view symbol_before(std::string_view line, std::size_t end);

/// " [module]" or " [module BUILDID]" at `at`: fills in the names and returns where it ends, which
/// is `at` when there is none.
std::size_t read_module(std::string_view line, std::size_t at, std::string_view& module,
                        std::string_view& build_id);

/// Code that the kernel made at run time: no file holds it.
bool is_generated_code(std::string_view symbol);

}  // namespace symline::log
