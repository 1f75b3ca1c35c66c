// --fetch, --offline, --quiet and --index on a command line that CLI11 reads.
#pragma once

#include <string>

#include "symline/index.h"
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

/// --index, which sets `use`. That has to live until the command line has been read.
void add_index_option(CLI::App& app, IndexUse& use);

/// `words` has to live until the command line has been read.
void add_fetch_options(CLI::App& app, FetchWords& words);

}  // namespace symline::tools
