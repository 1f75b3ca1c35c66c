#include "tools/addr2line_options.h"

#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <system_error>

#include "tools/addr2line_option_table.h"
#include "tools/index_choice.h"
#include "tools/llvm_command_line.h"
#include "tools/llvm_request.h"
#include "tools/option_words.h"

namespace symline::tools {
namespace {

using Unexpected = std::unexpected<UsageError>;

std::optional<std::uint64_t> parse_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        base = 16;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool known_demangling_style(std::string_view style) {
    constexpr std::string_view kStyles[] = {"none", "auto",  "gnu-v3", "java",
                                            "gnat", "dlang", "rust",   "true"};
    return std::ranges::find(kStyles, style) != std::end(kStyles);
}

/// "--dwp", where `letter` is an option of our own that names a file or folder. LLVM's may be
/// empty.
std::optional<std::string> path_option(int letter) {
    constexpr LongOption kPaths[] = {opt_core,          opt_debug_dir, opt_debug_file,
                                     opt_debug_package, opt_dwp,       opt_source_directory,
                                     opt_sysroot};
    if (std::ranges::find(kPaths, letter) == std::end(kPaths)) return std::nullopt;
    return "--" + std::string(std::ranges::find(kLongOptions, letter, &option::val)->name);
}

/// Takes in one option after the other.
class Parser {
public:
    explicit Parser(CalledAs called_as) { set_defaults(called_as); }

    std::expected<ParsedAddr2line, UsageError> parse(std::vector<std::string> words);
    /// The same as LLVM's tools do it.
    std::expected<ParsedAddr2line, UsageError> parse_as_llvm(std::span<const std::string> words);

private:
    using Result = std::expected<void, UsageError>;

    void set_defaults(CalledAs called_as);
    Result take_word(int letter, std::string_view argument);
    Result take(int letter, std::string_view argument);
    Result take_long(int letter, std::string_view argument);
    Result take_number(int letter, std::string_view argument);
    void take_place(int letter, std::string_view argument);
    Result take_demangle(std::string_view style);
    void take_named(std::string_view path, PathKind kind, std::vector<std::string>& into);
    void take_named(std::string_view path, PathKind kind, std::string& into);
    Result take_style(std::string_view name);
    Result take_fetch(std::string_view word);
    Result take_index(std::string_view text);
    Result take_jobs(std::string_view text);
    Result take_count(std::string_view name, std::string_view text, std::uint64_t& value);
    std::optional<std::string> problem_of_build_id() const;

    void set_markup_defaults();

