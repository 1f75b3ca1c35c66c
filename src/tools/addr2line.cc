// symline-addr2line: addresses to source lines, on the command line of GNU addr2line.

#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "output/terminal_text.h"
#include "tools/addr2line_help.h"
#include "tools/addr2line_options.h"
#include "tools/addr2line_run.h"
#include "tools/diagnostics.h"
#include "tools/faults.h"
#include "tools/named_paths.h"
#include "tools/program.h"
#include "tools/response_file.h"
#ifdef SYMLINE_SHARED_TWIN
#include "tools/shared_twin.h"
#endif
#include "tools/standard_output.h"

using namespace symline::tools;

namespace {

/// The command line, after what the environment has for LLVM's programs.
std::vector<std::string> command_words(std::string_view program, std::span<char*> arguments) {
    const char* const variable = options_variable(called_as(program));
    const char* const set = variable != nullptr ? std::getenv(variable) : nullptr;
    std::vector<std::string> words = split_words(set != nullptr ? set : "");
    words.insert(words.end(), arguments.begin(), arguments.end());
    return expand_response_files(std::move(words));
}

}  // namespace

int main(int argc, char** argv) {
    Diagnostics diagnostics(program_name(argc > 0 ? argv[0] : "symline-addr2line"));
    const auto& program = diagnostics.program();
    prepare_for_faults(program);
    StandardOutput output;
    auto parsed =
        parse_addr2line(program, command_words(program, {argv + (argc > 0), argv + argc}));
    if (!parsed) {
        const auto& error = parsed.error();
        std::string below = error.show_usage ? addr2line_help(program) : std::string();
        for (const auto& each : error.more) below += symline::output::visible(each) + "\n";
        diagnostics.say_text(error.message, below);
        return 1;
    }
    if (parsed->action == Action::run) {
#ifdef SYMLINE_SHARED_TWIN
        if (needs_libraries(parsed->options)) become_shared_twin(argv);
#endif
        const auto problem = first_problem(parsed->options.named);
        if (!problem.empty()) {
            diagnostics.say(problem);
            return finish(output, diagnostics, false);
        }
        // What was read goes with the process: to free it piece by piece would take longer.
        static auto* const addr2line =
            new Addr2line(std::move(parsed->options), diagnostics, output);
        const bool succeeded = addr2line->run();
        return addr2line->fetches().exit_status(finish(output, diagnostics, succeeded));
    }
    output.buffer() =
        parsed->action == Action::help ? addr2line_help(program) : version_text(program);
    return finish(output, diagnostics, true);
}
