#include "kernel/missing_files.h"

#include "base/file_text.h"
#include "kernel/kernel_origin.h"

namespace symline {
namespace {

using kernel::KernelOrigin;
using kernel::LoadedKernel;

constexpr std::size_t kMaxNames = 200;

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
            origin.distribution == kernel::distribution(base::file_text(
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

/// "vmlinux, module vfat, module xfs".
std::string names_of(const MissingFiles& missing) {
    std::string names;
    if (missing.vmlinux) names = "vmlinux";
    for (const std::string& module : missing.modules) {
        names += (names.empty() ? "module " : ", module ") + module;
        if (names.size() > kMaxNames) return names + ", ...";
    }
    return names;
}

/// Why no package is named.
std::string no_package(const DebugFileSource& source) {
    std::string text;
    if (!source.distribution.empty()) {
        text = "of " + source.distribution + " no package of debug files is known";
    } else if (source.remark.empty()) {
        text = "its release is of no distribution that is known";
    }
    if (!source.remark.empty()) text += (text.empty() ? "" : "; ") + source.remark;
    return text;
}

std::string from_server(const DebugFileSource& source, const std::optional<BuildId>& build_id) {
    const std::string variable = "DEBUGINFOD_URLS=" + source.server;
    if (!build_id) return "export " + variable + " (by build id, which the text lacks)";
    return variable + " debuginfod-find debuginfo " + build_id->hex();
}

/// In the words of the distribution that the release is of.
std::string advice(const MissingFiles& missing) {
    const DebugFileSource& source = missing.source;
    const bool with_modules = !missing.modules.empty();
    if (source.command.empty()) {
        return "the debuginfod server of " + source.distribution + " may have " +
               (with_modules ? "them: " : "it: ") + from_server(source, missing.build_id);
    }
    std::string text = with_modules ? "to get them (out-of-tree modules aside)" : "to get it";
    if (!source.of_this_machine) text += " on " + source.distribution;
    text += ": " + source.command;
    if (!source.remark.empty()) text += ", " + source.remark;
    if (!source.server.empty()) text += ", or set DEBUGINFOD_URLS=" + source.server;
    return text;
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

std::string describe(const MissingFiles& missing) {
    using Remedy = MissingFiles::Remedy;
    std::string text = "no debug file of " +
                       (missing.release.empty() ? "this kernel" : "kernel " + missing.release) +
                       ": " + names_of(missing);
    switch (missing.remedy) {
        case Remedy::source: return text + "; " + advice(missing);
        case Remedy::vmlinux: return text + "; " + no_package(missing.source);
        case Remedy::module_folder: return text + "; not among the files of this vmlinux";
        default: return text;
    }
}

}  // namespace symline
