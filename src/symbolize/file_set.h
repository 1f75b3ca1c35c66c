// The files of one module: the code, the separate debug file, the supplementary file and the split
// files. Each is looked for when it is first needed, once; that it was not found is remembered,
// too.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dwarf/companion_files.h"
#include "elf/elf_file.h"
#include "symbolize/gsym_search.h"
#include "symbolize/split_files.h"
#include "symline/module.h"

namespace symline::symbolize {

/// A separate debug file that is known before it is looked for.
struct SeparateFile {
    elf::ElfFile file;
    FoundBy found_by = FoundBy::nothing;
};

/// Any thread may ask for anything but the split files, which have one reader (see Readers).
class FileSet : public dwarf::CompanionFiles {
public:
    FileSet(elf::ElfFile code, ModuleOptions options, std::optional<SeparateFile> separate = {})
        : code_(std::move(code)),
          options_(std::move(options)),
          known_separate_(std::move(separate)),
          places_(options_.debug_files) {}

    const elf::ElfFile& code() const { return code_; }
    const ModuleOptions& options() const { return options_; }
    /// Where debug files are looked for, when the options do not say it.
    static std::shared_ptr<DebugFiles> default_places(const ModuleOptions& options);

    /// The file that holds the DWARF; null when there is none.
    const elf::ElfFile* debug();
    /// The same where it is another file than the code's; otherwise null.
    const elf::ElfFile* separate();
    const std::string& debug_path() { return found().path; }
    FoundBy found_by() { return found().found_by; }
    /// The GSYM file that answers in place of DWARF; null when there is none.
    const gsym::PlainFile* gsym();
    /// Whether it answers although there may be DWARF.
    bool gsym_comes_first();
    /// What of the GSYM file was found to be damaged or doubtful; the first time counts.
    void note_gsym_damage(const Error& error);
    /// That, with the file; empty when nothing was.
    std::string_view gsym_problem() const {
        if (!gsym_doubtful_.load(std::memory_order_acquire)) return {};
        return noted_gsym_problem();
    }
    std::span<const TriedPlace> tried() { return found().tried; }
    /// What was there and is not used, and why, so far.
    std::vector<Error> refused();
    /// Why the package of split units that the user named is not used.
    std::string_view package_problem() const {
        return splits_ ? std::string_view(splits_->problem()) : std::string_view();
    }
    /// Gives back the memory of pages that were read.
    void release_pages();

    Expected<const elf::ElfFile*> supplementary(const elf::ElfFile& of) override;
    std::vector<const elf::ElfFile*> packages() override { return splits().packages(); }
    Expected<void> split(const dwarf::SplitName& name, const Offer& offer) override {
        return splits().split(name, offer);
    }

private:
    /// What became of the search for the debug file.
    struct Found {
        std::optional<elf::ElfFile> separate;
        std::string path;
        FoundBy found_by = FoundBy::nothing;
        std::vector<TriedPlace> tried;
    };

    const Found& found();
    void find();
    GsymUse gsym_use();
    const GsymSearch& gsym_search();
    bool take_gsym();
    std::string_view noted_gsym_problem() const;
    void set_separate(elf::ElfFile file, FoundBy found_by);
    DebugFiles& places();
    SplitFiles& splits();
    void refuse(std::vector<Error> errors);

    elf::ElfFile code_;
    ModuleOptions options_;
    std::optional<SeparateFile> known_separate_;
    std::once_flag making_places_, finding_, finding_gsym_;
    std::shared_ptr<DebugFiles> places_;
    Found found_;
    GsymSearch gsym_;
    std::atomic<bool> gsym_doubtful_ = false;  ///< asked for each answer: no lock
    std::optional<elf::ElfFile> supplementary_;
    std::optional<SplitFiles> splits_;
    mutable std::mutex refusing_;  ///< guards the rest
    std::vector<Error> refused_;
    std::string gsym_problem_;
};

}  // namespace symline::symbolize
