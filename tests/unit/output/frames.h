// Frames made by hand for the printers' tests.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "symline/frame.h"

namespace symline::test {

inline Frame frame(std::string_view name, std::string_view file, std::uint32_t line,
                   bool inlined = false) {
    Frame made;
    made.name = name;
    made.name_source = name.empty() ? NameSource::none : NameSource::dwarf;
    made.location.file = file;
    made.location.line = line;
    made.inlined = inlined;
    return made;
}

/// Three functions deep, as in: outer calls in2, which calls in3, both inlined.
inline std::vector<Frame> inline_chain() {
    std::vector<Frame> chain{frame("in3", "/src/t.c", 3, true), frame("in2", "/src/t.c", 4, true),
                             frame("outer", "/src/t.c", 5)};
    chain[2].start = FileAddress{0x401120};
    return chain;
}

}  // namespace symline::test
