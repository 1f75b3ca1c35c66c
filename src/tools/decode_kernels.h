// Which kernel a log speaks of, from one line to the next, and what its reader should be told about
// the files.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/occurrence.h"
#include "symbolize/kernel.h"
#include "tools/decode_options.h"
#include "tools/diagnostics.h"

namespace symline::tools {

class DecodeKernels {
public:
    DecodeKernels(const DecodeOptions& options, Diagnostics& diagnostics);

    const FetchSession& fetches() const { return fetches_; }

    /// What a line says of the kernel that wrote it and of where it was loaded.
    void take(const log::Facts& facts);
    /// The kernel that the lines are of at present: that of the text; failing that, the running
    /// one.
    Kernel& current();
    const find::KernelFolders& folders() const { return folders_; }
    const std::shared_ptr<DebugFiles>& debug_files() const { return debug_files_; }
    /// A number that is another one whenever current() is another kernel, or moved.
    unsigned generation() const { return generation_; }
    /// Whether the text has said yet which kernel it is of, or nothing that it says matters.
    bool known() const { return fixed_ || !release_.empty() || !build_id_.empty(); }
    /// This machine's own kallsyms, for addresses of the running kernel, when it may be read.
    void use_running_kallsyms();

    /// No place is looked up in the file from now on; what was found in it before is another
    /// generation's.
    void refuse(KernelFile& file, const std::string& reason);

    /// Says on standard error what was refused since the last call.
    void tell();
    /// The same of other files.
    void tell(const std::vector<std::string>& notices);
    /// One line on what is missing and how to get it; nothing when all was there.
    void tell_missing();

private:
    void move_to(std::string_view release, std::string_view build_id);
    void settle_slide(Kernel& kernel) const;

    const DecodeOptions& options_;
    Diagnostics& diagnostics_;
    find::KernelFolders folders_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> debug_files_;
    bool fixed_ = false;  ///< --vmlinux or --release: whatever the text says
    std::string release_;
    std::string build_id_;
    std::string running_release_;
    bool boot_seen_ = false;
    std::optional<LoadBias> boot_slide_;
    unsigned generation_ = 0;
    Kernel* current_ = nullptr;
    std::map<std::string, std::unique_ptr<Kernel>, std::less<>> kernels_;
    std::unique_ptr<Kallsyms> kallsyms_;
    std::vector<LoadedModule> loaded_;
};

}  // namespace symline::tools
