#include "tools/program.h"

#include <csignal>
#include <cstring>
#include <string>

namespace symline::tools {

int finish(StandardOutput& output, const Diagnostics& diagnostics, bool succeeded) {
    output.flush();
    if (output.error() != 0) {
        diagnostics.say(std::string("write error: ") + std::strerror(output.error()));
        return 1;
    }
    return succeeded || output.reader_gone() ? 0 : 1;
}

void ignore_broken_pipes() {
    // Cannot fail: the signal and the handler are constants that exist.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

}  // namespace symline::tools
