#include "output/function_json.h"

#include "symline/demangle.h"

namespace symline::output {

void append_function(JsonWriter& json, const Frame& frame) {
    const auto linkage_name = frame.linkage_or_name();
    const auto readable = demangle(linkage_name);
    const bool mangled = readable != linkage_name;
    const bool has_own_name = !frame.name.empty() && frame.name != linkage_name;
    json.nonempty_string("function", has_own_name ? frame.name : readable);
    json.nonempty_string("linkage_name", mangled ? linkage_name : frame.linkage_name);
    if (mangled) json.string("demangled", readable);
}

void append_source(JsonWriter& json, const std::vector<SourceLine>& lines) {
    if (lines.empty()) return;
    json.array("source", lines, [&](const SourceLine& line) {
        json.begin_object();
        json.nonzero_number("line", line.number);
        json.string("text", line.text);
        json.end_object();
    });
}

}  // namespace symline::output
