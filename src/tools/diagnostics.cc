#include "tools/diagnostics.h"

#include <unistd.h>

#include "base/path.h"
#include "output/terminal_text.h"

namespace symline::tools {

void Diagnostics::say(std::string_view line) const {
    std::string text;
    if (!program_.empty()) {
        text += program_;
        text += ": ";
    }
    // Names and paths of strangers are in it.
    output::append_visible_lines(text, line);
    text += '\n';
    // One write a line, so that lines of several processes do not mix. There is nowhere left to
    // complain when standard error itself cannot be written.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

void Diagnostics::say_once(std::string_view line) {
    if (said_.emplace(line).second) say(line);
}

std::string program_name(std::string_view argv0) {
    return std::string(base::file_name(argv0));
}

}  // namespace symline::tools
