#include "kernel/missing_files.h"

#include "base/file_text.h"
#include "find/distribution.h"
#include "kernel/kernel_origin.h"

namespace symline {
namespace {

using kernel::KernelOrigin;
using kernel::LoadedKernel;

/// vmlinux is there, and did not come from a server: a module that is missing all the same did not
/// come with it.
bool only_foreign_modules_missing(const LoadedKernel& kernel) {
    const kernel::KernelFile* file = kernel.files().opened_vmlinux();
    return file != nullptr && file->found_by != FoundBy::debuginfod;
}

DebugFileSource source_of(const LoadedKernel& kernel, const KernelOrigin& origin) {
    const KernelOptions& options = kernel.options();
    DebugFileSource source{.distribution = std::string(origin.distribution),
                           .command = origin.command,
                           .remark = origin.remark};
    if (!source.command.empty()) {
        source.of_this_machine =
            origin.distribution == find::distribution(base::file_text(
                                       options.debug_files->options().sysroot + "/etc/os-release"));
    }
    // A package is sure to have the files; a server that is asked already, or cannot be, is no
    // second way to them.
    const bool useful = options.build_id && !options.debug_files->may_fetch();
    if (source.command.empty() || useful) source.server = origin.server;
    return source;
}

/// Fills in what would help, for a kernel whose release is known.
void add_source(MissingFiles& missing, const LoadedKernel& kernel) {
    using Remedy = MissingFiles::Remedy;
    const KernelOptions& options = kernel.options();
    const auto origin =
        kernel::kernel_origin(options.release, kernel::hex_or_empty(options.build_id));
    const bool fetches = options.debug_files->may_fetch();
    // A vmlinux that was named was not asked of any server.
    const bool named = !options.vmlinux.empty();
    const bool known = !origin.command.empty() || (!origin.server.empty() && (named || !fetches));
    missing.source = source_of(kernel, origin);
    missing.remedy = known ? Remedy::source : named ? Remedy::none : Remedy::vmlinux;
    missing.servers_need_build_id = !named && fetches && !options.build_id;
}

}  // namespace

std::optional<MissingFiles> kernel::missing_files(const LoadedKernel& kernel) {
    const KernelOptions& options = kernel.options();
    MissingFiles missing{
        .release = options.release,
        .build_id = options.build_id,
        .vmlinux = kernel.vmlinux_missing(),
        .modules = {kernel.missing_modules().begin(), kernel.missing_modules().end()}};
    if (!missing.vmlinux && missing.modules.empty()) return std::nullopt;
    if (!missing.vmlinux && only_foreign_modules_missing(kernel)) {
        missing.remedy = MissingFiles::Remedy::module_folder;
    } else if (!missing.release.empty()) {
        add_source(missing, kernel);
    } else if (options.vmlinux.empty()) {
        missing.remedy = MissingFiles::Remedy::release;
    }
    return missing;
}

}  // namespace symline
