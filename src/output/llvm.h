// Answers as llvm-addr2line and llvm-symbolizer 19 print them, plain text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "output/answer_style.h"
#include "output/source.h"
#include "symline/frame.h"
#include "symline/symbol.h"

namespace symline::output {

struct LlvmStyle : AnswerStyle {
    bool verbose = false;
    /// LLVM's own style, with columns and an empty line after each answer. Otherwise the style that
    /// LLVM calls GNU, which differs from GNU's in places.
    bool columns = false;
    std::uint32_t context_lines = 0;  ///< source lines around each place
    SourceText* source = nullptr;     ///< where they come from; may be null when there are none
};

/// The answer for one address or symbol.
struct LlvmAnswer {
    std::optional<std::uint64_t> address;    ///< none for a symbol, which is printed without
    std::span<const Frame> frames;           ///< empty if there is no answer
    Precision precision = Precision::exact;  ///< of the innermost line
};

void append_llvm(std::string& out, const LlvmAnswer& answer, const LlvmStyle& style);

/// The answer to "DATA address": the symbol, its start and size, and where it is declared, which
/// the symbol table does not say.
void append_llvm_data(std::string& out, std::optional<std::uint64_t> address, const Symbol* symbol,
                      const LlvmStyle& style);

/// The lowest address of the frame's function, where LLVM shows it: not for inlined functions, and
/// from the symbol table only if names are shown.
std::optional<std::uint64_t> llvm_start_address(const Frame& frame, const NameStyle& names);

/// The source lines around a location as one text; empty if there are none.
std::string llvm_context(const SourceLocation& location, const LlvmStyle& style);

}  // namespace symline::output
