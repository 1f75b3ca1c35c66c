// Writes JSON into a string: commas, quotes and escapes are set here and nowhere else.
//
//     JsonWriter json(out);
//     json.begin_object();
//     json.string("file", path);
//     json.array("lines", lines, [&](unsigned line) { json.number(line); });
//     json.end_object();
//
// The writer trusts its caller to close what it opens.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "output/numbers.h"

namespace symline::output {

/// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD; control characters are
/// escaped, also those that JSON would allow and a terminal would obey (U+007F to U+009F).
void append_json_string(std::string& out, std::string_view text);

class JsonWriter {
public:
    enum class Start {
        value,         ///< nothing has been written yet
        after_member,  ///< inside an object that has members already
    };
    explicit JsonWriter(std::string& out, Start start = Start::value)
        : out_(out), needs_comma_(start == Start::after_member) {}

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }

    /// One of our own names, in which nothing needs an escape.
    void key(std::string_view name) {
        separate();
        out_ += '"';
        out_ += name;
        out_ += "\":";
        needs_comma_ = false;
    }

    void string(std::string_view text) {
        separate();
        append_json_string(out_, text);
    }
    template <std::integral Number>
    void number(Number value) {
        separate();
        const auto wide = static_cast<std::uint64_t>(value);
        const bool negative = std::cmp_less(value, 0);
        if (negative) out_ += '-';
        append_decimal(out_, negative ? 0 - wide : wide);
    }
    /// A string, "0x1f": JSON's numbers lose the low bits of an address.
    void hex(std::uint64_t value) {
        separate();
        out_ += '"';
        append_0x(out_, value);
        out_ += '"';
    }
    void boolean(bool value) { raw(value ? "true" : "false"); }
    /// A value that is JSON already.
    void raw(std::string_view value) {
        separate();
        out_ += value;
    }

    // The same as members of an object.
    void begin_object(std::string_view name) { key(name), begin_object(); }
    void begin_array(std::string_view name) { key(name), begin_array(); }
    void string(std::string_view name, std::string_view text) { key(name), string(text); }
    void number(std::string_view name, std::integral auto value) { key(name), number(value); }
    void hex(std::string_view name, std::uint64_t value) { key(name), hex(value); }
    void boolean(std::string_view name, bool value) { key(name), boolean(value); }
    void raw(std::string_view name, std::string_view value) { key(name), raw(value); }

    // Members that are left out where they would say nothing.
    void nonempty_string(std::string_view name, std::string_view text) {
        if (!text.empty()) string(name, text);
    }
    void nonzero_number(std::string_view name, std::integral auto value) {
        if (value != 0) number(name, value);
    }

    /// `write` writes one value for each element.
    template <typename Range, typename Write>
    void array(const Range& range, Write write) {
        begin_array();
        for (const auto& each : range) write(each);
        end_array();
    }
    template <typename Range, typename Write>
    void array(std::string_view name, const Range& range, Write write) {
        key(name), array(range, write);
    }

private:
    /// Called before each value and key.
    void separate() {
        if (needs_comma_) out_ += ',';
        needs_comma_ = true;
    }
    void open(char bracket) {
        separate();
        out_ += bracket;
        needs_comma_ = false;
    }
    void close(char bracket) {
        out_ += bracket;
        needs_comma_ = true;
    }

    std::string& out_;
    bool needs_comma_;
};

}  // namespace symline::output
