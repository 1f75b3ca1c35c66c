// What the words around a kernel symbol say of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "log/occurrence.h"
#include "log/symbol_text.h"

namespace symline::log {

struct FrameWords {
    Kind kind = Kind::call;
    bool in_parentheses = false;
    bool labelled =
        false;  ///< a word said the kind ("RIP:", "lr :"): the line is no line of a stack
    bool of_warning = false;               ///< see Occurrence
    bool alone = false;                    ///< but for addresses and remarks, as in a stack
    std::optional<std::uint64_t> address;  ///< of the brackets or the number in front
    bool in_brackets = false;              ///< the address was "[<ADDRESS>]" or "[ADDRESS]"
    std::size_t bracket_at = 0;            ///< where these begin
};

/// Whether the word in front of a place says what it is: "RIP", "lr".
bool is_label(std::string_view word);

/// Whether a word with its colon is a message's own, "RIP:", "CPU:", "pc:", and not a logger's,
/// "kernel:".
bool is_message_label(std::string_view word);

/// `symbol` was found in `line`, whose message begins at `begin`.
FrameWords frame_words(std::string_view line, std::size_t begin, const SymbolText& symbol);

}  // namespace symline::log
