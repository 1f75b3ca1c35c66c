// Lines of source files, printed around the line that a frame names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace symline::output {

/// Where the text of source files comes from; the printers open no files themselves.
class SourceText {
public:
    virtual ~SourceText() = default;
    /// The whole text of a file, valid until the next call; nothing when it cannot be read.
    virtual std::optional<std::string_view> text(std::string_view path) = 0;
};

/// `count` lines around `line` as llvm-symbolizer prints them: the number, right-aligned, ">:"
/// after the line itself and " :" after the others.
void append_context(std::string& out, std::string_view text, std::uint32_t line,
                    std::uint32_t count);

/// Five lines before `line` to five after it as scripts/faddr2line --list prints them:
/// ">N<" and a tab before the line itself, " N " and a tab before the others.
void append_listing(std::string& out, std::string_view text, std::uint32_t line);

}  // namespace symline::output
