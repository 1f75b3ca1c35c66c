// Calls of a running kernel that its file does not show: what the kernel patches when it boots ends
// with a call where the file has other instructions, or the call ends elsewhere.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/patch_sites.h"
#include "symline/module.h"

namespace symline::kernel {

class PatchedCalls {
public:
    /// Reads the tables of vmlinux or of a module. `module` is borrowed.
    explicit PatchedCalls(const Module& module);

    /// Whether a call may return to `address`.
    bool end_at(FileAddress address) const;
    /// Whether a site ends at `address`, or is passed there, whose call every kernel but one that
    /// is paravirtualised by Xen replaces by instructions among which is none: "sti", "cli",
    /// "pushf; pop %rax" and the like (PVOP_ALT_CALL in arch/x86/include/asm/paravirt.h).
    bool is_native_at(FileAddress address) const;

private:
    bool ends_alternative(FileAddress address) const;
    void add_retpolines();
    void add_paravirt_calls();
    void add_expolines();

    const Module& module_;
    std::vector<Alternative> alternatives_;  ///< by site
    std::vector<std::uint64_t> ends_;        ///< of the other tables' calls, sorted
};

}  // namespace symline::kernel
