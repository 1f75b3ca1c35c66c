// Members of a JSON object, one after the other; those without a value are left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "output/json.h"
#include "output/numbers.h"

namespace symline::output {

/// The key, behind a comma unless the object has just begun.
inline void append_key(std::string& out, std::string_view key) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += key;
    out += "\":";
}

inline void append_text(std::string& out, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    append_key(out, key);
    append_json_string(out, value);
}

inline void append_number(std::string& out, std::string_view key, std::uint64_t value) {
    if (value == 0) return;
    append_key(out, key);
    append_decimal(out, value);
}

}  // namespace symline::output