    ParsedAddr2line parsed_;
    bool stop_ = false;
    bool mangled_ = false;  ///< --no-demangle
};

void Parser::set_defaults(CalledAs called_as) {
    auto& options = parsed_.options;
    options.llvm_program = called_as != CalledAs::addr2line;
    if (options.llvm_program) options.form = Form::llvm;
    if (called_as != CalledAs::llvm_symbolizer) return;
    options.style = OutputStyle::llvm;
    options.numbers = NumberForm::prefixed;
    options.names.functions = output::Functions::linkage;
    options.names.demangle = true;
    options.inlines = true;
    options.untag = true;
}

Parser::Result Parser::take_demangle(std::string_view style) {
    bool& demangle = parsed_.options.names.demangle;
    if (style == "false") {
        demangle = false;
        return {};
    }
    if (!style.empty() && !known_demangling_style(style)) {
        return Unexpected({"unknown demangling style `" + std::string(style) + "'", false});
    }
    demangle = style != "none";
    return {};
}

Parser::Result Parser::take_fetch(std::string_view word) {
    const auto policy = parse_fetch_policy(word);
    if (!policy) {
        return Unexpected(
            {"--fetch: '" + std::string(word) + "' is none of auto, ask and never", false});
    }
    parsed_.options.fetch.policy = *policy;
    return {};
}

void Parser::take_named(std::string_view path, PathKind kind, std::vector<std::string>& into) {
    into.emplace_back(path);
    parsed_.options.named.push_back({into.back(), kind});
}

void Parser::take_named(std::string_view path, PathKind kind, std::string& into) {
    into = path;
    parsed_.options.named.push_back({into, kind});
}

Parser::Result Parser::take_style(std::string_view name) {
    auto& options = parsed_.options;
    if (name == "GNU") {
        options.style = OutputStyle::gnu;
    } else if (name == "LLVM" || name == "JSON" || options.llvm_program) {
        // LLVM's programs (22.1.8) take every other word for LLVM.
        options.style = name == "JSON" ? OutputStyle::json : OutputStyle::llvm;
        options.form = Form::llvm;
    } else {
        return Unexpected(
            {"unknown output style '" + std::string(name) + "': LLVM, GNU and JSON are known",
             false});
    }
    return {};
}

Parser::Result Parser::take_count(std::string_view name, std::string_view text,
                                  std::uint64_t& value) {
    const auto number = prefixed_number(text);
    if (!number) {
        return Unexpected({"--" + std::string(name) +
                               "=: expected a non-negative integer, but got '" + std::string(text) +
                               "'",
                           false});
    }
    value = *number;
    return {};
}

Parser::Result Parser::take_index(std::string_view text) {
    const auto use = index_use_named(text);
    if (!use) {
        return Unexpected(
            {"--index=: expected auto, never or require, but got '" + std::string(text) + "'",
             false});
    }
    parsed_.options.places.index = *use;
    return {};
}

Parser::Result Parser::take_jobs(std::string_view text) {
    constexpr std::uint64_t kMaxJobs = 256;
    const auto number = parse_number(text);
    if (!number || *number == 0) {
        return Unexpected(
            {"--jobs=: expected a number from 1 on, but got '" + std::string(text) + "'", false});
    }
    parsed_.options.jobs = static_cast<unsigned>(std::min(*number, kMaxJobs));
    return {};
}

Parser::Result Parser::take_word(int letter, std::string_view argument) {
    if (const auto name = path_option(letter); name && argument.empty()) {
        return Unexpected({missing_value(*name), false});
    }
    return take(letter, argument);
}

Parser::Result Parser::take(int letter, std::string_view argument) {
    auto& options = parsed_.options;
    switch (letter) {
        case 'a': options.addresses = true; break;
        case 'b': options.target = argument; break;
        case 'C': return take_demangle(argument);
        case 'e': options.file = argument; break;
        case 'f': options.names.functions = output::Functions::linkage; break;
        case 'i': options.inlines = true; break;
        case 'j': options.section = argument; break;
        case 'p': options.pretty = true; break;
        case 'r':
        case 'R': break;
        case 's': options.names.paths = output::Paths::base; break;
        case 'h':
        case 'H':
        case 'v':
        case 'V':
            parsed_.action = letter == 'h' || letter == 'H' ? Action::help : Action::version;
            stop_ = true;
            break;
        default: return take_long(letter, argument);
    }
    return {};
}

output::Functions functions_named(std::string_view name) {
    if (name == "none") return output::Functions::none;
    return name == "short" ? output::Functions::short_names : output::Functions::linkage;
}

Parser::Result Parser::take_long(int letter, std::string_view argument) {
    auto& options = parsed_.options;
    switch (letter) {
        case opt_adjust_vma:
        case opt_cache_size:
        case opt_jobs:
        case opt_pid:
        case opt_source_context: return take_number(letter, argument);
        case opt_approximate:
            options.approximation =
                argument == "after" ? Approximation::after : Approximation::before;
            break;
        case opt_build_id: options.build_id = argument; break;
        case opt_color:
            // As in LLVM another word is no error.
            options.colour =
                argument.empty() ? When::always : when_named(argument).value_or(When::automatic);
            break;
        case opt_core: take_named(argument, PathKind::file, options.core); break;
        case opt_debuginfod: options.fetch.policy = FetchPolicy::automatic; break;
        case opt_fetch: return take_fetch(argument);
        case opt_filter_markup: options.filter_markup = true; break;
        case opt_functions: options.names.functions = functions_named(argument); break;
        case opt_inlining: options.inlines = argument != "false"; break;
        case opt_index: return take_index(argument);
        case opt_no_demangle:
            options.names.demangle = false;
            mangled_ = true;
            break;
        case opt_no_inlines: options.inlines = false; break;
        case opt_no_untag: options.untag = false; break;
        case opt_untag: options.untag = true; break;
        case opt_offline: options.fetch.policy = FetchPolicy::never; break;
        case opt_output_style: return take_style(argument);
        case opt_quiet: options.fetch.quiet = true; break;
        case opt_relative: options.names.paths = output::Paths::relative; break;
        case opt_skip_line_zero: options.approximation = Approximation::before; break;
        case opt_verbose: options.verbose = true; break;
        default: take_place(letter, argument); break;
    }
    return {};
}

/// LLVM's programs (22.1.8) take such a number of lines, and show none.
bool is_negative(std::string_view text) {
    return text.starts_with('-') && prefixed_number(text.substr(1)).has_value();
}

Parser::Result Parser::take_number(int letter, std::string_view argument) {
    auto& options = parsed_.options;
    std::uint64_t count = 0;
    Result result;
    switch (letter) {
        case opt_adjust_vma: return take_count("adjust-vma", argument, options.adjust_vma);
        case opt_cache_size:
            result = take_count("cache-size", argument, count);
            if (result) options.cache_size = count;
            break;
        case opt_pid:
            result = take_count("pid", argument, count);
            if (result) options.pid = static_cast<int>(std::min<std::uint64_t>(count, 1U << 30U));
            break;
        case opt_source_context:
            if (is_negative(argument) && options.llvm_program) argument = "0";
            result = take_count("print-source-context-lines", argument, count);
            options.context_lines =
                static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 100000));
            break;
        default: return take_jobs(argument);
    }
    return result;
}

