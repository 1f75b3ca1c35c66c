// The kernel of this machine, as it describes itself in /proc and /sys.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "kernel/kernel_text.h"
#include "kernel/loaded_modules.h"
#include "symline/build_id.h"

namespace symline::kernel {

/// The build id note in a row of notes of this machine's byte order; nothing when there is none.
std::optional<BuildId> build_id_in_notes(std::span<const std::byte> notes);

class RunningKernel {
public:
    /// `root` stands in front of /proc and /sys; empty for this machine.
    explicit RunningKernel(std::string root = {});

    /// uname -r.
    const std::string& release() const { return release_; }
    /// Of /sys/kernel/notes; nothing where the kernel was built without.
    const std::optional<BuildId>& build_id() const { return build_id_; }
    /// Empty when the kernel hides its addresses (kptr_restrict).
    Kallsyms kallsyms() const;
    LoadedModules modules() const { return LoadedModules::of_machine(root_); }

private:
    std::string root_;
    std::string release_;
    std::optional<BuildId> build_id_;
};

}  // namespace symline::kernel
