#include "tools/core_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <limits>
#include <ranges>
#include <string_view>
#include <system_error>
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
    std::string frames;
    FetchWords fetch;
    std::string source;
    std::string tasks;
    std::string registers;
    bool folded = false;
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
    add_limit_options(app, words.options.limits);
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
    app.add_option("--frames", words.frames,
                   "of a deep stack show N frames, and M outermost ones (64,16), or all")
        ->type_name("N[,M]|all");
    app.add_flag("--registers{general}", words.registers,
                 "show the registers of each thread; with =all also those of vectors, of floating "
                 "point numbers and of the system");
    app.add_flag("--folded", words.folded,
                 "one line for each different stack, with its count, for flame graphs");
    app.add_flag("--source{5}", words.source, "show N lines of source around each frame (5)");
    app.add_flag("--tasks{all}", words.tasks,
                 "a kernel's dump: the stacks of all tasks as well; with =STATE those of the tasks "
                 "in this state alone (D or blocked, R, S, T, Z, I, ...; several with commas)");
    app.add_flag("--ps", options.process_table, "a kernel's dump: a table of its tasks");
    app.add_flag("--dmesg", options.raw_log, "a kernel's dump: its log alone, as it is");
    app.add_option("-m,--modules", options.modules,
                   "a kernel's dump: look for its modules in DIR first; --modules without a folder "
                   "lists those of a kernel or a process")
        ->type_name("DIR")
        ->allow_extra_args(false);
    add_file_options(app, words);
}

/// "D,blocked": what is wrong with it, or nothing.
std::optional<std::string> read_states(std::string_view text, CoreOptions& options) {
    if (text.empty()) return std::nullopt;
    options.tasks = true;
    if (text == "all") return std::nullopt;
    for (const auto part : std::views::split(text, ',')) {
        const std::string_view word(part.begin(), part.end());
        const auto state = parse_task_state(word);
        if (!state) return "--tasks: '" + std::string(word) + "' is no state of a task";
        options.states.push_back(*state);
    }
    return std::nullopt;
}

/// --modules is a table unless a folder follows: then it is the option of that name. A dump is
/// never a folder.
bool take_module_table(std::vector<std::string>& words) {
    const auto end = std::ranges::find(words, "--");
    bool found = false;
    for (auto at = words.begin(); at != end; ++at) {
        if (*at != "--modules") continue;
        std::error_code error;
        if (std::next(at) != end && std::filesystem::is_directory(*std::next(at), error)) continue;
        at->clear();
        found = true;
    }
    // An empty word would be the name of a file.
    if (found) words.erase(std::remove(words.begin(), end, std::string()), end);
    return found;
}

/// "N", "N,M" or "all".
std::optional<std::string> read_frames(std::string_view text, CoreOptions& options) {
    if (text.empty()) return std::nullopt;
    if (text == "all") {
        options.shown_frames.reset();
        return std::nullopt;
    }
    const auto comma = text.find(',');
    const auto number = [](std::string_view digits, std::size_t& value) {
        const auto read = std::from_chars(digits.begin(), digits.end(), value);
        return read.ec == std::errc() && read.ptr == digits.end();
    };
    auto& shown = *options.shown_frames;
    const bool read =
        number(text.substr(0, comma), shown.innermost) &&
        (comma == std::string_view::npos || number(text.substr(comma + 1), shown.outermost));
    if (read && shown.innermost + shown.outermost > 0) return std::nullopt;
    return "--frames: '" + std::string(text) + "' is not N, N,M or all";
}

std::optional<std::string> read_format(Words& words) {
    CoreOptions& options = words.options;
    if (words.format == "json") options.format = CoreFormat::json;
    if (!words.folded) return std::nullopt;
    if (options.format == CoreFormat::json) return "--folded is a format of its own, not JSON";
    if (!words.registers.empty() || !words.source.empty()) {
        return "--folded shows the names of functions alone";
    }
    options.format = CoreFormat::folded;
    return std::nullopt;
}

std::optional<std::string> read_registers(std::string_view text, CoreOptions& options) {
    if (text.empty()) return std::nullopt;
    if (text != "general" && text != "all") {
        return "--registers: '" + std::string(text) + "' is not general or all";
    }
    options.registers = text == "all" ? ShownRegisters::all : ShownRegisters::general;
    return std::nullopt;
}

std::optional<std::string> finish(Words& words) {
    CoreOptions& options = words.options;
    auto& files = words.files;
    if (!options.pid) {
        if (files.empty()) return "no core file is given";
        options.core = std::move(files.front());
        options.core_name = options.core;
        files.erase(files.begin());
    }
    if (files.size() > 1) return "too many arguments: " + files[1];
    if (!files.empty()) {
        if (files.front().empty()) return "'': No such file or directory";
        options.program = std::move(files.front());
    }
    if (auto problem = read_format(words)) return problem;
    if (auto problem = read_registers(words.registers, options)) return problem;
    if (auto problem = read_frames(words.frames, options)) return problem;
    options.fetch = words.fetch.choice();
    if (auto problem = read_states(words.tasks, options)) return problem;
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
    auto rest = words;
    read.options.module_table = take_module_table(rest);
    if (auto ending = parse_words(app, rest)) return std::unexpected(*ending);
    if (const auto problem = finish(read)) return std::unexpected(Ending{{}, *problem, 1});
    return std::move(read.options);
}

}  // namespace symline::tools
