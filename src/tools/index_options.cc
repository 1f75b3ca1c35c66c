#include "tools/index_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>
#include <utility>

#include "tools/fetch_options.h"
#include "tools/parse_words.h"
#include "tools/place_options.h"

namespace symline::tools {
namespace {

Ending wrong(std::string message) {
    return {{}, std::move(message), 1};
}

}  // namespace

std::optional<std::uint64_t> parse_size(const std::string& text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [after, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || end - after > 1) return std::nullopt;
    if (after == end) return value;
    constexpr std::string_view kUnits = "KMGT";
    const auto unit = kUnits.find(*after);
    if (unit == std::string_view::npos) return std::nullopt;
    const auto shift = 10 * (unit + 1);
    if (value > std::numeric_limits<std::uint64_t>::max() >> shift) return std::nullopt;
    return value << shift;
}

std::expected<IndexOptions, Ending> parse_index(const std::vector<std::string>& words) {
    IndexOptions options;
    std::string size = "2G";
    CLI::App app("Writes indexes of files, from which later lookups in them are answered.",
                 "symline index");
    app.add_option("FILE", options.files, "a kernel, module, program or library");
    app.add_flag("--list", options.list, "list the indexes that are there, the last used first");
    app.add_flag(
        "--prune", options.prune,
        "remove indexes: those that were used longest ago, until the rest is small enough");
    app.add_option("--max-size", size,
                   "with --prune: what may stay, in bytes or as 500M, 2G (2G if not given)")
        ->type_name("SIZE");
    app.add_option("--max-age", options.max_days,
                   "with --prune: remove what was not used for so many days")
        ->type_name("DAYS");
    app.add_option("--directory", options.directory,
                   "where indexes are, instead of $XDG_CACHE_HOME/symline or ~/.cache/symline")
        ->type_name("DIR");
    add_place_options(app, options.places);
    FetchWords fetch;
    add_fetch_options(app, fetch);
    add_limit_options(app, options.limits);
    if (auto ending = parse_words(app, words)) return std::unexpected(*ending);
    options.fetch = fetch.choice();
    const auto max = parse_size(size);
    if (!max) return std::unexpected(wrong("--max-size: not a size: " + size));
    options.max_bytes = *max;
    options.places.index_directory = options.directory;
    if (options.files.empty() && !options.list && !options.prune) {
        return std::unexpected(wrong("FILE is required, or --list or --prune (see --help)"));
    }
    return options;
}

}  // namespace symline::tools
