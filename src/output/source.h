// Lines of source files, printed around the line that a frame names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace symline::output {

/// The text of source files, since the printers do not open files.
class SourceText {
public:
    virtual ~SourceText() = default;
    /// The whole text of a file, valid until the next call; nothing when it cannot be read.
    virtual std::optional<std::string_view> text(std::string_view path) = 0;
    /// What the debug information itself has of the file that it names `path`: it is the text that
    /// was compiled, whatever lies on disk by now.
    virtual std::optional<std::string_view> embedded(std::string_view /*path*/) {
        return std::nullopt;
    }
};

struct SourceLine {
    std::uint64_t number = 0;
    std::string text;
};

/// Up to `count` lines around `line`. None if the text is too short to have that line, since it is
/// not the file that was compiled then. Lines end at "\n"; a "\r" before it is left out.
std::vector<SourceLine> source_lines(std::string_view text, std::uint32_t line,
                                     std::uint32_t count);

/// "12 >: " where `number` is the line that was asked for, else "12  : "; the number is
/// right-aligned to `width`.
void append_line_number(std::string& out, std::uint64_t number, std::size_t width,
                        std::uint32_t asked);

/// Digits of the highest number.
std::size_t number_width(const std::vector<SourceLine>& lines);

/// `count` lines around `line` as llvm-symbolizer prints them: the number, right-aligned, ">:"
/// after the line itself and " :" after the others.
void append_context(std::string& out, std::string_view text, std::uint32_t line,
                    std::uint32_t count);

/// Five lines before `line` to five after it as scripts/faddr2line --list prints them:
/// ">N<" and a tab before the line itself, " N " and a tab before the others.
void append_listing(std::string& out, std::string_view text, std::uint32_t line);

}  // namespace symline::output
