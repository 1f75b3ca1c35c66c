#include "tools/fetch_options.h"

#include <CLI/CLI.hpp>

namespace symline::tools {

FetchChoice FetchWords::choice() const {
    FetchChoice choice;
    choice.quiet = quiet;
    choice.policy =
        offline ? FetchPolicy::never : parse_fetch_policy(policy).value_or(FetchPolicy::automatic);
    return choice;
}

void add_fetch_options(CLI::App& app, FetchWords& words) {
    app.add_option(
           "--fetch", words.policy,
           "debuginfod servers: ask those of DEBUGINFOD_URLS for what is missing, or ask you "
           "first, or never")
        ->check(CLI::IsMember({"auto", "ask", "never"}));
    app.add_flag("--offline", words.offline, "the same as --fetch=never");
    app.add_flag("--quiet", words.quiet, "do not show how far a download is");
}

}  // namespace symline::tools
