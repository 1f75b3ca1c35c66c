// Runtime addresses of a process, crashed or living, as symline-addr2line looks them up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "symline/debug_files.h"
#include "symline/error.h"
#include "symline/symbolizer.h"

namespace symline::tools {

/// As typed: --core or --pid, -e, --sysroot.
struct ProcessChoice {
    std::string core;
    std::optional<int> pid;
    std::string program;
    std::string sysroot;
};

class ProcessAddresses {
public:
    static Expected<ProcessAddresses> open(const ProcessChoice& choice,
                                           std::shared_ptr<DebugFiles> debug_files);

    ResolvedAddress resolve(std::uint64_t address, Detail detail) {
        return symbolizer_.resolve(mappings_, {address}, detail);
    }

private:
    ProcessAddresses(std::vector<Mapping> mappings, SymbolizerOptions options)
        : mappings_(std::move(mappings)), symbolizer_(std::move(options)) {}

    std::vector<Mapping> mappings_;
    Symbolizer symbolizer_;
};

/// Where the files of a process are looked for: below the sysroot, or the process's own root; the
/// program that was named, and the folders of program and core.
SymbolizerOptions symbolizer_options(const ProcessChoice& choice, std::string program_path,
                                     std::shared_ptr<DebugFiles> debug_files);

}  // namespace symline::tools
