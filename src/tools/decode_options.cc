#include "tools/decode_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

namespace symline::tools {
namespace {

/// What CLI11 fills in, before it is checked.
struct Words {
    DecodeOptions options;
    std::string style = "default";
    std::string kaslr_offset;
    std::vector<std::string> positional;
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
    app.add_option("-k,--vmlinux", options.vmlinux, "use this vmlinux")->type_name("FILE");
    app.add_option("-r,--release", options.release, "the kernel's release (uname -r)")
        ->type_name("RELEASE");
    app.add_option("-m,--modules", options.modules, "look for modules below DIR first")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_option("--debug-dir", options.debug_directories,
                   "look for debug files below DIR instead of /usr/lib/debug")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_option("--sysroot", options.sysroot, "look for all files below DIR")->type_name("DIR");
    app.add_option("--kaslr-offset", words.kaslr_offset, "how far the kernel was moved")
        ->type_name("OFFSET");
    app.add_option("--kallsyms", options.kallsyms, "/proc/kallsyms or System.map of that kernel")
        ->type_name("FILE");
    app.add_option("--modules-text", options.modules_text, "/proc/modules of that kernel")
        ->type_name("FILE");
}

void add_decode(CLI::App& app, Words& words) {
    app.add_option("--style", words.style,
                   "default: added to the line; kernel: as scripts/decode_stacktrace.sh; json")
        ->check(CLI::IsMember({"default", "kernel", "json"}));
    add_kernel_options(app, words);
    app.add_flag("--explain", words.options.explain,
                 "say below each frame which rule applied and which file answered");
    app.add_flag("-R", words.options.exact,
                 "with --style=kernel: look addresses up as they are, not one byte before");
    app.add_option("FILE", words.positional,
                   "logs; without any: standard input. With --style=kernel, as the script has it: "
                   "VMLINUX [BASE|auto [MODULES]]");
}

/// decode_stacktrace.sh: `[-R] -r RELEASE | [-R] VMLINUX [BASE [MODULES]]`, the log on stdin.
std::optional<std::string> take_script_words(Words& words) {
    DecodeOptions& options = words.options;
    auto& rest = words.positional;
    if (!options.vmlinux.empty() || !options.release.empty()) {
        options.files = std::move(rest);
        return std::nullopt;
    }
    if (rest.size() > 3) return "too many arguments for --style=kernel";
    if (!rest.empty()) options.vmlinux = rest[0];
    if (rest.size() > 1) options.base_path = rest[1];
    const bool folder = !options.base_path.empty() && options.base_path != "auto";
    if (folder && !options.base_path.ends_with('/')) options.base_path += '/';
    if (rest.size() > 2 && !rest[2].empty()) options.modules.push_back(rest[2]);
    return std::nullopt;
}

std::optional<std::string> finish(Words& words) {
    DecodeOptions& options = words.options;
    if (!words.kaslr_offset.empty()) {
        options.kaslr_offset = number(words.kaslr_offset);
        if (!options.kaslr_offset) return "--kaslr-offset: no number: " + words.kaslr_offset;
    }
    if (words.style == "kernel") {
        options.style = DecodeStyle::kernel;
        return take_script_words(words);
    }
    if (words.style == "json") options.style = DecodeStyle::json;
    options.files = std::move(words.positional);
    return std::nullopt;
}

}  // namespace

std::expected<DecodeOptions, Ending> parse_symline(std::vector<std::string> words,
                                                   bool stdin_is_terminal) {
    // "dmesg | symline": decoding is what the program is for.
    if (words.empty() && !stdin_is_terminal) words.emplace_back("decode");
    if (words.empty()) words.emplace_back("--help");
    CLI::App app("Gives the stack frames in a log their source lines.", "symline");
    app.set_version_flag("-V,--version", "symline " SYMLINE_VERSION);
    app.require_subcommand(1);
    Words read;
    CLI::App* decode = app.add_subcommand("decode", "a log in, the same with source lines out");
    add_decode(*decode, read);
    // CLI11 takes words from the back.
    std::ranges::reverse(words);
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& failure) {
        std::ostringstream out;
        std::ostringstream error;
        const int status = app.exit(failure, out, error);
        if (status == 0) return std::unexpected(Ending{out.str(), {}, 0});
        return std::unexpected(Ending{{}, std::string(failure.what()), 1});
    }
    if (const auto problem = finish(read)) {
        return std::unexpected(Ending{{}, *problem, 1});
    }
    return std::move(read.options);
}

}  // namespace symline::tools
