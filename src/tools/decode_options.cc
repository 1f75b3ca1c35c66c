#include "tools/decode_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <utility>

#include "tools/fetch_options.h"
#include "tools/parse_words.h"

namespace symline::tools {
namespace {

constexpr std::uint64_t kMaxSourceLines = 1000;

/// What CLI11 fills in, before it is checked.
struct Words {
    DecodeOptions options;
    std::string style = "default";
    FetchWords fetch;
    std::string kaslr_offset;
    std::optional<std::string> mismatch;
    std::vector<std::string> positional;
    std::string source;
    std::string links;
    std::string colour = "auto";
    std::optional<std::string> url;
};

std::optional<std::uint64_t> number(std::string_view text) {
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) text.remove_prefix(2);
    std::uint64_t value = 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto result = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return value;
}

void add_kernel_options(CLI::App& app, Words& words) {
    DecodeOptions& options = words.options;
    app.add_option("-k,--vmlinux", options.decoder.vmlinux, "use this vmlinux")->type_name("FILE");
    app.add_option(
           "--mismatch", words.mismatch,
           "a file named with -k or -m that is of another build or release than the log: refuse "
           "it, or use it, warn, and mark every line")
        ->check(CLI::IsMember({"refuse", "warn"}));
    app.add_option("-r,--release", options.decoder.release, "the kernel's release (uname -r)")
        ->type_name("RELEASE");
    app.add_option("-m,--modules", options.decoder.module_directories,
                   "look for modules below DIR first")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_option("--debug-dir", options.places.debug_directories,
                   "look for debug files below DIR instead of /usr/lib/debug")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_option("--dwp", options.decoder.split_package,
                   "look for split debug information of user programs in FILE first")
        ->type_name("FILE");
    app.add_option("--debug-file", options.places.debug_files,
                   "use FILE where it is the debug file of what is looked up")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--debug-package", options.places.packages,
                   "look into a .deb or .rpm that is not installed, or a folder of them")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--sysroot", options.places.sysroot, "look for all files below DIR")
        ->type_name("DIR");
    add_fetch_options(app, words.fetch);
    add_limit_options(app, options.limits);
    add_index_option(app, options.places.index);
    app.add_option("--kaslr-offset", words.kaslr_offset, "how far the kernel was moved")
        ->type_name("OFFSET");
    app.add_option("--kallsyms", options.kallsyms, "/proc/kallsyms or System.map of that kernel")
        ->type_name("FILE");
    app.add_option("--modules-text", options.modules_text, "/proc/modules of that kernel")
        ->type_name("FILE");
}

/// Flags in CLI11's sense: a value only after "=", so that the next word stays a log.
void add_display_options(CLI::App& app, Words& words) {
    const auto last = CLI::MultiOptionPolicy::TakeLast;
    app.add_flag("--source{5}", words.source, "show N lines of source around each frame (5)")
        ->type_name("[=N]")
        ->multi_option_policy(last);
    app.add_option("--source-dir", words.options.shown.source_directories,
                   "look for source files below DIR first")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_flag("--hyperlinks{auto}", words.links,
                 "make places links on a terminal; auto, always, never")
        ->type_name("[=WHEN]")
        ->multi_option_policy(last);
    app.add_option("--source-url", words.url,
                   "link places to this URL, with {path}, {line} and {release} filled in")
        ->type_name("TEMPLATE");
    app.add_flag("--color{always},--colour{always}", words.colour,
                 "colour what is added: auto (on a terminal), always, never")
        ->type_name("[=WHEN]")
        ->multi_option_policy(last);
}

void add_decode(CLI::App& app, Words& words) {
    app.add_option("--style", words.style,
                   "default: added to the line; kernel: as scripts/decode_stacktrace.sh; json")
        ->check(CLI::IsMember({"default", "kernel", "json"}));
    add_kernel_options(app, words);
    add_display_options(app, words);
    app.add_flag("--explain", words.options.explain,
                 "say below each frame which rule applied and which file answered");
    app.add_flag("--strict", words.options.strict,
                 "exit with status 2 when not a single frame got a source line");
    app.add_flag("-R", words.options.decoder.exact,
                 "with --style=kernel: look addresses up as they are, not one byte before");
    app.add_option("FILE", words.positional,
                   "logs; without any: standard input. With --style=kernel, as the script has it: "
                   "VMLINUX [BASE|auto [MODULES]]");
}

