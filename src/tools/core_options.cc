#include "tools/core_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <utility>

namespace symline::tools {
namespace {

struct Words {
    CoreOptions options;
    std::vector<std::string> files;
    std::string format = "text";
    std::string fetch = "auto";
    bool all = false;
    bool offline = false;
};

void add_file_options(CLI::App& app, Words& words) {
    CoreOptions& options = words.options;
    const auto each = [&](const char* name, auto& into, const char* kind, const char* what) {
        app.add_option(name, into, what)->type_name(kind)->allow_extra_args(false);
    };
    each("--sysroot", options.sysroot, "DIR", "look for all files below DIR");
    each("--debug-dir", options.debug_directories, "DIR",
         "look for debug files below DIR instead of /usr/lib/debug");
    each("--debug-file", options.debug_files, "FILE",
         "use FILE where it is the debug file of what is looked up");
    each("--debug-package", options.packages, "FILE",
         "look into a .deb or .rpm that is not installed, or a folder of them");
    app.add_option("--fetch", words.fetch,
                   "debuginfod servers: ask those of DEBUGINFOD_URLS for what is missing, or ask "
                   "you first, or never")
        ->check(CLI::IsMember({"auto", "ask", "never"}));
    app.add_flag("--offline", words.offline, "the same as --fetch=never");
    app.add_flag("--quiet", options.fetch.quiet, "do not show how far a download is");
}

void add_options(CLI::App& app, Words& words) {
    CoreOptions& options = words.options;
    app.add_option("CORE", words.files,
                   "the core file, then the program if it is not found by itself");
    app.add_option("--pid", options.pid, "a living process, stopped for a moment")
        ->type_name("PID")
        ->check(CLI::PositiveNumber);
    app.add_option("--tid", options.tid, "this thread alone")->type_name("TID");
    auto* all = app.add_flag("--all", words.all, "all threads (the default)");
    app.add_flag("--crashing", options.crashing_only, "the thread that got the signal alone")
        ->excludes(all);
    app.add_option("--format", words.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_flag("--registers", options.registers, "show the registers of each thread");
    add_file_options(app, words);
}

std::optional<std::string> finish(Words& words) {
    CoreOptions& options = words.options;
    auto& files = words.files;
    if (!options.pid) {
        if (files.empty()) return "no core file is given";
        options.core = std::move(files.front());
        files.erase(files.begin());
    }
    if (files.size() > 1) return "too many arguments: " + files[1];
    if (!files.empty()) options.program = std::move(files.front());
    options.json = words.format == "json";
    options.fetch.policy = words.offline
                               ? FetchPolicy::never
                               : parse_fetch_policy(words.fetch).value_or(FetchPolicy::automatic);
    return std::nullopt;
}

}  // namespace

std::expected<CoreOptions, Ending> parse_core(std::vector<std::string> words) {
    CLI::App app("Shows the stacks of a crashed process, from its core file.", "symline core");
    Words read;
    add_options(app, read);
    // CLI11 takes words from the back.
    std::ranges::reverse(words);
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& failure) {
        std::ostringstream out;
        std::ostringstream error;
        if (app.exit(failure, out, error) == 0) return std::unexpected(Ending{out.str(), {}, 0});
        return std::unexpected(Ending{{}, std::string(failure.what()), 1});
    }
    if (const auto problem = finish(read)) return std::unexpected(Ending{{}, *problem, 1});
    return std::move(read.options);
}

}  // namespace symline::tools