/// Where files are looked for.
void Parser::take_place(int letter, std::string_view argument) {
    auto& options = parsed_.options;
    auto& places = options.places;
    switch (letter) {
        case opt_debug_dir: take_named(argument, PathKind::folder, places.debug_directories); break;
        case opt_debug_directory: places.debug_directories.emplace_back(argument); break;
        case opt_debug_file: take_named(argument, PathKind::file, places.debug_files); break;
        case opt_debug_package:
            take_named(argument, PathKind::file_or_folder, places.packages);
            break;
        case opt_default_arch: options.architecture = argument; break;
        case opt_disable_gsym: places.gsym = GsymUse::never; break;
        case opt_dsym_hint: options.dsym_hints.emplace_back(argument); break;
        case opt_gsym_directory: places.gsym_directories.emplace_back(argument); break;
        case opt_relative_address: options.relative_addresses = true; break;
        case opt_dwp: take_named(argument, PathKind::file, options.split_package); break;
        case opt_source_directory:
            take_named(argument, PathKind::folder, options.source_directories);
            break;
        case opt_sysroot: take_named(argument, PathKind::folder, places.sysroot); break;
        default: break;
    }
}

std::string unknown_long_option(std::string_view word) {
    std::vector<std::string> names;
    for (const option& each : std::span(kLongOptions).first(kOptionCount)) {
        names.push_back("--" + std::string(each.name));
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    return unknown_option(word, known);
}

/// What getopt_long found wrong, in the words that it would print itself.
UsageError getopt_error(int result, int letter, std::string_view word) {
    const bool is_long = word.starts_with("--");
    const std::string name(word.substr(0, word.find('=')));
    if (result == ':') {
        if (is_long) return {"option '" + name + "' requires an argument"};
        return {std::string("option requires an argument -- '") + static_cast<char>(letter) + "'"};
    }
    if (is_long && letter != 0) return {unwanted_value(name)};
    if (is_long) return {unknown_long_option(word)};
    return {unknown_option(std::string{'-', static_cast<char>(letter)}, {})};
}

std::expected<ParsedAddr2line, UsageError> Parser::parse(std::vector<std::string> words) {
    std::string program = "addr2line";
    std::vector<char*> arguments{program.data()};
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int count = static_cast<int>(words.size()) + 1;
    optind = 0;  // glibc: begin anew, also in a second call
    opterr = 0;
    while (!stop_) {
        const int letter =
            ::getopt_long(count, arguments.data(), kShortOptions, kLongOptions, nullptr);
        if (letter == -1) break;
        if (letter == '?' || letter == ':') {
            return Unexpected(getopt_error(letter, optopt, arguments[optind - 1]));
        }
        const std::string_view argument = optarg ? optarg : "";
        if (const auto taken = take_word(letter, argument); !taken)
            return Unexpected(taken.error());
    }
    if (!stop_) {
        for (char* word : std::span(arguments).subspan(optind, count - optind)) {
            parsed_.options.inputs.emplace_back(word);
        }
    }
    if (parsed_.options.filter_markup) set_markup_defaults();
    return std::move(parsed_);
}

/// Those of llvm-symbolizer, in either form.
void Parser::set_markup_defaults() {
    auto& options = parsed_.options;
    options.form = Form::llvm;
    options.names.demangle = !mangled_;
    if (options.names.functions == output::Functions::none) {
        options.names.functions = output::Functions::linkage;
    }
}

std::expected<ParsedAddr2line, UsageError> Parser::parse_as_llvm(
    std::span<const std::string> words) {
    auto line = read_llvm_words(words, std::span(kLongOptions).first(kOptionCount), kShortOptions);
    for (const LlvmOptionWord& word : line.options) {
        if (stop_) break;
        if (const auto taken = take_word(word.letter, word.argument); !taken) {
            return Unexpected(taken.error());
        }
    }
    if (!stop_ && !line.errors.empty()) {
        auto& errors = line.errors;
        return Unexpected({std::move(errors.front()), false, {errors.begin() + 1, errors.end()}});
    }
    parsed_.options.inputs = std::move(line.operands);
    if (parsed_.options.filter_markup) set_markup_defaults();
    if (auto problem = problem_of_build_id()) return Unexpected({*std::move(problem), false});
    return std::move(parsed_);
}

std::optional<std::string> Parser::problem_of_build_id() const {
    const auto& options = parsed_.options;
    if (stop_ || !options.build_id) return std::nullopt;
    if (options.file) return "error: cannot specify both --build-id and --obj";
    if (parse_llvm_build_id(*options.build_id)) return std::nullopt;
    return "--build-id=: expected a build ID, but got '" + *options.build_id + "'";
}

}  // namespace

