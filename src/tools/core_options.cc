#include "tools/core_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>
#include <utility>

#include "tools/fetch_options.h"
#include "tools/parse_words.h"
#include "tools/place_options.h"

namespace symline::tools {
namespace {

constexpr std::uint32_t kMaxSourceLines = 1000;

struct Words {
    CoreOptions options;
    std::vector<std::string> files;
    std::string format = "text";
    FetchWords fetch;
    std::string source;
    bool all = false;
};

void add_file_options(CLI::App& app, Words& words) {
    CoreOptions& options = words.options;
    add_place_options(app, options.places);
    app.add_option("--dwp", options.split_package, "look for split debug information in FILE first")
        ->type_name("FILE");
    app.add_option("--source-dir", options.shown.source_directories,
                   "look for source files below DIR first")
        ->type_name("DIR")
        ->allow_extra_args(false);
    add_fetch_options(app, words.fetch);
    add_index_option(app, options.places.index);
}

void add_options(CLI::App& app, Words& words) {
    CoreOptions& options = words.options;
    app.add_option(
        "CORE", words.files,
        "the core file or kernel dump, then the program or vmlinux if it is not found by "
        "itself");
    app.add_option("--pid", options.pid, "a living process, stopped for a moment")
        ->type_name("PID")
        ->check(CLI::Range(1, std::numeric_limits<int>::max(), "POSITIVE"));
    app.add_option("--tid", options.tid, "this thread alone")->type_name("TID");
    auto* all = app.add_flag("--all", words.all, "all threads (the default)");
    app.add_flag("--crashing", options.crashing_only, "the thread that got the signal alone")
        ->excludes(all);
    app.add_option("--format", words.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_flag("--registers", options.registers, "show the registers of each thread");
    app.add_flag("--source{5}", words.source, "show N lines of source around each frame (5)");
    app.add_flag("--tasks", options.tasks, "a kernel's dump: the stacks of all tasks as well");
    app.add_flag("--dmesg", options.raw_log, "a kernel's dump: its log alone, as it is");
    app.add_option("-m,--modules", options.modules,
                   "a kernel's dump: look for its modules in DIR first")
        ->type_name("DIR")
        ->allow_extra_args(false);
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
    if (!files.empty()) {
        if (files.front().empty()) return "'': No such file or directory";
        options.program = std::move(files.front());
    }
    if (words.format == "json") options.format = CoreFormat::json;
    options.fetch = words.fetch.choice();
    if (words.source.empty()) return std::nullopt;
    auto& lines = options.shown.source_lines;
    const char* const end = words.source.data() + words.source.size();
    const auto read = std::from_chars(words.source.data(), end, lines);
    const bool fits = read.ec == std::errc() && read.ptr == end && lines > 0;
    if (fits && lines <= kMaxSourceLines) return std::nullopt;
    return "--source: '" + words.source + "' is no number from 1 to 1000";
}

}  // namespace

std::expected<CoreOptions, Ending> parse_core(const std::vector<std::string>& words) {
    CLI::App app("Shows the stacks of a crashed process, from its core file.", "symline core");
    Words read;
    add_options(app, read);
    if (auto ending = parse_words(app, words)) return std::unexpected(*ending);
    if (const auto problem = finish(read)) return std::unexpected(Ending{{}, *problem, 1});
    return std::move(read.options);
}

}  // namespace symline::tools
