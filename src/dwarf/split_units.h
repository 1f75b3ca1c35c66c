// Split DWARF (-gsplit-dwarf): the units whose DIEs the compiler left in a .dwo file, or that were
// gathered from such files in a .dwp package.
//
// The program holds a skeleton of each: its ranges, its line table, its addresses. Split files are
// opened when an address lands in their skeleton, not before; a file that is not there is not
// looked for again.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dwarf/companion_files.h"
#include "dwarf/dwp_index.h"
#include "dwarf/unit_table.h"

namespace symline::dwarf {

/// A split unit, ready to be read: its file, its sections, and the units in them.
class SplitUnit {
public:
    /// Finds the unit of `skeleton` in a split file or in its part of a package. Errors: mismatch,
    /// malformed.
    static Expected<std::unique_ptr<SplitUnit>> in_file(elf::ElfFile file, LoadedUnit& skeleton);
    static Expected<std::unique_ptr<SplitUnit>> in_package(const SplitContents& source,
                                                           LoadedUnit& skeleton);

    LoadedUnit& unit() { return *unit_; }
    /// The split file or package.
    const std::string& path() const { return path_; }
    bool in_package() const { return !own_; }
    void start_lookup() { sections_->budget().start_lookup(); }

private:
    SplitUnit() = default;
    /// Looks for the skeleton's unit. When it is not there, the id of the first other unit.
    std::optional<std::uint64_t> find_in(const SplitContents& source, LoadedUnit& skeleton);

    std::string path_;
    std::optional<elf::ElfFile> own_;
    std::optional<Sections> sections_;
    std::optional<UnitTable> table_;
    LoadedUnit* unit_ = nullptr;
};

class SplitUnits {
public:
    /// Both must outlive the result. Without `companions` no file is looked for.
    SplitUnits(Sections& sections, CompanionFiles* companions)
        : sections_(&sections), companions_(companions) {}

    /// The split unit of a skeleton. `unit` itself when it is not a skeleton, or its split unit
    /// cannot be read: skeletons have ranges and rows, and those of clang the names of inlined
    /// functions.
    LoadedUnit& whole(LoadedUnit& unit);
    /// The same with its file; null when `unit` is not a skeleton, or its split unit cannot be
    /// read. Valid until the next lookup starts.
    SplitUnit* find(LoadedUnit& unit);

    /// Closes the least recently used files. What was read from them must not be used afterwards.
    void start_lookup();

    /// True as long as no split unit was read.
    bool empty() const { return recent_.empty(); }
    /// The first split file that was needed and is not there, in words; empty when there is none.
    const std::string& missing() const { return missing_; }

private:
    struct Entry {
        const LoadedUnit* skeleton;
        std::unique_ptr<SplitUnit> split;
    };
    struct Package {
        const elf::ElfFile* file;
        DwpIndex index;
        std::optional<DwpIndex> types;  ///< the index of its type units, if it has some
    };

    std::unique_ptr<SplitUnit> open(LoadedUnit& skeleton);
    std::unique_ptr<SplitUnit> from_packages(LoadedUnit& skeleton);
    void read_packages();

    Sections* sections_;
    CompanionFiles* companions_;
    std::optional<std::vector<Package>> packages_;
    std::list<Entry> recent_;  ///< the last one used comes first
    std::unordered_map<const LoadedUnit*, std::list<Entry>::iterator> open_;
    std::unordered_set<const LoadedUnit*> failed_;
    std::size_t opened_in_lookup_ = 0;
    std::string missing_;
};

}  // namespace symline::dwarf
