#include "tools/find_options.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "tools/fetch_options.h"
#include "tools/parse_words.h"

namespace symline::tools {
namespace {

void add_list(CLI::App& app, const char* name, std::vector<std::string>& values, const char* type,
              const char* help) {
    app.add_option(name, values, help)->type_name(type)->allow_extra_args(false);
}

}  // namespace

std::expected<FindOptions, Ending> parse_find(std::vector<std::string> words) {
    FindOptions options;
    std::string format = "text";
    CLI::App app("Says where the files are that answers come from.", "symline find");
    app.add_option("WHAT", options.what, "a file, a build id, a kernel release, MODULE@RELEASE")
        ->required();
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    app.add_flag("--json", options.json, "the same as --format=json");
    app.add_flag("-v,--verbose", options.verbose, "every place that was tried, in order");
    add_list(app, "--debug-file", options.places.debug_files, "FILE",
             "use FILE where it is the debug file of what is looked for");
    add_list(app, "--debug-dir", options.places.debug_directories, "DIR",
             "look for debug files below DIR instead of /usr/lib/debug");
    add_list(app, "--debug-package", options.places.packages, "FILE",
             "look into a .deb or .rpm that is not installed, or a folder of them");
    app.add_option("--sysroot", options.places.sysroot, "look for all files below DIR")
        ->type_name("DIR");
    FetchWords fetch;
    add_fetch_options(app, fetch);
    if (auto ending = parse_words(app, std::move(words))) return std::unexpected(*ending);
    options.json = options.json || format == "json";
    options.fetch = fetch.choice();
    return options;
}

}  // namespace symline::tools
