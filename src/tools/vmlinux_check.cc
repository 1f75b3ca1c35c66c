#include "tools/vmlinux_check.h"

#include "symline/kernel.h"

namespace symline::tools {

bool is_usable_vmlinux(const std::string& path, const std::shared_ptr<DebugFiles>& debug_files,
                       const Diagnostics& diagnostics) {
    const auto kernel = Kernel::open({.vmlinux = path, .debug_files = debug_files});
    if (!kernel) diagnostics.say("'" + path + "': " + kernel.error().message);
    return kernel.has_value();
}

}  // namespace symline::tools