struct DecodeApp : CLI::App {
    explicit DecodeApp(Words& words)
        : App("A log in, the same with source lines out.", "symline decode") {
        add_decode(*this, words);
    }
};

/// decode_stacktrace.sh: `[-R] -r RELEASE | [-R] VMLINUX [BASE [MODULES]]`, the log on stdin.
std::optional<std::string> take_script_words(Words& words) {
    DecodeOptions& options = words.options;
    auto& rest = words.positional;
    if (!options.decoder.vmlinux.empty() || !options.decoder.release.empty()) {
        options.files = std::move(rest);
        return std::nullopt;
    }
    if (rest.size() > 3) return "too many arguments for --style=kernel";
    if (!rest.empty()) options.decoder.vmlinux = rest[0];
    if (rest.size() > 1) options.base_path = rest[1];
    const bool folder = !options.base_path.empty() && options.base_path != "auto";
    if (folder && !options.base_path.ends_with('/')) options.base_path += '/';
    if (rest.size() > 2 && !rest[2].empty()) options.decoder.module_directories.push_back(rest[2]);
    return std::nullopt;
}

std::optional<std::string> take_when(std::string_view option, const std::string& word, When& when) {
    const auto named = when_named(word);
    if (!named) return std::string(option) + ": '" + word + "' is none of auto, always, never";
    when = *named;
    return std::nullopt;
}

std::optional<std::string> take_display(Words& words) {
    DisplayOptions& shown = words.options.shown;
    if (!words.source.empty()) {
        const auto lines = number(words.source);
        if (!lines || *lines == 0 || *lines > kMaxSourceLines) {
            return "--source: '" + words.source + "' is no number from 1 to 1000";
        }
        shown.source_lines = static_cast<std::uint32_t>(*lines);
    }
    if (words.url) {
        auto parsed = output::UrlTemplate::parse(*words.url);
        if (!parsed) return "--source-url: " + parsed.error();
        shown.url = std::move(*parsed);
        shown.links = When::automatic;
    }
    if (!words.links.empty()) {
        if (auto problem = take_when("--hyperlinks", words.links, shown.links)) return problem;
    }
    if (auto problem = take_when("--color", words.colour, shown.colour)) return problem;
    const bool asked = shown.source_lines != 0 || shown.url || shown.links == When::always;
    if (asked && words.style == "kernel") {
        return "--style=kernel shows what the script shows: no source lines and no links";
    }
    return std::nullopt;
}

std::optional<std::string> finish(Words& words) {
    DecodeOptions& options = words.options;
    if (auto problem = take_display(words)) return problem;
    if (!words.kaslr_offset.empty()) {
        const auto offset = number(words.kaslr_offset);
        if (offset) options.decoder.slide = LoadBias{*offset};
        if (!offset) return "--kaslr-offset: no number: " + words.kaslr_offset;
    }
    options.fetch = words.fetch.choice();
    if (words.mismatch) {
        options.decoder.mismatch =
            words.mismatch == "warn" ? BuildMismatch::warn : BuildMismatch::refuse;
        options.decoder.release_mismatch = options.decoder.mismatch;
    }
    if (words.style == "kernel") {
        options.style = DecodeStyle::kernel;
        // The script knows words and lines alone.
        options.decoder.embedded_text = false;
        options.decoder.resolve_frames = false;
        options.decoder.text_decides = true;
        options.decoder.code_from_zero = true;
        return take_script_words(words);
    }
    if (words.style == "json") options.style = DecodeStyle::json;
    options.files = std::move(words.positional);
    return std::nullopt;
}

}  // namespace

std::expected<DecodeOptions, Ending> parse_decode(const std::vector<std::string>& words) {
    Words read;
    DecodeApp app(read);
    if (auto ending = parse_words(app, words)) return std::unexpected(*ending);
    if (const auto problem = finish(read)) {
        return std::unexpected(Ending{{}, *problem, 1});
    }
    return std::move(read.options);
}

OptionWords read_decode_words(std::span<const std::string> words) {
    Words read;
    return read_option_words(DecodeApp(read), words);
}

std::vector<std::string> decode_option_names() {
    Words read;
    return long_options(DecodeApp(read));
}

}  // namespace symline::tools
