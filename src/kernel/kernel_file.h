// One file of a kernel, opened: its vmlinux or a module of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "kernel/kernel_symbols.h"
#include "kernel/patched_calls.h"
#include "symbolize/calls.h"
#include "symline/debug_files.h"
#include "symline/module.h"

namespace symline::kernel {

/// How a symbol's size in a text compares with its size in the file.
enum class SizeMatch { same, other };

/// vmlinux, a kernel module or a user program, opened.
struct KernelFile {
    KernelFile(Module opened, FoundBy how) : module(std::move(opened)), found_by(how) {}

    const KernelSymbols& symbols();
    /// Whether a call ends at an address: in the file or, as far as the file lists what is patched,
    /// in the running kernel.
    symbolize::CallAt call_ends_at(FileAddress address);
    /// See PatchedCalls::is_native_at.
    bool is_native_at(FileAddress address) { return patched_calls().is_native_at(address); }
    /// In a running kernel the last symbol of a section extends to whatever was placed after the
    /// section: its "/size" is at least its size in the file, and proves nothing else.
    /// `printed_size`: see KernelSymbols.
    bool is_last(const Symbol& symbol, std::uint64_t printed_size) const;
    /// Counts whether a "/size" of a text is the symbol's own: each symbol once, and none that
    /// is_last().
    void count_size(const Symbol& symbol, SizeMatch match);
    /// More than a tenth of the sizes differ, and more than one: the file is of another build.
    bool of_another_build() const;
    /// Whether enough sizes were counted to trust the file.
    bool judged() const { return counted_.size() >= kEnough; }

    Module module;
    FoundBy found_by;
    std::string name;  ///< "vmlinux" or the module's; empty: of a user program

private:
    static constexpr std::size_t kEnough = 10;
    static constexpr std::size_t kMaxCounted = 4096;

    const PatchedCalls& patched_calls();

    std::unique_ptr<KernelSymbols> symbols_;
    std::unique_ptr<PatchedCalls> patched_calls_;
    std::unordered_set<std::uint64_t> counted_;  ///< addresses of symbols
    std::size_t differing_ = 0;
};

}  // namespace symline::kernel
