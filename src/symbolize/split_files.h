// The split files of a module: finds and opens them, and says what is missing.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "dwarf/companion_files.h"
#include "find/split_file.h"

namespace symline::symbolize {

class SplitFiles {
public:
    /// `package` is a package that the user named; it is asked before all others. `refuse` is
    /// called for files that were there and are not used, with the reason.
    using Refuse = std::function<void(Error)>;
    SplitFiles(find::SplitPlaces places, std::string package, Refuse refuse);

    std::vector<const elf::ElfFile*> packages();
    /// Why the package that the user named is not used; empty when it is, or was not needed yet.
    const std::string& problem() const { return problem_; }
    Expected<void> split(const dwarf::SplitName& name, const dwarf::CompanionFiles::Offer& offer);

private:
    void open_package(const std::string& path);
    void refuse(Error error);
    std::string not_found(std::string_view name, const std::vector<std::string>& tried) const;

    find::SplitPlaces places_;
    std::string package_;
    Refuse refuse_;
    std::size_t refusals_ = 0;
    std::string problem_;
    std::deque<elf::ElfFile> opened_packages_;
};

}  // namespace symline::symbolize
