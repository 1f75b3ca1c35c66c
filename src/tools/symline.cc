// symline: any log in, the same log with source lines out; and where the files for that are.

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "symline/kernel_dump.h"
#include "tools/command_line.h"
#include "tools/core_file.h"
#include "tools/core_kernel_run.h"
#include "tools/core_options.h"
#include "tools/core_run.h"
#include "tools/decode_options.h"
#include "tools/decode_run.h"
#include "tools/diagnostics.h"
#include "tools/display.h"
#include "tools/faults.h"
#include "tools/find_run.h"
#include "tools/index_run.h"
#include "tools/named_paths.h"
#include "tools/program.h"
#include "tools/standard_output.h"
#include "tools/verify_options.h"
#include "tools/verify_run.h"
#ifdef SYMLINE_LINK_DISASSEMBLER
#include "symline/disassembler.h"
#else
#include "tools/disassembler_module.h"
#endif

using namespace symline;
using namespace symline::tools;

namespace {

#ifdef SYMLINE_LINK_DISASSEMBLER
constexpr auto* disassembler = make_disassembler;
#else
constexpr auto* disassembler = load_disassembler;
#endif

/// With --strict.
constexpr int kNothingDecoded = 2;

int end(const Ending& ending, Diagnostics& diagnostics, StandardOutput& output) {
    output.buffer() += ending.out;
    if (!ending.error.empty()) diagnostics.say_text(ending.error, ending.below);
    return finish(output, diagnostics, ending.status == 0);
}

/// Whether the paths of the command line can be used; says of the first that cannot why.
bool are_usable(const DebugFileOptions& places, std::vector<NamedPath> named,
                Diagnostics& diagnostics) {
    add_places(places, named);
    const auto problem = first_problem(named);
    if (!problem.empty()) diagnostics.say(problem);
    return problem.empty();
}

bool are_usable(const DecodeOptions& options, Diagnostics& diagnostics) {
    // What follows the vmlinux of the script need not be there.
    const bool script = options.style == DecodeStyle::kernel;
    std::vector<NamedPath> named;
    named.reserve(options.decoder.module_directories.size() + 3);
    if (!script) add_folders(options.decoder.module_directories, named);
    for (const auto& path :
         {options.decoder.split_package, options.kallsyms, options.modules_text}) {
        if (!path.empty()) named.push_back({path, PathKind::file});
    }
    add_folders(options.shown.source_directories, named);
    return are_usable(options.places, std::move(named), diagnostics);
}

bool are_usable(const CoreOptions& options, Diagnostics& diagnostics) {
    std::vector<NamedPath> named;
    add_folders(options.modules, named);
    if (!options.split_package.empty()) {
        named.push_back({options.split_package, PathKind::file});
    }
    add_folders(options.shown.source_directories, named);
    return are_usable(options.places, std::move(named), diagnostics);
}

int run_find(const std::vector<std::string>& words, Diagnostics& diagnostics,
             StandardOutput& output) {
    auto options = parse_find(words);
    if (!options) return end(options.error(), diagnostics, output);
    if (!are_usable(options->places, {}, diagnostics)) return finish(output, diagnostics, false);
    apply(options->limits, diagnostics);
    Find find(std::move(*options), diagnostics, output);
    const bool found = find.run();
    return find.fetches().exit_status(finish(output, diagnostics, found));
}

int run_index(const std::vector<std::string>& words, Diagnostics& diagnostics,
              StandardOutput& output) {
    auto options = parse_index(words);
    if (!options) return end(options.error(), diagnostics, output);
    if (!are_usable(options->places, {}, diagnostics)) return finish(output, diagnostics, false);
    apply(options->limits, diagnostics);
    Index index(std::move(*options), diagnostics, output);
    const bool succeeded = index.run();
    return index.fetches().exit_status(finish(output, diagnostics, succeeded));
}

int run_verify(const std::vector<std::string>& words, Diagnostics& diagnostics,
               StandardOutput& output) {
    auto options = parse_verify(words);
    if (!options) return end(options.error(), diagnostics, output);
    if (!are_usable(options->places, {}, diagnostics)) return finish(output, diagnostics, false);
    Verify verify(*std::move(options), diagnostics, output);
    const int status = verify.run();
    return verify.fetches().exit_status(finish(output, diagnostics, true) == 0 ? status : 1);
}

int run_core(const std::vector<std::string>& words, Diagnostics& diagnostics,
             StandardOutput& output) {
    auto options = parse_core(words);
    if (!options) return end(options.error(), diagnostics, output);
    if (!are_usable(*options, diagnostics)) return finish(output, diagnostics, false);
    apply(options->limits, diagnostics);
    CoreFile file;
    if (!options->pid) {
        auto path = file.prepare(options->core);
        if (!path) {
            diagnostics.say(path.error());
            return finish(output, diagnostics, false);
        }
        options->core = std::move(*path);
    }
    if (!options->pid && KernelDump::recognizes(options->core)) {
        CoreKernelRun core(*options, diagnostics, output, disassembler);
        const bool succeeded = core.run();
        return core.fetches().exit_status(finish(output, diagnostics, succeeded));
    }
    CoreRun core(*options, diagnostics, output);
    const bool succeeded = core.run();
    return core.fetches().exit_status(finish(output, diagnostics, succeeded));
}

int run_decode(const std::vector<std::string>& words, Diagnostics& diagnostics,
               StandardOutput& output) {
    auto options = parse_decode(words);
    if (!options) return end(options.error(), diagnostics, output);
    if (!are_usable(*options, diagnostics)) return finish(output, diagnostics, false);
    apply(options->limits, diagnostics);
    options->display = display_on(screen_of_environment(output.reader()), options->shown);
    Decode decode(*options, diagnostics, output, disassembler);
    const bool succeeded = decode.run();
    int status = finish(output, diagnostics, succeeded);
    if (status == 0 && options->strict && !decode.found_any() && !output.reader_gone()) {
        diagnostics.say("no frame was decoded");
        status = kNothingDecoded;
    }
    return decode.fetches().exit_status(status);
}

}  // namespace

int main(int argc, char** argv) {
    prepare_for_faults("symline");
    Diagnostics diagnostics{"symline"};
    StandardOutput output;
    auto line = read_command_line({argv + (argc > 0), argv + argc}, ::isatty(STDIN_FILENO) != 0);
    if (!line) return end(line.error(), diagnostics, output);
    switch (line->command) {
        case Command::find: return run_find(line->words, diagnostics, output);
        case Command::index: return run_index(line->words, diagnostics, output);
        case Command::core: return run_core(line->words, diagnostics, output);
        case Command::verify: return run_verify(line->words, diagnostics, output);
        case Command::decode: break;
    }
    return run_decode(line->words, diagnostics, output);
}