CalledAs called_as(std::string_view program) {
    if (program.find("llvm-addr2line") != std::string_view::npos) return CalledAs::llvm_addr2line;
    if (program.find("llvm-symbolizer") != std::string_view::npos) return CalledAs::llvm_symbolizer;
    return CalledAs::addr2line;
}

const char* options_variable(CalledAs called_as) {
    switch (called_as) {
        case CalledAs::addr2line: break;
        case CalledAs::llvm_addr2line: return "LLVM_ADDR2LINE_OPTS";
        case CalledAs::llvm_symbolizer: return "LLVM_SYMBOLIZER_OPTS";
    }
    return nullptr;
}

std::expected<ParsedAddr2line, UsageError> parse_addr2line(std::string_view program,
                                                           std::vector<std::string> words) {
    const CalledAs called = called_as(program);
    Parser parser(called);
    if (called == CalledAs::addr2line) spell_out_abbreviations(words);
    auto parsed = called == CalledAs::addr2line ? parser.parse(std::move(words))
                                                : parser.parse_as_llvm(words);
    if (parsed && parsed->options.form == Form::llvm) {
        parsed->options.names.demangling = DemangleStyle::llvm;
        GsymUse& gsym = parsed->options.places.gsym;
        if (gsym != GsymUse::never) gsym = GsymUse::before_dwarf;
    }
    return parsed;
}

bool known_target(std::string_view name) {
    if (name == "default") return true;
    // Every ELF format's name has this form; the file's own header says what it is.
    if (name.starts_with("elf32-") || name.starts_with("elf64-")) return name.size() > 6;
    constexpr std::string_view kOthers[] = {
        "pei-i386",   "pe-x86-64", "pei-x86-64", "pe-bigobj-x86-64", "pe-i386", "pdb",   "srec",
        "symbolsrec", "verilog",   "tekhex",     "binary",           "ihex",    "plugin"};
    return std::ranges::find(kOthers, name) != std::end(kOthers);
}

}  // namespace symline::tools
