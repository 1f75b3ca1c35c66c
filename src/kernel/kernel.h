// One kernel: its vmlinux, its modules, and where it was loaded.
//
// Files are looked for and opened when a question first needs them; what was not found is
// remembered too. A Kernel owns every Module in it, and so all text of the frames they return.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "find/kernel_layout.h"
#include "kernel/kernel_file.h"
#include "kernel/kernel_text.h"
#include "kernel/loaded_modules.h"
#include "symline/module.h"

namespace symline::kernel {

struct KernelOptions {
    std::string vmlinux;  ///< the file to use; empty: look for it
    std::string release;  ///< uname -r; may be empty
    std::optional<BuildId> build_id;
    /// Of the kernel that runs here, when it is of this release. The text may be of an earlier
    /// build, so it is asked for only when no file of the release is found.
    std::optional<BuildId> running_build_id;
    find::KernelFolders folders;
    /// Where debug files are looked for besides; null: in the folders' debug directories alone.
    std::shared_ptr<DebugFiles> debug_files;
};

/// A module as a text names it.
struct ModuleName {
    std::string name;
    std::string build_id;  ///< in hexadecimal
};

/// What a text says of a place.
struct KernelQuestion {
    std::string_view symbol;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> size;
    std::string_view module;    ///< empty for the kernel itself
    std::string_view build_id;  ///< of the module, in hexadecimal
    /// The text names no modules at all: a symbol that vmlinux has not may be in any of them.
    bool any_module = false;
};

/// One place that a question may mean.
struct KernelPlace {
    KernelFile* file = nullptr;
    FileAddress start;    ///< of the symbol
    FileAddress address;  ///< symbol + offset
    std::uint64_t size = 0;
};

struct KernelPlaces {
    std::vector<KernelPlace> places;
    std::string miss;  ///< why there are none
    /// There is a symbol of that name, and the text speaks of another build of it: what to say
    /// beside the frame.
    /// (With an initializer, so that g++ takes {places, miss} as whole.)
    std::string mismatch{};  // NOLINT(readability-redundant-member-init)
};

class Kernel {
public:
    explicit Kernel(KernelOptions options);

    const KernelOptions& options() const { return options_; }
    /// Null when there is none that fits.
    KernelFile* vmlinux();
    KernelFile* module(std::string_view name, std::string_view build_id);

    /// Says that questions about vmlinux and these modules will come: what of them is not on this
    /// machine, and may be fetched, is fetched now, in parallel.
    void expect(std::span<const ModuleName> modules);

    /// Every symbol that the question fits. One of another size is another function, or another
    /// build of it, where the offset means another place: it is no answer.
    KernelPlaces places(const KernelQuestion& question);
    /// The file that a question is about; null when it is not there. It may be refused().
    KernelFile* file_of(const KernelQuestion& question);
    /// The place at an address of the running kernel.
    KernelPlaces places(RuntimeAddress address);

    std::optional<LoadBias> slide() const { return slide_; }
    /// Nothing: it is not known, and may be learned.
    void set_slide(std::optional<LoadBias> slide) { slide_ = slide; }
    /// Learns the slide from a text that gives a place both ways. Hashed addresses, which lead to
    /// no slide that a kernel could have, are ignored.
    /// Without an offset the address is anywhere in the symbol, and the slide is taken to be a
    /// multiple of the 2 MB that x86 and arm64 move kernels by.
    void learn(RuntimeAddress address, const KernelPlace& place, bool offset_known);
    /// Both are borrowed.
    /// False when the text has the kernel in another place than is known of it: it is of another
    /// boot, and not used.
    bool use(const Kallsyms* kallsyms);
    void use(const LoadedModules* modules) { loaded_ = modules; }

    /// What the user should know of files that were there and were not used; empties the list.
    std::vector<std::string> take_notices();
    /// Says that a file is not used, and why; no place is looked up in it from now on.
    void refuse(KernelFile& file, const std::string& reason);
    bool refused(const KernelFile& file) const { return refused_.contains(&file); }
    std::size_t refusals() const { return refused_.size(); }
    bool vmlinux_missing() const { return looked_for_vmlinux_ && vmlinux_ == nullptr; }
    const std::set<std::string>& missing_modules() const { return missing_modules_; }

private:
    std::unique_ptr<KernelFile> open(const find::KernelCandidate& candidate,
                                     const std::optional<BuildId>& build_id);
    std::unique_ptr<KernelFile> find_debug_file(const std::string& name,
                                                const std::optional<BuildId>& build_id);
    std::unique_ptr<KernelFile> open_best(const std::vector<find::KernelCandidate>& candidates,
                                          const std::optional<BuildId>& build_id);
    void notice(std::string text);
    std::string release();
    find::ModuleFiles& module_files();
    KernelFile* find_module(std::string_view name, const std::optional<BuildId>& build_id);
    KernelFile* module_with(std::string_view symbol);
    void index_module_symbols();
    KernelPlaces places_in(KernelFile& file, const KernelQuestion& question);
    std::optional<KernelPlace> place_in(KernelFile& file, FileAddress address);
    bool contradicts_kallsyms(KernelFile& file, RuntimeAddress address) const;
    KernelPlaces place_by_kallsyms(RuntimeAddress address);
    KernelPlaces place_by_sections(RuntimeAddress address);
    KernelPlaces place_by_base(RuntimeAddress address);

    KernelOptions options_;
    bool looked_for_vmlinux_ = false;
    std::unique_ptr<KernelFile> vmlinux_;
    std::optional<find::ModuleFiles> module_files_;
    std::map<std::string, std::unique_ptr<KernelFile>, std::less<>> modules_;
    std::set<std::string> missing_modules_;
    std::set<const KernelFile*> refused_;
    std::vector<std::string> notices_;
    std::set<std::string> told_;  ///< all notices so far
    std::optional<LoadBias> slide_;
    const Kallsyms* kallsyms_ = nullptr;
    const LoadedModules* loaded_ = nullptr;
    /// Hashes of the names of functions in modules, and the module: sorted.
    struct ModuleSymbol {
        std::uint64_t hash;
        std::uint32_t module;
    };
    bool indexed_modules_ = false;
    std::vector<ModuleSymbol> module_symbols_;
    std::vector<std::string> indexed_names_;
};

}  // namespace symline::kernel
