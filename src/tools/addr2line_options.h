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
#include "tools/llvm_request.h"
#include "tools/named_paths.h"

namespace symline::tools {

/// Whose behaviour is wanted where the two differ.
enum class Form { gnu, llvm };
enum class OutputStyle { gnu, llvm, json };
/// Where a line may be taken from when the address itself has line 0.
enum class Approximation { none, before, after };

struct Addr2lineOptions : output::AnswerStyle {
    Form form = Form::gnu;
    /// Called by the name of one of LLVM's programs: also what LLVM does worse is done as there.
    bool llvm_program = false;
    OutputStyle style = OutputStyle::gnu;
    NumberForm numbers = NumberForm::hexadecimal;  ///< of Form::llvm
    std::optional<std::string> file;  ///< -e; nothing: a.out, or named by each input line
    std::optional<std::string> build_id;
    std::optional<std::string> section;  ///< -j
    std::optional<std::string> target;   ///< -b
    bool verbose = false;
    bool untag = false;  ///< the top byte of symbols is no part of their addresses
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
    bool lines_name_modules() const {
        return form == Form::llvm && !file && !build_id && core.empty() && !pid;
    }
    /// LLVM looks for it anew with each line.
    bool build_id_for_each() const { return form == Form::llvm && !file && build_id; }
    LlvmLineSyntax llvm_syntax() const {
        return {.numbers = numbers, .module_given = !lines_name_modules()};
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

/// A command line that cannot be obeyed: a line, and what follows it.
struct UsageError {
    std::string message;
    bool show_usage = true;
    std::vector<std::string> more{};  ///< more lines of the kind
};

/// Whose defaults and command line the program's name asks for.
enum class CalledAs { addr2line, llvm_addr2line, llvm_symbolizer };
CalledAs called_as(std::string_view program);

/// The variable of the environment whose options come before those of the command line; null where
/// there is none.
const char* options_variable(CalledAs called_as);

/// `words` is the command line without the program's name, response files already expanded;
/// `program` the name it was called by.
std::expected<ParsedAddr2line, UsageError> parse_addr2line(std::string_view program,
                                                           std::vector<std::string> words);

/// Whether `name` is an object format that GNU addr2line may be told with -b.
bool known_target(std::string_view name);

}  // namespace symline::tools
