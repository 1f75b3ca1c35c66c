#include "tools/faddr2line_run.h"

#include <iterator>
#include <utility>

#include "kernel/function_entry.h"
#include "kernel/source_root.h"
#include "output/faddr2line.h"
#include "output/numbers.h"
#include "symline/symbol.h"
#include "tools/messages.h"
#include "tools/option_words.h"

namespace symline::tools {
namespace {

/// "0x" and as many digits as the ELF class has, as readelf prints st_value.
std::string symbol_value(std::uint64_t value, const Module& module) {
    std::string text;
    output::append_0x(text, value, module.elf().address_size() * 2);
    return text;
}

/// The name that readelf has for the section index of a symbol without a section.
std::string_view special_section(const Symbol& symbol) {
    if (symbol.type == SymbolType::common) return "COM";
    const bool undefined = symbol.value == 0 && symbol.binding != SymbolBinding::local &&
                           symbol.type != SymbolType::file;
    return undefined ? "UND" : "ABS";
}

/// One of our own options, "--NAME=VALUE". The script would take it for the object file.
bool take_place(std::string_view word, Faddr2lineOptions& options) {
    auto& places = options.debug_places;
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    const auto name = word.substr(0, equals);
    const std::string value(word.substr(equals + 1));
    if (name == "--sysroot") {
        places.sysroot = value;
        options.named.push_back({value, PathKind::folder});
    } else if (name == "--debug-dir") {
        places.debug_directories.push_back(value);
    } else if (name == "--debug-file") {
        places.debug_files.push_back(value);
    } else if (name == "--debug-package") {
        places.packages.push_back(value);
    } else {
        return false;
    }
    if (value.empty() && options.problem.empty()) options.problem = missing_value(word);
    return true;
}

bool take_fetch(std::string_view word, FetchChoice& choice) {
    constexpr std::string_view kFetch = "--fetch=";
    if (word == "--offline") {
        choice.policy = FetchPolicy::never;
    } else if (word == "--quiet") {
        choice.quiet = true;
    } else if (const auto policy = word.starts_with(kFetch)
                                       ? parse_fetch_policy(word.substr(kFetch.size()))
                                       : std::nullopt) {
        choice.policy = *policy;
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::optional<Faddr2lineOptions> parse_faddr2line(std::vector<std::string> words) {
    Faddr2lineOptions options;
    while (!words.empty() &&
           (take_place(words.front(), options) || take_fetch(words.front(), options.fetch))) {
        words.erase(words.begin());
    }
    if (words.size() < 2) return std::nullopt;
    options.list = words.front() == "--list";
    if (options.list) words.erase(words.begin());
    options.file = std::move(words.front());
    options.places.assign(std::make_move_iterator(words.begin() + 1),
                          std::make_move_iterator(words.end()));
    return options;
}

TypedPlace split_place(std::string_view text) {
    TypedPlace typed{.name = text.substr(0, text.rfind('+')), .offset = {}, .size = {}};
    const auto plus = text.find('+');
    if (plus == std::string_view::npos) return typed;
    typed.offset = text.substr(plus + 1);
    typed.offset = typed.offset.substr(0, typed.offset.rfind('/'));
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) typed.size = text.substr(slash + 1);
    return typed;
}

std::string_view Faddr2line::prefix() {
    if (!prefix_) prefix_ = kernel::source_root(module_);
    return *prefix_;
}

/// Looked up where a frame needs it: few do, and it takes a while.
std::string_view Faddr2line::assembler_prefix(std::span<const Frame> frames) {
    const auto is_needed = [this](const Frame& frame) {
        const auto root = kernel::assembler_root_of(frame.location.file);
        return !root.empty() && root != prefix();
    };
    if (!assembler_prefix_ && std::ranges::any_of(frames, is_needed)) {
        assembler_prefix_ = kernel::assembler_source_root(module_, prefix());
    }
    return assembler_prefix_ ? std::string_view(*assembler_prefix_) : std::string_view();
}

void Faddr2line::fail(const Error& error) {
    diagnostics_.say_once("ERROR: " + damage(error, module_.path()));
    failed_ = true;
}

void Faddr2line::answer(const std::string& text) {
    const auto place = SymbolOffset::parse(text);
    if (!place) {
        diagnostics_.say("bad func+offset " + text);
        return;
    }
    const auto matches = module_.symbols().match(*place);
    if (!matches) {
        fail(matches.error());
        return;
    }
    answer_matches(text, split_place(text), *matches, place->offset);
}

void Faddr2line::answer_matches(const std::string& text, const TypedPlace& typed,
                                const std::vector<SymbolMatch>& matches, std::uint64_t offset) {
    bool found = false;
    for (const SymbolMatch& match : matches) {
        if (reject(match, typed, offset) == Step::stop) return;
        if (match.outcome != MatchOutcome::matched) continue;
        found = true;
        print_match(match, typed);
    }
    if (found) return;
    for (const SymbolMatch& match : matches) print_skipped(match, typed, offset);
    // Before what standard error says of them, where both are a terminal.
    if (!matches.empty()) output_.flush();
    diagnostics_.say("no match for " + text);
}

/// What ends an argument for good, in the order in which the script notices it.
Faddr2line::Step Faddr2line::reject(const SymbolMatch& match, const TypedPlace& typed,
                                    std::uint64_t offset) {
    const Symbol& symbol = match.symbol;
    const auto value = symbol_value(symbol.value, module_);
    if (match.outcome == MatchOutcome::no_section) {
        diagnostics_.say("bad section size: section: " + std::string(special_section(symbol)));
    } else if (match.size == 0) {
        diagnostics_.say("bad symbol size: sym_addr: " + value + " cur_sym_addr: " + value);
    } else if (symbol.value + offset == 0 && module_.elf().type() != FileType::relocatable) {
        diagnostics_.say("bad address: " + value + " + " + std::string(typed.offset));
    } else {
        return Step::next;
    }
    return Step::stop;
}

/// The filler after a function is named by the symbol that was asked for, not by one that begins
/// there.
void Faddr2line::name_what_was_asked(Lookup& lookup, std::string_view name) {
    if (lookup.frames.empty()) lookup.frames.emplace_back();
    lookup.frames.back().name = name;
    lookup.frames.back().linkage_name = {};
}

void Faddr2line::print_match(const SymbolMatch& match, const TypedPlace& typed) {
    const kernel::SymbolPlace place{match.symbol.address, match.size, match.address};
    auto lookup = kernel::look_up(module_, place).lookup;
    if (!lookup) {
        fail(lookup.error());
        lookup.emplace();
    }
    if (kernel::runs_beyond(module_, place, *lookup)) name_what_was_asked(*lookup, typed.name);
    explain_damage(module_, diagnostics_);
    if (list_) source_.set_code(module_, match.address);
    std::string& out = output_.buffer();
    if (!std::exchange(first_, false)) out += '\n';
    out += typed.name;
    out += '+';
    out += typed.offset;
    out += '/';
    output::append_0x(out, match.size);
    out += ":\n";
    output::append_faddr2line(out, lookup->frames,
                              {.prefix = prefix(),
                               .source = list_ ? &source_ : nullptr,
                               .assembler_prefix = assembler_prefix(lookup->frames),
                               .symbol = typed.name});
    output_.flush_if_large();
}

void Faddr2line::print_skipped(const SymbolMatch& match, const TypedPlace& typed,
                               std::uint64_t offset) {
    std::string& out = output_.buffer();
    out += "skipping ";
    out += typed.name;
    out += " address at ";
    output::append_0x(out, match.symbol.value + offset);
    out += " due to size mismatch (";
    const bool size_differs = match.outcome == MatchOutcome::size_mismatch;
    out += size_differs ? typed.size : typed.offset;
    out += size_differs ? " != " : " > ";
    output::append_0x(out, match.size);
    out += ")\n";
}

}  // namespace symline::tools
