// Which kernel each line of a text is of: by host, release, build id and slide, as the lines say
// it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/loaded_kernel.h"
#include "kernel/running_kernel.h"
#include "log/occurrence.h"
#include "symline/decoder.h"

namespace symline::decode {

/// The machine whose syslog a line's prefix is of ("Jun 18 20:37:40 HOST kernel:"): a collector
/// mixes the lines of several. Empty when the prefix does not say.
std::string_view log_host(std::string_view prefix);

class KernelsOfText {
public:
    /// `options` is borrowed.
    explicit KernelsOfText(const DecoderOptions& options,
                           kernel::RunningKernel running = kernel::RunningKernel());

    /// Which machine the lines are of from here on; empty: the line does not say, and is of the
    /// same one as those before it. Each has a kernel of its own.
    void set_host(std::string_view host);
    std::string_view host() const { return host_; }
    /// What a line says of the kernel that wrote it and of where it was loaded.
    void take(const log::Facts& facts);
    /// The kernel that the lines are of at present: that of the text; failing that, the running
    /// one, unless the text names another.
    kernel::LoadedKernel& current();
    std::string_view release() const { return writer_->release; }
    /// As the text gives it, also where the release was fixed; failing that, release().
    std::string_view told_release() const {
        return writer_->told_release.empty() ? release() : writer_->told_release;
    }
    /// Whether a line that names this release is of another kernel than the lines before it.
    bool is_other_release(std::string_view told) const {
        return fixed_ ? !writer_->told_release.empty() && told != writer_->told_release
                      : told != writer_->release;
    }
    /// Of the kernel, as the text gives it, in hexadecimal.
    std::string_view build_id() const { return writer_->build_id; }
    /// Whether the text shows that the kernel has replaced its paravirtualised calls by native
    /// instructions: it has started, and runs in a code segment that Xen does not give it.
    bool has_native_instructions() const { return writer_->has_started && writer_->is_native; }
    const std::string& sysroot() const { return debug_files_->options().sysroot; }
    const std::shared_ptr<DebugFiles>& debug_files() const { return debug_files_; }
    /// A number that is another one whenever current() is another kernel, or moved.
    unsigned generation();
    /// Whether the text has said yet which kernel it is of, or nothing that it says matters.
    bool known() const {
        return fixed() || !writer_->release.empty() || !writer_->build_id.empty() ||
               !writer_->wanted_release.empty();
    }
    /// The options name the vmlinux or the release: whatever release the text says.
    bool fixed() const { return fixed_ && !compares_told_release(); }
    /// This machine's own kallsyms and modules, for addresses of the running kernel, when the text
    /// may be of it and the kernel shows them.
    void use_running();

    /// No place is looked up in the file from now on; what was found in it before is another
    /// generation's.
    void refuse(kernel::KernelFile& file, const std::string& reason);

    /// What was refused since the last call.
    std::vector<Notice> take_notices();
    /// Of each kernel that lacks some.
    std::vector<MissingFiles> missing_files() const;

private:
    /// What is known of the kernel of one machine.
    struct Writer {
        std::string release;
        std::string build_id;
        std::string told_release;  ///< by the text; see told_release()
        /// That files have to be of; empty where it does not matter.
        std::string wanted_release;
        bool boot_seen = false;
        bool has_started = false;  ///< see has_native_instructions()
        bool is_native = false;
        std::optional<LoadBias> slide;  ///< of the text, or learned
        /// Those of its other kernels, by key(): lines of two machines may come mixed.
        std::map<std::string, std::optional<LoadBias>, std::less<>> slides;
        std::string key() const { return release + '\n' + build_id + '\n' + wanted_release; }
        kernel::LoadedKernel* kernel = nullptr;
        std::size_t refusals = 0;  ///< of the kernel's files
        unsigned generation = 0;
    };

    void take_native_instructions(const log::Facts& facts);
    void move_to(std::string_view release, std::string_view build_id);
    void change() { writer_->generation = ++generations_; }
    bool is_other(const log::Facts& facts) const;
    void forget_running();
    /// The file was named, and has to be of the release that the text says.
    bool compares_told_release() const {
        return options_.release_mismatch && !options_.vmlinux.empty() && options_.release.empty();
    }
    void compare_release(std::string_view told);
    std::string wanted_release() const;
    bool may_be_running() const;
    std::unique_ptr<kernel::LoadedKernel> make_kernel() const;

    const DecoderOptions& options_;
    kernel::LoadedKernel* given_ = nullptr;  ///< whose lines they all are
    std::shared_ptr<DebugFiles> debug_files_;
    bool fixed_ = false;
    bool names_other_ = false;  ///< the text names a kernel that is not the running one
    kernel::RunningKernel running_;
    unsigned generations_ = 0;
    std::map<std::string, Writer, std::less<>> writers_;  ///< by host
    std::string host_;
    Writer* writer_ = nullptr;
    std::map<std::string, std::unique_ptr<kernel::LoadedKernel>, std::less<>> kernels_;
    std::unique_ptr<kernel::Kallsyms> kallsyms_;
    std::unique_ptr<kernel::LoadedModules> loaded_;
    kernel::NoticeList notices_;
    bool tried_running_ = false;
    std::unique_ptr<kernel::Kallsyms> running_kallsyms_;
    std::unique_ptr<kernel::LoadedModules> running_modules_;
};

}  // namespace symline::decode
