// The files of one kernel: its vmlinux and its modules, looked for and opened when first needed.
//
// Failures are remembered too. A KernelFiles owns every Module in it, and so all text of the frames
// they return.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "find/kernel_layout.h"
#include "kernel/kernel_file.h"
#include "symline/error.h"
#include "symline/kernel.h"
#include "symline/notice.h"

namespace symline::kernel {

/// What the kernel of a text needs besides KernelOptions.
struct KernelFileRules {
    /// That of the running kernel, if it has this release. The text may be of an earlier build, so
    /// it is only asked for when no file of the release is found.
    std::optional<BuildId> running_build_id;
    /// Use a vmlinux or module that the user named even if it is of another build.
    bool use_other_builds = false;
    /// The same for files that are of another release than KernelOptions::release and that no build
    /// id tells from another; refused where it is false, and not looked at where it is nothing.
    std::optional<bool> use_other_releases;
};

/// A module as a text names it.
struct ModuleName {
    std::string name;
    std::string build_id;  ///< in hexadecimal; may be empty
};

/// A build id as ModuleName has it.
inline std::string hex_or_empty(const std::optional<BuildId>& id) {
    return id ? id->hex() : std::string();
}

/// What the user should know, each thing once: the chain of finders and the layouts may both come
/// to a file.
class NoticeList {
public:
    void add(Notice notice) {
        if (all_.insert(describe(notice)).second) waiting_.push_back(std::move(notice));
    }
    /// Those since the last call.
    std::vector<Notice> take() { return std::exchange(waiting_, {}); }
    bool empty() const { return waiting_.empty(); }

private:
    std::vector<Notice> waiting_;
    std::set<std::string> all_;
};

class KernelFiles {
public:
    /// The slide and the texts of the options are not used.
    explicit KernelFiles(KernelOptions options, KernelFileRules rules = {});

    /// With `debug_files`, also where none were given.
    const KernelOptions& options() const { return options_; }
    /// Null when there is none that fits.
    KernelFile* vmlinux();
    /// The same without looking for it; null before vmlinux() was called.
    const KernelFile* opened_vmlinux() const { return vmlinux_.get(); }
    /// Why the file of KernelOptions::vmlinux is not used; nothing where it is, or none was given.
    const std::optional<Error>& vmlinux_error() const { return vmlinux_error_; }
    bool is_vmlinux(const KernelFile& file) const { return vmlinux_.get() == &file; }
    KernelFile* module(std::string_view name, std::string_view build_id);
    /// The file whose module it is; null when it is not of this kernel.
    const KernelFile* with_module(const Module& module) const;
    /// Every module's file in the folders of this release.
    std::vector<find::KernelCandidate> all_modules() { return module_files().all(); }

    /// As vmlinux's banner says it where a file was given, else as options() does; may be empty.
    std::string release();

    /// Announces questions about vmlinux and these modules: files that are not on this machine, and
    /// may be fetched, are fetched now, in parallel.
    void expect(std::span<const ModuleName> modules);

    /// Stops using a file, and gives notice of the reason.
    void refuse(KernelFile& file, const std::string& reason);
    bool refused(const KernelFile& file) const { return refused_.contains(&file); }
    /// Whether the file is used though it is of another build; see KernelFileRules.
    bool of_other_build(const KernelFile& file) const { return other_builds_.contains(&file); }
    /// How many files have turned out to be of another build so far, whether they are used or not.
    std::size_t refusals() const { return refused_.size() + other_builds_.size(); }
    /// What the user should know of files that were there and were not used; empties the list.
    /// Of a module, whose addresses are known by where it begins alone.
    void note_unknown_layout(const KernelFile& file) {
        notices_.add({Notice::Kind::remark,
                      {ErrorCode::unsupported, file.module.path(),
                       "addresses in it are not looked up: how the kernel laid the module out is "
                       "not known, which its kallsyms tells"}});
    }
    std::vector<Notice> take_notices() { return notices_.take(); }
    bool has_notices() const { return !notices_.empty(); }

    bool vmlinux_missing() const { return looked_for_vmlinux_ && vmlinux_ == nullptr; }
    const std::set<std::string>& missing_modules() const { return missing_modules_; }

private:
    ModuleOptions module_options() const;
    Expected<std::unique_ptr<KernelFile>> open_any_build(
        const find::KernelCandidate& candidate) const;
    std::optional<Error> build_refusal(KernelFile& file, const find::KernelCandidate& candidate,
                                       const std::optional<BuildId>& wanted);
    std::optional<Error> release_refusal(KernelFile& file);
    std::unique_ptr<KernelFile> open(const find::KernelCandidate& candidate,
                                     const std::optional<BuildId>& build_id);
    std::unique_ptr<KernelFile> find_debug_file(const std::string& name,
                                                const std::optional<BuildId>& build_id);
    std::unique_ptr<KernelFile> open_best(const std::vector<find::KernelCandidate>& candidates,
                                          const std::optional<BuildId>& build_id);
    std::unique_ptr<KernelFile> find_vmlinux();
    std::unique_ptr<KernelFile> open_given_vmlinux();
    KernelFile* find_module(std::string_view key, const std::optional<BuildId>& build_id);
    std::unique_ptr<KernelFile> with_code(std::unique_ptr<KernelFile> file,
                                          const std::string& name);
    std::unique_ptr<KernelFile> open_parted(const std::string& code_path,
                                            const KernelFile& debug) const;
    find::ModuleFiles& module_files();

    KernelOptions options_;
    KernelFileRules rules_;
    find::KernelFolders folders_;
    bool looked_for_vmlinux_ = false;
    std::unique_ptr<KernelFile> vmlinux_;
    std::optional<Error> vmlinux_error_;
    std::optional<find::ModuleFiles> module_files_;
    std::map<std::string, std::unique_ptr<KernelFile>, std::less<>> modules_;
    std::set<std::string> missing_modules_;
    std::set<const KernelFile*> refused_;
    std::set<const KernelFile*> other_builds_;
    NoticeList notices_;
};

}  // namespace symline::kernel
