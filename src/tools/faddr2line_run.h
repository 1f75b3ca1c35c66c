// What symline-faddr2line does, once its command line has been read.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "symline/module.h"
#include "tools/debug_file_places.h"
#include "tools/diagnostics.h"
#include "tools/fetch_session.h"
#include "tools/named_paths.h"
#include "tools/source_files.h"
#include "tools/standard_output.h"

namespace symline::tools {

struct Faddr2lineOptions {
    bool list = false;
    /// Of our own options, which stand in front.
    DebugFileOptions debug_places = unread_debug_file_options();
    FetchChoice fetch;
    std::vector<NamedPath> named;  ///< paths of these options that are to be looked at
    std::string problem;           ///< what is wrong with them; empty: nothing
    std::string file;
    std::vector<std::string> places;  ///< "func+offset", with "/size" or without
};

/// `words` is the command line without the program's name. Nothing when it is not of the form that
/// the usage shows.
std::optional<Faddr2lineOptions> parse_faddr2line(std::vector<std::string> words);

/// One "func+offset/size" as typed: what is printed again shows the user's own spelling.
struct TypedPlace {
    std::string_view name;    ///< before the last '+'
    std::string_view offset;  ///< between the first '+' and the last '/'
    std::string_view size;    ///< after the first '/'; empty when there is none
};

/// Only for text that SymbolOffset::parse takes. The views lie in `text`.
TypedPlace split_place(std::string_view text);

class Faddr2line {
public:
    /// `module` is borrowed and must live as long.
    Faddr2line(const Module& module, std::shared_ptr<DebugFiles> debug_files,
               Diagnostics& diagnostics, StandardOutput& output, bool list)
        : module_(module), diagnostics_(diagnostics), output_(output), list_(list) {
        source_.fetch_from(std::move(debug_files));
        source_.set_build_id(module.build_id());
    }

    void answer(const std::string& text);
    /// True when debug information or symbols were too damaged to read.
    bool failed() const { return failed_; }

private:
    /// Whether an argument needs another word when its symbols have been gone through.
    enum class Step { next, stop };

    void answer_matches(const std::string& text, const TypedPlace& typed,
                        const std::vector<SymbolMatch>& matches, std::uint64_t offset);
    Step reject(const SymbolMatch& match, const TypedPlace& typed, std::uint64_t offset);
    void print_match(const SymbolMatch& match, const TypedPlace& typed);
    static void name_what_was_asked(Lookup& lookup, std::string_view name);
    void print_skipped(const SymbolMatch& match, const TypedPlace& typed, std::uint64_t offset);
    void fail(const Error& error);
    /// What stands before "init/main.c" in the place of start_kernel; looked up when first needed.
    std::string_view prefix();
    std::string_view assembler_prefix(std::span<const Frame> frames);

    const Module& module_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    SourceFiles source_;
    bool list_;
    bool first_ = true;
    bool failed_ = false;
    std::optional<std::string> prefix_;
    std::optional<std::string> assembler_prefix_;
};

}  // namespace symline::tools
