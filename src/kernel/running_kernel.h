// The kernel of this machine, as it describes itself in /proc and /sys.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "kernel/kernel_text.h"
#include "kernel/loaded_modules.h"
#include "symline/build_id.h"

namespace symline::kernel {

class RunningKernel {
public:
    /// `root` stands in front of /proc and /sys; empty for this machine. Each file is read when it
    /// is first asked for, so that none is for a text whose kernel the user named.
    explicit RunningKernel(std::string root = {}) : root_(std::move(root)) {}

    /// uname -r.
    const std::string& release() const;
    /// Of /sys/kernel/notes; nothing where the kernel was built without.
    const std::optional<BuildId>& build_id() const;
    /// Empty when the kernel hides its addresses (kptr_restrict).
    Kallsyms kallsyms() const;
    LoadedModules modules() const { return LoadedModules::of_machine(root_); }

private:
    std::string root_;
    mutable std::optional<std::string> release_;
    mutable std::optional<std::optional<BuildId>> build_id_;
};

}  // namespace symline::kernel
