// User programs and libraries that a log names by their path.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/process_layout.h"
#include "kernel/loaded_kernel.h"
#include "log/occurrence.h"

namespace symline::decode {

class UserFiles {
public:
    /// Paths are those of the machine that `sysroot` holds; empty: of this one.
    /// `split_package`: see ModuleOptions.
    UserFiles(std::string sysroot, std::shared_ptr<DebugFiles> debug_files,
              std::string split_package)
        : sysroot_(std::move(sysroot)),
          debug_files_(std::move(debug_files)),
          split_package_(std::move(split_package)) {}

    /// What the text says of files in lines of their own, before the frames.
    void take(const log::Facts& facts);
    /// Where an address of symbolizer markup is; other occurrences say it themselves.
    log::Occurrence located(const log::Occurrence& occurrence) const {
        if (occurrence.format != log::Format::symbolizer_markup) return occurrence;
        return layout_.located(occurrence).value_or(occurrence);
    }
    /// The occurrence's file and build id, also those that other lines gave.
    struct Name {
        std::string_view file;
        std::string_view build_id;
    };
    Name name(const log::Occurrence& occurrence) const;
    /// The places in the file that the occurrence may mean, or why there is none.
    kernel::KernelPlaces places(const log::Occurrence& occurrence);
    /// What the user should know of files that were there and were not used; empties the list.
    std::vector<Notice> take_notices();

private:
    struct Opened {
        std::unique_ptr<kernel::KernelFile> file;
        std::string miss;
        bool refused = false;     ///< it was said already that its symbols do not fit the text
        bool incomplete = false;  ///< and what its debug information lacks
    };
    std::vector<find::KernelCandidate> named_candidates(std::string_view file) const;
    std::vector<find::KernelCandidate> candidates(const Name& name) const;
    Opened& open(const Name& name);
    bool open_candidate(Opened& opened, const find::KernelCandidate& candidate,
                        const std::optional<BuildId>& wanted, std::vector<Error>& refused);

    std::string sysroot_;
    std::shared_ptr<DebugFiles> debug_files_;
    std::string split_package_;
    std::map<std::string, Opened, std::less<>> files_;
    Opened* last_ = nullptr;  ///< of files_: the one that was asked for last
    std::vector<Notice> notices_;
    /// Of the core file that the text describes.
    std::map<std::string, std::string, std::less<>> build_ids_;
    std::string executable_;
    ProcessLayout layout_;    ///< of the process whose markup the text has
    std::string file_above_;  ///< eu-stack names it in the line above the build id
};

}  // namespace symline::decode
