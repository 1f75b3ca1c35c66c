// Which kernel a log speaks of, from one line to the next, and what its reader should be told about
// the files.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/kernel.h"
#include "kernel/running_kernel.h"
#include "log/occurrence.h"
#include "tools/decode_options.h"
#include "tools/diagnostics.h"
#include "tools/index_in_passing.h"

namespace symline::tools {

/// The machine whose syslog a line's prefix is of ("Jun 18 20:37:40 HOST kernel:"): a collector
/// mixes the lines of several. Empty when the prefix does not say.
std::string_view log_host(std::string_view prefix);

class DecodeKernels {
public:
    DecodeKernels(const DecodeOptions& options, Diagnostics& diagnostics,
                  kernel::RunningKernel running = kernel::RunningKernel());

    const FetchSession& fetches() const { return fetches_; }

    /// Which machine the lines are of from here on; empty: the line does not say. Each has a kernel
    /// of its own.
    void set_host(std::string_view host);
    std::string_view host() const { return host_; }
    /// What a line says of the kernel that wrote it and of where it was loaded.
    void take(const log::Facts& facts);
    /// The kernel that the lines are of at present: that of the text; failing that, the running
    /// one.
    kernel::Kernel& current();
    std::string_view release() const { return writer_->release; }
    const find::KernelFolders& folders() const { return folders_; }
    const std::shared_ptr<DebugFiles>& debug_files() const { return debug_files_; }
    /// Is told of every lookup.
    IndexInPassing& indexes() { return indexes_; }
    /// A number that is another one whenever current() is another kernel, or moved.
    unsigned generation();
    /// Whether the text has said yet which kernel it is of, or nothing that it says matters.
    bool known() const { return fixed_ || !writer_->release.empty() || !writer_->build_id.empty(); }
    /// --vmlinux or --release: whatever the text says.
    bool fixed() const { return fixed_; }
    /// This machine's own kallsyms and modules, for addresses of the running kernel, when the text
    /// may be of it and the kernel shows them.
    void use_running();

    /// No place is looked up in the file from now on; what was found in it before is another
    /// generation's.
    void refuse(kernel::KernelFile& file, const std::string& reason);

    /// Says on standard error what was refused since the last call.
    void tell();
    /// The same of other files.
    void tell(const std::vector<std::string>& notices);
    /// One line on what is missing and how to get it; nothing when all was there.
    void tell_missing();

private:
    /// What is known of the kernel of one machine.
    struct Writer {
        std::string release;
        std::string build_id;
        bool boot_seen = false;
        std::optional<LoadBias> slide;  ///< of the text, or learned
        /// Those of its other kernels, by key(): lines of two machines may come mixed.
        std::map<std::string, std::optional<LoadBias>, std::less<>> slides;
        std::string key() const { return release + '\n' + build_id; }
        kernel::Kernel* kernel = nullptr;
        std::size_t refusals = 0;  ///< of the kernel's files
        unsigned generation = 0;
    };

    void move_to(std::string_view release, std::string_view build_id);
    void change() { writer_->generation = ++generations_; }
    bool may_be_running() const;
    std::unique_ptr<kernel::Kernel> make_kernel() const;

    const DecodeOptions& options_;
    Diagnostics& diagnostics_;
    find::KernelFolders folders_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> debug_files_;
    IndexInPassing indexes_;
    bool fixed_ = false;
    kernel::RunningKernel running_;
    unsigned generations_ = 0;
    std::map<std::string, Writer, std::less<>> writers_;  ///< by host
    std::string host_;
    Writer* writer_ = nullptr;
    std::map<std::string, std::unique_ptr<kernel::Kernel>, std::less<>> kernels_;
    std::unique_ptr<kernel::Kallsyms> kallsyms_;
    std::unique_ptr<kernel::LoadedModules> loaded_;
    bool tried_running_ = false;
    std::unique_ptr<kernel::Kallsyms> running_kallsyms_;
    std::unique_ptr<kernel::LoadedModules> running_modules_;
};

}  // namespace symline::tools
