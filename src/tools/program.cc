#include "tools/program.h"

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

}  // namespace symline::tools
