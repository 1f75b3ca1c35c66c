#include "kernel/source_root.h"

namespace symline::kernel {
namespace {

constexpr std::string_view kFunction = "start_kernel";

std::string root_at(const Module& vmlinux, FileAddress start) {
    const auto lookup = vmlinux.lookup(start);
    if (!lookup) return {};
    // The first instruction may belong to a function inlined from a header.
    for (const Frame& frame : lookup->frames) {
        const auto root = source_root_of(frame.location.file);
        if (!root.empty()) return std::string(root);
    }
    return {};
}

}  // namespace

std::string_view source_root_of(std::string_view path) {
    constexpr std::string_view file = "init/main.c";
    if (!path.ends_with(file)) return {};
    return path.substr(0, path.size() - file.size());
}

std::string source_root(KernelFile& vmlinux) {
    for (const Symbol* symbol : vmlinux.symbols().named(kFunction)) {
        auto root = root_at(vmlinux.module, symbol->address);
        if (!root.empty()) return root;
    }
    return {};
}

std::string source_root(const Module& vmlinux) {
    const auto symbols = vmlinux.symbols().named(kFunction);
    if (!symbols) return {};
    for (const Symbol& symbol : *symbols) {
        if (!symbol.section) continue;
        auto root = root_at(vmlinux, symbol.address);
        if (!root.empty()) return root;
    }
    return {};
}

}  // namespace symline::kernel
