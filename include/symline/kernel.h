// A Linux kernel: its vmlinux, its modules, and where it was loaded.
//
//     symline::Kernel kernel({.release = "6.1.0-44-amd64"});
//     const auto found = kernel.resolve({.symbol = "tcp_sendmsg", .offset = 0x33, .size = 0x60});
//     for (const symline::KernelCandidate& each : found.candidates)
//         for (const symline::Frame& frame : each.lookup.frames) ...
//     const auto place = kernel.resolve(symline::CodeAddress{{0xffffffff81000000}});
//
// The three resolve() take what they are given apart by its type: an address is a CodeAddress, by
// name, for {{0xffffffff81000000}} might be any of the three.
//
// Logs name code in three ways. By symbol, offset and size, which holds wherever the kernel was
// loaded; a kernel has many functions of one name, so that there may be several candidates, and
// none where the size is another: then the file is of another build. By address, which takes the
// slide (KASLR), and for modules where they were loaded: from the texts that the kernel gives of
// itself, /proc/kallsyms and /proc/modules, or learned from a place that is given both ways. Or by
// a module and an offset in it.
//
// Files are looked for when a question first needs them, by build id and by release, in the places
// of KernelOptions::debug_files. All views in answers live as long as the Kernel. A Kernel is of
// one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address.h"
#include "symline/address_space.h"
#include "symline/build_id.h"
#include "symline/debug_files.h"
#include "symline/error.h"
#include "symline/found_by.h"
#include "symline/frame.h"
#include "symline/kernel_miss.h"
#include "symline/missing_files.h"
#include "symline/notice.h"
#include "symline/stack_trace.h"

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

struct KernelOptions {
    std::string vmlinux{};                          ///< the file to use; empty: looked for
    std::string release{};                          ///< uname -r
    std::optional<BuildId> build_id{};              ///< a vmlinux of another one is not used
    std::vector<std::string> module_directories{};  ///< searched before all others
    /// Where files are looked for; null: in a DebugFiles with default options.
    std::shared_ptr<DebugFiles> debug_files{};
    std::string split_package{};  ///< see ModuleOptions; for vmlinux and its modules
    /// How far the kernel was moved when it was loaded; nothing: learned, or taken from `kallsyms`.
    std::optional<LoadBias> slide{};
    std::string kallsyms{};  ///< the text of its /proc/kallsyms or System.map
    /// The text of its /proc/modules, and lines "/sys/module/NAME/sections/SECTION ADDRESS".
    std::string modules{};
};

/// A place by its symbol, as a log names it: "worker+0x10/0x40 [mini_module]".
struct KernelSymbol {
    std::string symbol;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> size{};
    std::string module{};               ///< empty: in the kernel itself
    std::optional<BuildId> build_id{};  ///< the module's
    /// Stacks name return addresses, registers exact ones. At offset 0 there is none to return to.
    CodeKind kind = CodeKind::after_call;

    /// From "worker+0x10/0x40 [mini_module]", or a part of it. Nothing when it has no offset.
    [[nodiscard]] static std::optional<KernelSymbol> parse(std::string_view text);
};

/// A place in a module: in a section of it, or from where its code begins in memory.
struct KernelModulePlace {
    std::string module;
    std::string section{};  ///< ".text"; empty: from the address that /proc/modules gives
    std::uint64_t offset = 0;
    std::optional<BuildId> build_id{};
    CodeKind kind = CodeKind::after_call;
};

// NOLINTEND(readability-redundant-member-init)

/// One place that a symbol and an offset may mean.
struct KernelCandidate {
    std::string module_name;         ///< "vmlinux", or the module's
    const Module* module = nullptr;  ///< its file, never null
    FileAddress start;               ///< of the symbol
    FileAddress address;             ///< symbol + offset, not decremented
    std::uint64_t size = 0;          ///< of the symbol, as kallsyms counts it
    Lookup lookup;                   ///< at the call or the instruction
    /// The place is one of the function's first instructions, which can be patched and which its
    /// debug information leaves out: `lookup` is of the first one that it has.
    bool at_start = false;
    std::optional<Error> error;      ///< `module` is too damaged; `lookup` then holds a Miss
};

