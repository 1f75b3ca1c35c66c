#include "tools/diagnostics.h"

#include <unistd.h>

#include "base/path.h"
#include "output/terminal_text.h"

namespace symline::tools {
namespace {

/// In one write, so that lines of several processes do not mix. There is nowhere left to complain
/// when standard error itself cannot be written.
void write_line(std::string text) {
    text += '\n';
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::string Diagnostics::beginning() const {
    return program_.empty() ? std::string() : output::visible(program_) + ": ";
}

void Diagnostics::say(std::string_view line) const {
    std::string text = beginning();
    output::append_visible_part(text, line);
    write_line(std::move(text));
}

void Diagnostics::say_once(std::string_view line) {
    if (said_.emplace(line).second) say(line);
}

void Diagnostics::say_text(std::string_view line, std::string_view below) const {
    std::string all = beginning();
    output::append_visible_part(all, line);
    if (!below.empty()) all += '\n';
    // write_line ends the last one.
    if (below.ends_with('\n')) below.remove_suffix(1);
    output::append_visible_lines(all, below);
    write_line(std::move(all));
}

std::string program_name(std::string_view argv0) {
    return std::string(base::file_name(argv0));
}

}  // namespace symline::tools
