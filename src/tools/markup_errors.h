// What is wrong in a line of markup, on standard error in LLVM's words: the line, and a caret below
// the place.
#pragma once

#include <string>
#include <string_view>

#include "log/markup_element.h"
#include "tools/diagnostics.h"

namespace symline::tools {

class MarkupErrors {
public:
    /// `line`, with its end, is what reports refer to until the next call.
    void set_line(std::string_view line) { line_ = line; }

    /// `at` is a part of the line.
    void error(std::string_view message, std::string_view at) const;
    void warning(std::string_view message, std::string_view at) const;
    /// Without a place.
    void failure(std::string_view message) const {
        diagnostics_.say("error: " + std::string(message));
    }
    /// "expected address; found 'x'"
    void wrong_type(std::string_view field, std::string_view type) const;

    /// Whether an element has so many fields. False, and said, for fewer; more are a warning.
    bool has_fields(const log::MarkupElement& element, std::size_t count) const;
    bool has_at_least(const log::MarkupElement& element, std::size_t count) const;
    void warn_above(const log::MarkupElement& element, std::size_t count) const;

private:
    void show(std::string_view at) const;

    Diagnostics diagnostics_{""};
    std::string_view line_;
};

}  // namespace symline::tools
