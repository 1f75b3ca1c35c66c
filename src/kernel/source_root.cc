#include "kernel/source_root.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace symline::kernel {
namespace {

/// Of init/main.c.
constexpr std::array<std::string_view, 3> kInitFunctions{"start_kernel", "kernel_init",
                                                         "rest_init"};
/// The first instruction may have no line, or belong to a function inlined from a header.
constexpr std::uint64_t kStep = 16;
constexpr std::uint64_t kMaxSearched = 256;

/// Of assembler files of x86, arm64, arm, riscv, s390, powerpc, mips and loongarch: where the
/// kernel begins, where it is entered, and how it changes tasks.
constexpr std::array<std::string_view, 18> kAssemblerSymbols{"startup_64",
                                                             "secondary_startup_64",
                                                             "entry_SYSCALL_64",
                                                             "__switch_to_asm",
                                                             "primary_entry",
                                                             "vectors",
                                                             "cpu_switch_to",
                                                             "stext",
                                                             "vector_swi",
                                                             "__switch_to",
                                                             "_start",
                                                             "handle_exception",
                                                             "startup_continue",
                                                             "system_call",
                                                             "pgm_check_handler",
                                                             "system_call_common",
                                                             "kernel_entry",
                                                             "handle_syscall"};

std::string root_at(const Module& vmlinux, FileAddress address) {
    const auto lookup = vmlinux.lookup(address);
    if (!lookup) return {};
    for (const Frame& frame : lookup->frames) {
        const auto root = source_root_of(frame.location.file);
        if (!root.empty()) return std::string(root);
    }
    return {};
}

std::string root_in(const Module& vmlinux, FileAddress start, std::uint64_t size) {
    const std::uint64_t end = std::clamp<std::uint64_t>(size, 1, kMaxSearched);
    for (std::uint64_t offset = 0; offset < end; offset += kStep) {
        auto root = root_at(vmlinux, {start.value + offset});
        if (!root.empty()) return root;
    }
    return {};
}

/// What the files of assembler symbols begin with. Nothing where they disagree: then the tree is
/// not known.
class AssemblerRoot {
public:
    AssemblerRoot(const Module& vmlinux, std::string_view tree) : vmlinux_(vmlinux), tree_(tree) {}

    void add(const Symbol& symbol) {
        const auto lookup = vmlinux_.lookup(symbol.address);
        if (!lookup || lookup->frames.empty()) return;
        const auto file = lookup->frames.front().location.file;
        if (!tree_.empty() && file.starts_with(tree_)) return;
        const auto root = assembler_root_of(file);
        if (root.empty() || root == common_) return;
        agreed_ = agreed_ && common_.empty();
        common_ = root;
    }
    std::string take() { return agreed_ ? std::move(common_) : std::string(); }

private:
    const Module& vmlinux_;
    std::string_view tree_;
    std::string common_;
    bool agreed_ = true;
};

}  // namespace

std::string_view source_root_of(std::string_view path) {
    constexpr std::string_view kFile = "init/main.c";
    if (!path.ends_with(kFile)) return {};
    return path.substr(0, path.size() - kFile.size());
}

std::string_view assembler_root_of(std::string_view path) {
    constexpr std::string_view kTop = "/arch/";
    if (!path.ends_with(".S") || !path.starts_with('/')) return {};
    const auto at = path.rfind(kTop);
    return at == path.npos ? std::string_view() : path.substr(0, at + 1);
}

std::string source_root(const Module& vmlinux) {
    for (const std::string_view function : kInitFunctions) {
        const auto symbols = vmlinux.symbols().named(function);
        if (!symbols) return {};
        for (const Symbol& symbol : *symbols) {
            if (!symbol.section) continue;
            auto root = root_in(vmlinux, symbol.address, symbol.size);
            if (!root.empty()) return root;
        }
    }
    return {};
}

std::string assembler_source_root(const Module& vmlinux, std::string_view tree) {
    AssemblerRoot assembler(vmlinux, tree);
    for (const std::string_view name : kAssemblerSymbols) {
        const auto symbols = vmlinux.symbols().named(name);
        if (!symbols) return {};
        for (const Symbol& symbol : *symbols) {
            if (symbol.section) assembler.add(symbol);
        }
    }
    return assembler.take();
}

SourceRoots source_roots(KernelFile& vmlinux) {
    SourceRoots roots{.tree = source_root(vmlinux.module), .assembler = {}};
    AssemblerRoot assembler(vmlinux.module, roots.tree);
    for (const std::string_view name : kAssemblerSymbols) {
        for (const Symbol* symbol : vmlinux.symbols().named(name)) assembler.add(*symbol);
    }
    roots.assembler = assembler.take();
    return roots;
}

}  // namespace symline::kernel
