// The answer to an address as text, to compare and to show.
#pragma once

#include <string>

#include "symline/error.h"
#include "symline/frame.h"

namespace symline::test {

inline std::string text_of(const Expected<Lookup>& answer) {
    if (!answer) return "error: " + answer.error().message;
    std::string text = answer->miss ? std::string(describe(*answer->miss)) : "";
    for (const Frame& frame : answer->frames) {
        text += std::string(frame.linkage_or_name()) + " " + std::string(frame.location.file) +
                ":" + std::to_string(frame.location.line) + "\n";
    }
    return text;
}

}  // namespace symline::test
