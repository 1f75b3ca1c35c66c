// The command line of symline-addr2line: GNU addr2line's options and llvm-addr2line's.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/answer_style.h"
#include "symline/module.h"
#include "tools/debug_file_places.h"
#include "tools/display.h"
#include "tools/fetch_session.h"
#include "tools/input.h"
#include "tools/named_paths.h"

namespace symline::tools {

/// Whose behaviour is wanted where the two differ.
enum class Form { gnu, llvm };
enum class OutputStyle { gnu, llvm, json };
/// Where a line may be taken from when the address itself has line 0.
enum class Approximation { none, before, after };

struct Addr2lineOptions : output::AnswerStyle {
    Form form = Form::gnu;
    OutputStyle style = OutputStyle::gnu;
    std::optional<std::string> file;  ///< -e; nothing: a.out, or named by each input line
    std::optional<std::string> build_id;
    std::optional<std::string> section;  ///< -j
    std::optional<std::string> target;   ///< -b
    bool verbose = false;
    std::uint64_t adjust_vma = 0;
    std::uint32_t context_lines = 0;
    std::vector<std::string> source_directories;
    Approximation approximation = Approximation::none;
    std::string split_package;  ///< --dwp; empty: none
    // Of formats that LLVM's reader answers.
    std::string architecture;  ///< --default-arch: which part of a universal file
    std::vector<std::string> dsym_hints;
    bool relative_addresses = false;  ///< numbers count from the image base
    DebugFileOptions places = unread_debug_file_options();
    /// What our own options name of that. LLVM's pass over what is not there, and so do we.
    std::vector<NamedPath> named;
    FetchChoice fetch;
    std::optional<std::uint64_t> cache_size;  ///< bytes; nothing: the library's own choice
    unsigned jobs = 0;                        ///< threads; 0: as many as there are processors
    std::string core;            ///< addresses are those of the process that left this core
    std::optional<int> pid;      ///< addresses are those of this process
    bool filter_markup = false;  ///< standard input is a log with LLVM's markup
    When colour = When::automatic;
    std::vector<std::string> inputs;  ///< empty: standard input

    /// llvm-addr2line has no default file: without -e each line of input names its own.
    bool lines_name_modules() const { return form == Form::llvm && !file && !build_id; }
    LineSyntax line_syntax() const {
        if (form == Form::gnu) return LineSyntax::place;
        return lines_name_modules() ? LineSyntax::kind_module_place : LineSyntax::kind_place;
    }
    /// What has to be looked up to print an answer.
    Detail detail() const {
        return verbose || style == OutputStyle::json ? Detail::declarations : Detail::frames;
    }
};

enum class Action { run, help, version };

struct ParsedAddr2line {
    Action action = Action::run;
    Addr2lineOptions options;
};

/// A command line that cannot be obeyed: one line, and whether the usage shall follow it.
struct UsageError {
    std::string message;
    bool show_usage = true;
};

/// Whether the program's name asks for the behaviour of llvm-addr2line.
bool called_as_llvm(std::string_view program);

/// `words` is the command line without the program's name, response files already expanded;
/// `program` the name it was called by.
std::expected<ParsedAddr2line, UsageError> parse_addr2line(std::string_view program,
                                                           std::vector<std::string> words);

/// Whether `name` is an object format that GNU addr2line may be told with -b.
bool known_target(std::string_view name);

}  // namespace symline::tools
