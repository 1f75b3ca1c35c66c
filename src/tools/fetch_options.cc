#include "tools/fetch_options.h"

#include <CLI/CLI.hpp>
#include <string>

#include "tools/index_choice.h"

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

void add_index_option(CLI::App& app, IndexUse& use) {
    app.add_option_function<std::string>(
           "--index",
           [&use](const std::string& word) { use = index_use_named(word).value_or(use); },
           "answer from indexes (symline index): where there is one, never, or not without one")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "never", "require"}));
}

}  // namespace symline::tools
