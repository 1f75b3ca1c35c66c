#include "kernel/package_hint.h"

#include "base/file_text.h"
#include "kernel/kernel_origin.h"

namespace symline::kernel {
namespace {

constexpr std::size_t kMaxNames = 200;

/// "vmlinux, module vfat, module xfs".
std::string missing_names(const LoadedKernel& kernel) {
    std::string names;
    if (kernel.vmlinux_missing()) names = "vmlinux";
    for (const std::string& module : kernel.missing_modules()) {
        names += (names.empty() ? "module " : ", module ") + module;
        if (names.size() > kMaxNames) return names + ", ...";
    }
    return names;
}

/// vmlinux is there, and did not come from a server: a module that is missing all the same did not
/// come with it.
bool only_foreign_modules_missing(const LoadedKernel& kernel) {
    const KernelFile* file = kernel.files().opened_vmlinux();
    return file != nullptr && file->found_by != FoundBy::debuginfod;
}

std::string by_name(std::string_view vmlinux_argument) {
    return std::string(vmlinux_argument) + " gives the file of a kernel built by hand";
}

/// For a kernel that no package is known of.
std::string without_package(const KernelOrigin& origin, std::string_view vmlinux_argument) {
    std::string text;
    if (!origin.distribution.empty()) {
        text = "of " + std::string(origin.distribution) + " no package of debug files is known";
    } else if (origin.remark.empty()) {
        text = "its release is of no distribution that is known";
    }
    if (!origin.remark.empty()) text += (text.empty() ? "" : "; ") + origin.remark;
    return text + "; " + by_name(vmlinux_argument) + ", --debug-package that of a package";
}

std::string from_server(std::string_view server, std::string_view build_id) {
    const std::string variable = "DEBUGINFOD_URLS=" + std::string(server);
    if (build_id.empty()) return "export " + variable + " (by build id, which the text lacks)";
    return variable + " debuginfod-find debuginfo " + std::string(build_id);
}

/// What to do, in the words of the distribution that the release is of. `here` is this machine's.
std::string advice(const LoadedKernel& kernel, const KernelOrigin& origin, std::string_view here,
                   std::string_view build_id) {
    const bool with_modules = !kernel.missing_modules().empty();
    const std::string distribution(origin.distribution);
    if (origin.command.empty()) {
        return "the debuginfod server of " + distribution + " may have " +
               (with_modules ? "them: " : "it: ") + from_server(origin.server, build_id);
    }
    std::string text = with_modules ? "to get them (out-of-tree modules aside)" : "to get it";
    if (origin.distribution != here) text += " on " + distribution;
    text += ": " + origin.command;
    if (!origin.remark.empty()) text += ", " + origin.remark;
    return text;
}

/// "; to get it on Debian: ...", for a kernel whose release a distribution is known by; else empty.
std::string package_advice(const LoadedKernel& kernel) {
    const auto build_id = hex_or_empty(kernel.options().build_id);
    const auto origin = kernel_origin(kernel.options().release, build_id);
    if (origin.command.empty() && origin.server.empty()) return {};
    const auto here = distribution(
        base::file_text(kernel.options().debug_files->options().sysroot + "/etc/os-release"));
    std::string text = "; " + advice(kernel, origin, here, build_id);
    // Files are fetched by build id only.
    const bool fetchable = !origin.command.empty() && !origin.server.empty() && !build_id.empty();
    if (fetchable && !kernel.options().debug_files->may_fetch()) {
        text += ", or set DEBUGINFOD_URLS=" + std::string(origin.server);
    }
    return text;
}

}  // namespace

std::string missing_files_hint(const LoadedKernel& kernel, std::string_view vmlinux_argument,
                               std::string_view no_release) {
    const auto names = missing_names(kernel);
    if (names.empty()) return {};
    const std::string& release = kernel.options().release;
    const std::string hint = "no debug file of " +
                             (release.empty() ? "this kernel" : "kernel " + release) + ": " + names;
    if (!kernel.vmlinux_missing() && only_foreign_modules_missing(kernel)) {
        return hint + "; not among the files of this vmlinux: -m FOLDER names where it is";
    }
    // It was given by name, and refused with the reason.
    const bool by_option = !kernel.options().vmlinux.empty();
    if (release.empty() && by_option) return hint;
    if (release.empty()) {
        return (hint + "; ").append(no_release.empty() ? by_name(vmlinux_argument) : no_release);
    }
    if (by_option) return hint + package_advice(kernel);
    const auto origin = kernel_origin(release, {});
    const bool fetches = kernel.options().debug_files->may_fetch();
    // A server that is asked already has nothing.
    const bool known = !origin.command.empty() || (!origin.server.empty() && !fetches);
    std::string text =
        hint + (known ? package_advice(kernel) : "; " + without_package(origin, vmlinux_argument));
    if (fetches && !kernel.options().build_id) {
        text += "; no server was asked, since the text gives no build id";
    }
    return text;
}

}  // namespace symline::kernel
