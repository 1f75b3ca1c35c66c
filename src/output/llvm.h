// Answers as llvm-addr2line and llvm-symbolizer 19 print them, plain text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "output/answer_style.h"
#include "output/source.h"
#include "symline/frame.h"

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

/// The answer for a symbol's name: the place of each symbol that has it.
void append_llvm_places(std::string& out, std::span<const Frame> places, const LlvmStyle& style);

/// A variable of static storage duration; without a name where none is at the address.
struct LlvmData {
    std::string_view name{};
    std::uint64_t start = 0;
    std::uint64_t size = 0;
    std::string_view file{};  ///< of its declaration; empty where that is not known
    std::uint64_t line = 0;
};

/// The answer to "DATA address".
void append_llvm_data(std::string& out, std::optional<std::uint64_t> address, const LlvmData& data,
                      const LlvmStyle& style);

/// A variable or parameter in the frame of a function.
struct LlvmVariable {
    std::string_view function{};
    std::string_view name{};
    std::string_view file{};  ///< of its declaration
    std::uint64_t line = 0;
    std::optional<std::int64_t> frame_offset;  ///< bytes from the frame base
    std::optional<std::uint64_t> size;         ///< bytes
    std::optional<std::uint64_t> tag_offset;   ///< of stack tagging
};

/// The answer to "FRAME address".
void append_llvm_variables(std::string& out, std::optional<std::uint64_t> address,
                           std::span<const LlvmVariable> variables, const LlvmStyle& style);

/// Frame::start, where LLVM shows it: not for inlined functions, and
/// from the symbol table only if names are shown.
std::optional<std::uint64_t> llvm_start_address(const Frame& frame, const NameStyle& names);

/// The source lines around a location as one text; empty if there are none.
std::string llvm_context(const SourceLocation& location, const LlvmStyle& style);

}  // namespace symline::output
