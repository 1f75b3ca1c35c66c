// Where the DWARF sections of a file, or of a split unit, come from.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "dwarf/companion_files.h"
#include "dwarf/problem_log.h"
#include "dwarf/section_data.h"
#include "dwarf/work_budget.h"
#include "elf/elf_file.h"
#include "elf/relocations.h"

namespace symline::dwarf {

class DwpIndex;
class Sections;
class Unit;

/// A part of a section.
struct Slice {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// The parts of a package's sections that belong to one split unit.
using Contributions = std::array<std::optional<Slice>, kSectionCount>;

/// What a split unit is read from.
struct SplitContents {
    const elf::ElfFile* file = nullptr;          ///< the .dwo or .dwp file
    const Unit* skeleton = nullptr;              ///< the unit in the program
    std::optional<Contributions> contributions;  ///< in a package
    /// Which of several sections .debug_info.dwo is meant; null: the only one. gcc gives each type
    /// unit one of its own in DWARF 5.
    const Section* info = nullptr;
    bool only_types = false;          ///< `info` is read for its type units
    const DwpIndex* types = nullptr;  ///< of the type units in a package
};

class SectionSource {
public:
    explicit SectionSource(const elf::ElfFile& file) : file_(&file) {}
    virtual ~SectionSource() = default;

    /// The file that the code is in.
    const elf::ElfFile& file() const { return *file_; }
    /// The unit in the program that a split unit belongs to; null for others.
    virtual const Unit* skeleton() const { return nullptr; }
    /// Whether SectionId::info is .debug_types (DWARF 4), whose unit headers are longer.
    virtual bool holds_types() const { return false; }
    /// Sources of which each has another section with type units in the place of SectionId::info.
    /// `sections`, which must outlive them, are those of this source.
    virtual std::vector<std::unique_ptr<SectionSource>> type_sources(Sections&) { return {}; }
    /// A source that has the type unit with this signature in the place of SectionId::info, where
    /// an index leads to it; null otherwise.
    virtual std::unique_ptr<SectionSource> type_source(std::uint64_t) { return nullptr; }
    /// Empty when there is no such section, or it cannot be read.
    virtual SectionData load(SectionId id, ProblemLog& problems) = 0;
    /// The sections of the supplementary file; null when there is none.
    virtual std::unique_ptr<Sections> supplementary(ProblemLog& problems) = 0;
    virtual WorkBudget budget() const = 0;

    /// Many places will be read: from now on the system may read ahead, which it is told not to do
    /// for the first few.
    virtual void expect_many(const LoadedSections& loaded) = 0;
    /// All of `part` of `section` will be read.
    virtual void expect_all(Bytes section, Bytes part) = 0;

private:
    const elf::ElfFile* file_;
};

/// The sections of a file.
class PlainSource : public SectionSource {
public:
    /// Both must outlive the result. Without `companions` no supplementary file is looked for.
    PlainSource(const elf::ElfFile& file, CompanionFiles* companions)
        : SectionSource(file), companions_(companions) {}

    SectionData load(SectionId id, ProblemLog& problems) override;
    std::unique_ptr<Sections> supplementary(ProblemLog& problems) override;
    std::vector<std::unique_ptr<SectionSource>> type_sources(Sections& sections) override;
    WorkBudget budget() const override;
    void expect_many(const LoadedSections& loaded) override;
    void expect_all(Bytes section, Bytes part) override;

    /// All sections of this name, as one, whose bytes are kept in `joined` where there are several.
    SectionData load_all(std::string_view name, std::vector<std::uint8_t>& joined,
                         ProblemLog& problems);

private:
    bool read_from_disk(Bytes bytes) const;
    bool needs_relocation(ProblemLog& problems);
    SectionData load_one(const Section& section, Bytes bytes, ProblemLog& problems);

    CompanionFiles* companions_;
    bool many_ = false;  ///< expect_many() was called
    std::unique_ptr<elf::Relocator> relocator_;
    std::vector<std::uint8_t> joined_;  ///< the sections .debug_info, where there are several
};

/// The sections of a split unit: those of its .dwo file or of its part of a package, and those of
/// the program that it refers to (.debug_addr, .debug_ranges).
class SplitSource : public SectionSource {
public:
    explicit SplitSource(const SplitContents& contents);

    const Unit* skeleton() const override { return contents_.skeleton; }
    SectionData load(SectionId id, ProblemLog& problems) override;
    std::unique_ptr<Sections> supplementary(ProblemLog&) override;
    bool holds_types() const override;
    std::vector<std::unique_ptr<SectionSource>> type_sources(Sections&) override;
    std::unique_ptr<SectionSource> type_source(std::uint64_t signature) override;
    WorkBudget budget() const override;
    void expect_many(const LoadedSections&) override {}
    void expect_all(Bytes, Bytes) override {}

private:
    SectionData load_split(SectionId id, ProblemLog& problems) const;

    SplitContents contents_;
};

/// The sections of a file for one of several threads that read it at the same time: only what has
/// to be loaded is asked of the object that they share, by one thread after the other.
class SharedSource : public SectionSource {
public:
    /// `given_up`: see ProblemLog::give_up(). Both must outlive the result.
    SharedSource(Sections& shared, std::atomic<bool>& given_up);

    SectionData load(SectionId id, ProblemLog& problems) override;
    std::unique_ptr<Sections> supplementary(ProblemLog& problems) override;
    WorkBudget budget() const override;
    void expect_many(const LoadedSections&) override;
    void expect_all(Bytes, Bytes) override {}

private:
    Sections* shared_;
    std::atomic<bool>* given_up_;
};

}  // namespace symline::dwarf