struct KernelAnswer {
    std::vector<KernelCandidate> candidates;
    std::optional<KernelMiss> miss;  ///< why there are none
};

/// A module as the kernel's own list has it.
struct LoadedKernelModule {
    std::string name;
    RuntimeAddress base;
    std::uint64_t size = 0;  ///< in bytes
};

class Kernel : public AddressSpace {
public:
    explicit Kernel(KernelOptions options = {});
    /// A kernel whose vmlinux is there. Errors for a KernelOptions::vmlinux that cannot be used:
    /// those of Module::open, mismatch (another build id), unsupported (no kernel); where it was
    /// looked for: not_found, with what was refused and why.
    [[nodiscard]] static Expected<Kernel> open(KernelOptions options);
    /// The kernel that runs here: release, build id, kallsyms and modules as it gives them. Where
    /// it hides its addresses (kptr_restrict), they have to be learned. Of `options` its own
    /// release, build id and texts are replaced.
    [[nodiscard]] static Kernel running(KernelOptions options = {});

    Kernel(Kernel&&) noexcept;
    Kernel& operator=(Kernel&&) noexcept;
    ~Kernel() override;

    /// As given, or as vmlinux says; may be empty.
    [[nodiscard]] const std::string& release();
    /// Null when none was found that fits; notices() may say why.
    [[nodiscard]] const Module* vmlinux();
    [[nodiscard]] const Module* module(std::string_view name,
                                       const std::optional<BuildId>& build_id = {});
    /// How a file of this kernel was found; nothing for another file.
    [[nodiscard]] std::optional<FoundBy> found_by(const Module& file) const;
    /// What stands before the paths below the source tree in vmlinux's debug information: with a
    /// '/' at its end; empty where it is not known.
    [[nodiscard]] std::string source_root();
    /// The same for assembler files, where vmlinux keeps another path for them; else empty.
    [[nodiscard]] std::string assembler_source_root();

    /// Every place that the symbol and offset may mean, in symbol table order.
    [[nodiscard]] KernelAnswer resolve(const KernelSymbol& place, Detail detail = Detail::frames);
    /// An address of the kernel or a module as they were loaded.
    [[nodiscard]] ResolvedAddress resolve(CodeAddress address,
                                          Detail detail = Detail::frames) override;
    /// ResolvedAddress::offset is from the module's base also for a place in a section, as far as
    /// the layout is known: on x86, for code that is not of initialisation; otherwise 0.
    [[nodiscard]] ResolvedAddress resolve(const KernelModulePlace& place,
                                          Detail detail = Detail::frames);
    void prefetch(std::span<const StackTrace> stacks) override;

    [[nodiscard]] std::optional<LoadBias> slide();
    /// Learns the slide from a place that is given both ways, as in older logs:
    /// "[<ffffffffa1a7c733>] tcp_sendmsg+0x33/0x60". False when it says nothing: the slide is
    /// known, the symbol is not or is there twice, or no kernel could be moved so (a hashed
    /// address).
    [[nodiscard]] bool learn(RuntimeAddress address, const KernelSymbol& place);
    /// Those of KernelOptions::modules, by address.
    [[nodiscard]] std::vector<LoadedKernelModule> loaded_modules() const;

    /// Files that were there and were not used, and why, in the order of discovery.
    [[nodiscard]] std::span<const Notice> notices();
    /// Which of its files were looked for and not found, and how to get them, as far as the release
    /// shows that; nothing when all were there.
    [[nodiscard]] std::optional<MissingFiles> missing_files() const;

protected:
    struct State;  ///< the library's own

private:
    explicit Kernel(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace symline
