// The DWARF sections of one file, each read (and decompressed) when it is first asked for; or those
// that a split unit is read from, which lie in two files.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "dwarf/companion_files.h"
#include "elf/elf_file.h"
#include "elf/relocations.h"

namespace symline::dwarf {

using base::Bytes;
using base::Cursor;

enum class SectionId {
    info,
    abbrev,
    aranges,
    line,
    str,
    line_str,
    ranges,
    rnglists,
    addr,
    str_offsets,
};
constexpr std::size_t kSectionCount = 10;

/// A section's bytes and, in a relocatable file, the relocations that complete them.
struct SectionData {
    Bytes bytes;
    std::optional<elf::Relocations> relocations;
};

/// A Cursor that can also read values which a relocation may complete.
class Reader : public Cursor {
public:
    Reader(const SectionData& section, bool big_endian, std::uint64_t offset = 0)
        : Cursor(section.bytes, big_endian, offset),
          relocations_(section.relocations ? &*section.relocations : nullptr) {}

    /// An address or an offset into another section, of `size` bytes.
    std::uint64_t relocated(unsigned size) {
        const std::uint64_t at = offset();
        const std::uint64_t value = word(size);
        return relocations_ == nullptr || !ok() ? value : relocations_->resolve(at, value);
    }

private:
    const elf::Relocations* relocations_;
};

/// A part of a section.
struct Slice {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// The parts of a package's sections that belong to one split unit.
using Contributions = std::array<std::optional<Slice>, kSectionCount>;

class Unit;

/// Where the sections of a split unit come from.
struct SplitSource {
    const elf::ElfFile* file = nullptr;          ///< the .dwo or .dwp file
    const Unit* skeleton = nullptr;              ///< the unit in the program
    std::optional<Contributions> contributions;  ///< in a package
    /// Which of several sections .debug_info.dwo is meant; null: the only one. gcc gives each type
    /// unit one of its own in DWARF 5.
    const Section* info = nullptr;
};

/// What many units or DIEs may refer to, so that a crafted file of a few KB can have it read, or
/// kept in memory, millions of times over.
enum class Work {
    abbreviation_tables,  ///< bytes read into tables
    unit_abbreviations,   ///< bytes passed in search of the abbreviations of unit DIEs
    line_programs,        ///< bytes of line programs run to learn their sequences
    indexed_ranges,       ///< ranges kept in an index
    listed_ranges,        ///< entries of range lists read for one lookup
};
constexpr std::size_t kWorkCount = 5;

class Sections {
public:
    /// Both must outlive the result. Without `companions` no other file is ever looked for.
    explicit Sections(const elf::ElfFile& file, CompanionFiles* companions = nullptr)
        : file_(&file), companions_(companions) {}
    /// The sections of a split unit: those of `split`, and those of the skeleton unit's file that a
    /// split unit refers to (.debug_addr, .debug_ranges).
    explicit Sections(const SplitSource& split);
    /// The sections of `shared` for one of several threads that read them at the same time: each
    /// has an object of its own, and only what has to be loaded is asked of `shared`, by one thread
    /// after the other. `given_up`: see give_up(). Both must outlive the result.
    Sections(const Sections& shared, std::atomic<bool>& given_up)
        : file_(shared.file_),
          shared_(&shared),
          given_up_(&given_up),
          many_(shared.many_),
          owner_(shared.owner_) {}

    /// The file that the code is in.
    const elf::ElfFile& file() const { return *file_; }
    /// The skeleton of the split unit whose sections these are; null for others.
    const Unit* skeleton() const { return split_.skeleton; }
    bool big_endian() const { return file_->big_endian(); }
    /// True when constants, too, may carry relocations: RISC-V and LoongArch linkers relax code, so
    /// their assemblers leave every distance between two labels to the linker.
    bool relocates_constants() const;

    /// Empty when the file has no such section or it cannot be read (see problem()).
    const SectionData& get(SectionId id) const;
    Reader reader(SectionId id, std::uint64_t offset = 0) const {
        return Reader(get(id), big_endian(), offset);
    }

    /// The sections of the supplementary file, which is looked for when first asked for; null when
    /// there is none (see missing()). What that file itself links to is not followed: dwz makes no
    /// such files, and a crafted chain of them would have no end.
    const Sections* supplementary() const;

    /// The first reason why a section that is there could not be read, here or in the supplementary
    /// file; empty when there is none.
    const std::string& problem() const {
        return problem_.empty() && supplementary_ ? supplementary_->problem() : problem_;
    }
    /// Why there is no supplementary file although a value of it was needed.
    const std::string& missing() const { return missing_; }
    /// Notes why debug information could not be read; the first reason is kept.
    void note_problem(std::string text) const {
        if (split_.skeleton != nullptr) return note_split_problem(text);
        give_up();
        if (problem_.empty()) problem_ = owner_ + std::move(text);
    }
    /// Says that the answer depends on what was asked before: in a damaged file, or in one that
    /// needs others. Threads that share a file leave it to one of them then, which asks in order.
    void give_up() const {
        if (given_up_ != nullptr) given_up_->store(true, std::memory_order_relaxed);
    }

    /// Counts work, and is false once there was more of it than a file of this size needs: real
    /// files have everything read a few times.
    bool spend(Work work, std::uint64_t amount) const {
        const auto index = static_cast<std::size_t>(work);
        spent_[index] += amount;
        return spent_[index] <= allowed_[index] || may_spend(index);
    }
    /// What was read is dropped, and may have to be read again: that is not a file's fault.
    void forgive() const { spent_ = {}; }
    /// What is counted for each lookup starts from 0 again.
    void start_lookup() const { spent_[static_cast<std::size_t>(Work::listed_ranges)] = 0; }

    /// Many places will be read: from now on the system may read ahead, which it is told not to for
    /// the first few.
    void expect_many() const;
    /// All of this part of .debug_info will be read.
    void expect_all(std::uint64_t offset, std::uint64_t size) const;

private:
    bool read_from_disk(Bytes bytes) const;
    SectionData load(SectionId id) const;
    SectionData load_split(SectionId id) const;
    SectionData load_shared(SectionId id) const;
    const Sections* supplementary_of_shared() const;
    const Sections& skeleton_sections() const;
    bool may_spend(std::size_t work) const;
    std::uint64_t readable_bytes() const;
    void note_split_problem(const std::string& text) const;

    const elf::ElfFile* file_;
    const Sections* shared_ = nullptr;
    std::atomic<bool>* given_up_ = nullptr;
    mutable std::mutex loading_;  ///< held by the threads that ask through load_shared()
    mutable CompanionFiles* companions_ = nullptr;
    mutable bool many_ = false;
    mutable bool looked_for_supplementary_ = false;  ///< in shared_
    mutable std::unique_ptr<Sections> supplementary_;
    mutable std::string missing_;
    std::string owner_;  ///< what problems begin with: which other file they are found in
    SplitSource split_;
    mutable std::array<std::optional<SectionData>, kSectionCount> loaded_;
    mutable std::unique_ptr<elf::Relocator> relocator_;
    mutable std::string problem_;
    mutable std::array<std::uint64_t, kWorkCount> spent_{};
    mutable std::array<std::uint64_t, kWorkCount> allowed_{};  ///< 0: not yet computed
};

}  // namespace symline::dwarf
