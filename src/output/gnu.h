// Answers as GNU addr2line 2.40 prints them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "output/answer_style.h"
#include "symline/frame.h"

namespace symline::output {

struct GnuStyle : AnswerStyle {};

struct ShownAddress {
    std::uint64_t value = 0;
    unsigned digits = 16;  ///< 8 for 32-bit files
};

/// One answer, with line ends. `frames` is empty if there is none. `precision` is that
/// of the innermost line.
void append_gnu(std::string& out, ShownAddress address, std::span<const Frame> frames,
                const GnuStyle& style, Precision precision = Precision::exact);

/// The two parts of an answer: the address, if the style shows it, and the part that all addresses
/// with these frames have in common.
void append_gnu_address(std::string& out, ShownAddress address, const GnuStyle& style);
void append_gnu_frames(std::string& out, std::span<const Frame> frames, const GnuStyle& style,
                       Precision precision = Precision::exact);

/// "FILE:LINE" as GNU writes it: "??" for no file, "?" for line 0, and the discriminator if there
/// is one. No line end.
void append_gnu_location(std::string& out, const SourceLocation& location, const NameStyle& style,
                         Precision precision = Precision::exact);

}  // namespace symline::output
