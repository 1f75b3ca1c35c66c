// Source files, read when a line of them is to be printed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "output/source.h"

namespace symline::tools {

/// The whole of a regular file of at most 64 MB; nothing when it cannot be read.
std::optional<std::string> read_file(const std::string& path);

/// Keeps the text of the file that was asked for last: the frames of one answer, and often the
/// answers of one run, lie in the same file.
class SourceFiles final : public output::SourceText {
public:
    std::optional<std::string_view> text(std::string_view path) override;

private:
    std::string path_;
    std::optional<std::string> text_;
};

}  // namespace symline::tools
