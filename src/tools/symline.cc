// symline: any log in, the same log with source lines out.

#include <unistd.h>

#include "tools/decode_options.h"
#include "tools/decode_run.h"
#include "tools/diagnostics.h"
#include "tools/display.h"
#include "tools/program.h"
#include "tools/standard_output.h"
#ifndef SYMLINE_LINK_DISASSEMBLER
#include "tools/disassembler_module.h"
#endif

using namespace symline;
using namespace symline::tools;

namespace {

#ifdef SYMLINE_LINK_DISASSEMBLER
constexpr output::DisassemblerMaker disassembler = output::make_disassembler;
#else
constexpr output::DisassemblerMaker disassembler = load_disassembler;
#endif

}  // namespace

int main(int argc, char** argv) {
    ignore_broken_pipes();
    Diagnostics diagnostics{"symline"};
    StandardOutput output;
    auto options = parse_symline({argv + (argc > 0), argv + argc}, ::isatty(STDIN_FILENO) != 0);
    if (!options) {
        const Ending& ending = options.error();
        output.buffer() += ending.out;
        if (!ending.error.empty()) diagnostics.say(ending.error);
        return finish(output, diagnostics, ending.status == 0);
    }
    options->display =
        display_on(screen_of_environment(::isatty(STDOUT_FILENO) != 0), options->shown);
    const bool succeeded = Decode(*options, diagnostics, output, disassembler).run();
    return finish(output, diagnostics, succeeded);
}
