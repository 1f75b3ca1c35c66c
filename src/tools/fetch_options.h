// --fetch, --offline and --quiet on a command line that CLI11 reads.
#pragma once

#include <string>

#include "tools/fetch_session.h"

namespace CLI {
class App;
}

namespace symline::tools {

struct FetchWords {
    std::string policy = "auto";
    bool offline = false;
    bool quiet = false;

    FetchChoice choice() const;
};

/// `words` must live until the command line has been read.
void add_fetch_options(CLI::App& app, FetchWords& words);

}  // namespace symline::tools
