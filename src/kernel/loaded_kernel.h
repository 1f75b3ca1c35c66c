// One kernel: its files, and where it was loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/kernel_files.h"
#include "kernel/kernel_text.h"
#include "kernel/loaded_modules.h"
#include "kernel/module_symbol_index.h"
#include "symline/kernel_miss.h"

namespace symline::kernel {

/// What a text says of a place.
struct KernelQuestion {
    std::string_view symbol;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> size;
    std::string_view module;    ///< empty for the kernel itself
    std::string_view build_id;  ///< of the module, in hexadecimal
    /// The text names no modules at all: a symbol that vmlinux lacks may be in any of them.
    bool any_module = false;
};

/// One place that a question may mean.
struct KernelPlace {
    KernelFile* file = nullptr;
    FileAddress start;    ///< of the symbol
    FileAddress address;  ///< symbol + offset
    std::uint64_t size = 0;
};

/// How exactly a text gives a place.
enum class PlacePrecision {
    address,  ///< with its offset
    symbol,   ///< as somewhere in the symbol
};

struct KernelPlaces {
    KernelPlaces() = default;
    KernelPlaces(std::vector<KernelPlace> found, std::string why)
        : places(std::move(found)), miss(std::move(why)) {}
    explicit KernelPlaces(KernelMiss why) : miss(describe(why)), reason(std::move(why)) {}

    std::vector<KernelPlace> places;
    std::string miss;  ///< why there are none
    /// The same for programs; nothing where the kernel was not asked.
    std::optional<KernelMiss> reason;
    /// What to say beside the frame when there is a symbol of that name, but the text is of another
    /// build.
    std::string mismatch;
};

class LoadedKernel {
public:
    explicit LoadedKernel(KernelOptions options, KernelFileRules rules = {})
        : files_(std::move(options), std::move(rules)), slide_(this->options().slide) {}

    KernelFiles& files() { return files_; }
    const KernelFiles& files() const { return files_; }
    const KernelOptions& options() const { return files_.options(); }
    KernelFile* vmlinux() { return files_.vmlinux(); }
    KernelFile* module(std::string_view name, std::string_view build_id) {
        return files_.module(name, build_id.empty() ? loaded_build_id(name) : build_id);
    }
    void expect(std::span<const ModuleName> modules) { files_.expect(modules); }
    std::vector<Notice> take_notices() { return files_.take_notices(); }
    bool has_notices() const { return files_.has_notices(); }
    void refuse(KernelFile& file, const std::string& reason) { files_.refuse(file, reason); }
    bool refused(const KernelFile& file) const { return files_.refused(file); }
    std::size_t refusals() const { return files_.refusals(); }
    bool vmlinux_missing() const { return files_.vmlinux_missing(); }
    const std::set<std::string>& missing_modules() const { return files_.missing_modules(); }

    /// Every symbol that fits the question. One of another size is another function, or another
    /// build of it in which the offset means another place: it is no answer.
    KernelPlaces places(const KernelQuestion& question);
    /// The file that a question is about; null when it is not there. It may be refused().
    KernelFile* file_of(const KernelQuestion& question);
    /// The place at an address of the running kernel.
    KernelPlaces places(RuntimeAddress address);
    /// The place `offset` bytes into a section of a module.
    KernelPlaces place_in_section(const ModuleName& module, std::string_view section,
                                  std::uint64_t offset);
    /// The place `offset` bytes after the base that /proc/modules gives.
    KernelPlaces place_after_base(const ModuleName& module, std::uint64_t offset);

    std::optional<LoadBias> slide() const { return slide_; }
    /// Nothing: it is not known yet, and may be learned.
    void set_slide(std::optional<LoadBias> slide) { slide_ = slide; }
    /// Learns the slide from a text that gives a place both ways. Hashed addresses, which lead to
    /// no slide that a kernel could have, are ignored.
    /// Of an address that is anywhere in the symbol, the slide is taken to be a multiple of the 2
    /// MB that x86 and arm64 move kernels by.
    void learn(RuntimeAddress address, const KernelPlace& place, PlacePrecision precision);
    /// Both are borrowed. False when the text contradicts what is known of the slide: it is of
    /// another boot, and is not used.
    bool use(const Kallsyms* kallsyms);
    void use(const LoadedModules* modules) { loaded_ = modules; }

private:
    std::string_view loaded_build_id(std::string_view module) const {
        return loaded_ == nullptr ? std::string_view() : loaded_->build_id(module);
    }
    KernelFile* module_with(std::string_view symbol);
    KernelPlaces places_in(KernelFile& file, const KernelQuestion& question);
    std::optional<KernelPlace> place_in(KernelFile& file, FileAddress address);
    std::optional<KernelPlace> place_by_slide(KernelFile& file, RuntimeAddress address);
    bool contradicts_kallsyms(KernelFile& file, RuntimeAddress address) const;
    KernelPlaces place_by_kallsyms(RuntimeAddress address);
    KernelPlaces place_by_sections(RuntimeAddress address);
    KernelPlaces place_by_base(RuntimeAddress address);
    KernelPlaces layout_unknown(const KernelFile& file);

    KernelFiles files_;
    std::optional<LoadBias> slide_;
    ModuleSymbolIndex module_symbols_;
    const Kallsyms* kallsyms_ = nullptr;
    const LoadedModules* loaded_ = nullptr;
};

/// The kernel inside a public one, with the texts of its options in use.
LoadedKernel& kernel_of(symline::Kernel& kernel);
/// Replaces the modules that its options list.
void set_loaded_modules(symline::Kernel& kernel, LoadedModules modules);

}  // namespace symline::kernel
