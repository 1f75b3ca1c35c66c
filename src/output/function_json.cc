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

}  // namespace symline::output
