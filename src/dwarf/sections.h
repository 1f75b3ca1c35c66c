// The DWARF sections of one file, or of one split unit, each read (and decompressed) when it is
// first asked for.
//
// Where they come from is a SectionSource, how much work they may cause a WorkBudget, and why they
// could not be read a ProblemLog. An object is for one thread; others read the same file through
// objects of their own (SharedSource).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "dwarf/companion_files.h"
#include "dwarf/problem_log.h"
#include "dwarf/section_data.h"
#include "dwarf/section_source.h"
#include "dwarf/work_budget.h"
#include "elf/elf_file.h"

namespace symline::dwarf {

class Sections {
public:
    /// Both must outlive the result. Without `companions` no other file is ever looked for.
    /// `prefix`: see ProblemLog.
    explicit Sections(const elf::ElfFile& file, CompanionFiles* companions = nullptr,
                      std::string prefix = {});
    explicit Sections(const SplitContents& split);
    explicit Sections(std::unique_ptr<SectionSource> source);
    /// See SharedSource.
    Sections(Sections& shared, std::atomic<bool>& given_up);

    /// The file that the code is in.
    const elf::ElfFile& file() const { return source_->file(); }
    /// The skeleton of the split unit whose sections these are; null for others.
    const Unit* skeleton() const { return source_->skeleton(); }
    /// See SectionSource.
    bool holds_types() const { return source_->holds_types(); }
    std::vector<std::unique_ptr<SectionSource>> type_sources() {
        return source_->type_sources(*this);
    }
    std::unique_ptr<SectionSource> type_source(std::uint64_t signature) {
        return source_->type_source(signature);
    }
    bool big_endian() const { return file().big_endian(); }
    /// True when constants, too, may carry relocations: RISC-V and LoongArch linkers relax code, so
    /// their assemblers leave every distance between two labels to the linker.
    bool relocates_constants() const;

    /// Empty when the file has no such section or it cannot be read (see problem()).
    const SectionData& get(SectionId id) {
        auto& slot = loaded_[static_cast<std::size_t>(id)];
        if (!slot) slot = source_->load(id, problems_);
        return *slot;
    }
    Reader reader(SectionId id, std::uint64_t offset = 0) {
        return Reader(get(id), big_endian(), offset);
    }
    /// The sections of the supplementary file, which is looked for when first asked for; null when
    /// there is none (see ProblemLog::missing()).
    Sections* supplementary();

    /// The first reason why a section that is there could not be read, here or in the supplementary
    /// file; empty when there is none.
    const std::string& problem() const {
        const bool other = problems_.first().empty() && supplementary_ != nullptr;
        return other ? supplementary_->problem() : problems_.first();
    }
    ProblemLog& problems() { return problems_; }
    const ProblemLog& problems() const { return problems_; }
    void note_problem(std::string text) { problems_.note(std::move(text)); }

    WorkBudget& budget() { return budget_; }
    /// Counts work. False, and a problem, when it is more than such a file needs.
    bool spend(Work work, std::uint64_t amount) {
        return budget_.spend(work, amount) || refuse_work();
    }

    void expect_many() { source_->expect_many(loaded_); }
    /// This part of .debug_info will be read as a whole.
    void expect_all(std::uint64_t offset, std::uint64_t size);
    /// For SharedSource: held while another object asks this one.
    std::mutex& loading() { return loading_; }

private:
    bool refuse_work();

    std::unique_ptr<SectionSource> source_;
    WorkBudget budget_;
    ProblemLog problems_;
    LoadedSections loaded_;
    bool looked_for_supplementary_ = false;
    std::unique_ptr<Sections> supplementary_;
    std::mutex loading_;
};

}  // namespace symline::dwarf
