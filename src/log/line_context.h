// A line on its way through the rules.
#pragma once

#include <string_view>

#include "log/occurrence.h"
#include "log/stack_state.h"

namespace symline::log {

struct LineContext {
    std::string_view line;     ///< all of it: spans count from its start
    std::string_view message;  ///< after prefix and indentation, without the spaces at its end
    StackState& state;
    ParsedLine& result;
    /// By its first word it is a frame, and nothing that another word begins.
    bool begins_as_frame = false;

    std::size_t offset_of(std::string_view part) const {
        return static_cast<std::size_t>(part.data() - line.data());
    }
    /// Where the message starts in the line.
    std::size_t start() const { return offset_of(message); }
    std::size_t indentation() const { return result.indent.size; }

    /// A line of any length must not fill the memory: what follows so many places stays as it is.
    bool is_full() const { return result.occurrences.size() >= 65536; }

    /// Adds an occurrence whose text is line[from, to); the answer goes to its end.
    Occurrence& add(Format format, Kind kind, std::size_t from, std::size_t to) const {
        auto& added = result.occurrences.emplace_back();
        added.format = format;
        added.kind = kind;
        added.text = {from, to - from};
        added.insert_at = to;
        return added;
    }
};

}  // namespace symline::log
