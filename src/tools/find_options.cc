#include "tools/find_options.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "tools/fetch_options.h"
#include "tools/parse_words.h"
#include "tools/place_options.h"

namespace symline::tools {

std::expected<FindOptions, Ending> parse_find(const std::vector<std::string>& words) {
    FindOptions options;
    std::string format = "text";
    CLI::App app("Says where the files are that answers come from.", "symline find");
    app.add_option("WHAT", options.what, "a file, a build id, a kernel release, MODULE@RELEASE")
        ->required();
    app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    app.add_flag("--json", options.json, "the same as --format=json");
    bool verbose = false;
    app.add_flag("-v,--verbose", verbose, "every place that was tried, in order");
    add_place_options(app, options.places);
    FetchWords fetch;
    add_fetch_options(app, fetch);
    add_limit_options(app, options.limits);
    if (auto ending = parse_words(app, words)) return std::unexpected(*ending);
    options.json = options.json || format == "json";
    if (verbose) options.detail = output::LocatedDetail::places_tried;
    options.fetch = fetch.choice();
    return options;
}

}  // namespace symline::tools
