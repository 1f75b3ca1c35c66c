#include "tools/process_addresses.h"

#include <utility>

#include "symline/core_dump.h"

namespace symline::tools {
namespace {

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

SymbolizerOptions symbolizer_options(const ProcessChoice& choice, std::string program_path,
                                     std::shared_ptr<DebugFiles> debug_files) {
    SymbolizerOptions options;
    options.debug_files = std::move(debug_files);
    options.program_path = std::move(program_path);
    if (!choice.program.empty()) options.files.push_back(choice.program);
    for (const std::string& each : {choice.program, choice.core}) {
        if (!each.empty()) options.folders.push_back(folder_of(each));
    }
    if (!choice.sysroot.empty()) options.roots.push_back(choice.sysroot);
    // Its files, whichever mount namespace this is.
    if (choice.pid) options.roots.push_back("/proc/" + std::to_string(*choice.pid) + "/root");
    return options;
}

Expected<ProcessAddresses> ProcessAddresses::open(const ProcessChoice& choice,
                                                  std::shared_ptr<DebugFiles> debug_files) {
    if (choice.pid) {
        auto mappings = read_process_mappings(*choice.pid);
        if (!mappings) return std::unexpected(mappings.error());
        return ProcessAddresses(std::move(*mappings),
                                symbolizer_options(choice, {}, std::move(debug_files)));
    }
    const auto core =
        CoreDump::open(choice.core, {.program = choice.program, .sysroot = choice.sysroot});
    if (!core) return std::unexpected(core.error());
    return ProcessAddresses(core->mappings(), symbolizer_options(choice, core->process().program,
                                                                 std::move(debug_files)));
}

}  // namespace symline::tools
