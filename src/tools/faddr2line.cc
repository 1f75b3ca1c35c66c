// symline-faddr2line: func+offset/size to source lines, on the command line of the kernel's
// scripts/faddr2line. All messages have the script's words, which other scripts look for.

#include <memory>
#include <utility>
#include <vector>

#include "symline/module.h"
#include "tools/diagnostics.h"
#include "tools/faddr2line_run.h"
#include "tools/faults.h"
#include "tools/messages.h"
#include "tools/named_paths.h"
#include "tools/program.h"
#include "tools/standard_output.h"

using namespace symline;
using namespace symline::tools;

namespace {

std::string open_error(const Error& error, const std::string& path) {
    switch (error.code) {
        case ErrorCode::not_found:
        case ErrorCode::is_directory:
        case ErrorCode::not_a_file: return "ERROR: can't find objfile " + path;
        default: return "ERROR: " + open_failure(error, path);
    }
}

bool run(const Faddr2lineOptions& options, FetchSession& fetches, Diagnostics& diagnostics,
         StandardOutput& output) {
    if (!options.problem.empty()) {
        diagnostics.say("ERROR: " + options.problem);
        return false;
    }
    auto named = options.named;
    add_places(options.debug_places, named);
    if (const auto problem = first_problem(named); !problem.empty()) {
        diagnostics.say("ERROR: " + problem);
        return false;
    }
    const auto debug_files = open_debug_files(options.debug_places, fetches);
    const auto module = Module::open(options.file, {.debug_files = debug_files});
    if (!module) {
        diagnostics.say(open_error(module.error(), options.file));
        return false;
    }
    explain_refusals(*module, diagnostics);
    if (module->files().debug_path().empty()) {
        diagnostics.say("ERROR: CONFIG_DEBUG_INFO not enabled");
        return false;
    }
    Faddr2line program(*module, debug_files, diagnostics, output, options.list);
    for (const auto& place : options.places) program.answer(place);
    return !program.failed();
}

}  // namespace

int main(int argc, char** argv) {
    prepare_for_faults("symline-faddr2line");
    Diagnostics diagnostics{""};
    StandardOutput output;
    const auto options = parse_faddr2line({argv + (argc > 0), argv + argc});
    if (!options) {
        diagnostics.say("usage: faddr2line [--list] <object file> <func+offset> <func+offset>...");
        return 1;
    }
    FetchSession fetches(options->fetch, diagnostics);
    const bool succeeded = run(*options, fetches, diagnostics, output);
    return fetches.exit_status(finish(output, diagnostics, succeeded));
}
