// What one thread reads a module with.
//
// A reader has its own units, line tables and pages of an index; the mapped files, decompressed
// sections, the list of units and the symbols are shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "dwarf/dwarf_file.h"
#include "gsym/gsym_reader.h"
#include "gsym/plain_reader.h"
#include "symbolize/answer_cache.h"
#include "symbolize/file_set.h"
#include "symbolize/index_file.h"
#include "symbolize/symbol_tables.h"

namespace symline::symbolize {

/// What the readers of one module share.
struct Sources {
    FileSet& files;
    SymbolTables& symbols;
    IndexFile& index;
};

/// Gives pages of the files back to the system: many lookups in a large file read all of it in the
/// end, and each page stays in memory until something else wants it.
class PageLimit {
public:
    explicit PageLimit(FileSet& files) : files_(&files) {}

    /// Before a lookup. `reader` may be null.
    void apply(const dwarf::DwarfFile* reader);

private:
    FileSet* files_;
    std::uint64_t lookups_ = 0;  ///< since it was last looked how much of the files is in memory,
    std::uint64_t loaded_ = 0;   ///< and the bytes of units that had been loaded then
    std::uint64_t others_ = 0;   ///< bytes of files that are not ours to give back
};

/// For one thread at a time.
class Reader {
public:
    /// All sources must outlive the result.
    explicit Reader(const Sources& sources)
        : sources_(sources),
          pages_(sources.files),
          answers_(sources.files.options().cache_size / kShareOfAnswers) {}

    /// The reader of the debug information; null as long as it has none.
    dwarf::DwarfFile* dwarf() const { return dwarf_.get(); }
    void set_dwarf(std::unique_ptr<dwarf::DwarfFile> dwarf) { dwarf_ = std::move(dwarf); }
    PageLimit& pages() { return pages_; }
    AnswerCache& answers() { return answers_; }

    /// The answer of the index, valid until the next one; null where the index does not decide.
    const Expected<Lookup>* from_index(FileAddress address);
    /// False when there is no index that can be used.
    bool has_index() {
        const unsigned generation = sources_.index.generation();
        if (index_generation_ != generation) take_index(generation);
        return index_.has_value();
    }
    /// The answer of debug information and symbols.
    struct Found {
        Lookup lookup;
        std::uint64_t frames_until = 0;  ///< of debug information alone; 0: not known
    };
    /// Errors: malformed.
    Expected<Found> look_up(FileAddress address, Detail detail, dwarf::Hint hint = {});
    /// Up to here look_up() gives the same as `found`, which it gave for `address`.
    std::uint64_t same_until(FileAddress address, const Found& found) const;

private:
    /// Answers may take this part of the memory for what was read.
    static constexpr std::size_t kShareOfAnswers = 8;

    void take_index(unsigned generation);
    Expected<std::vector<Frame>> from_gsym(FileAddress address);
    bool in_code(FileAddress address);

    Sources sources_;
    std::unique_ptr<dwarf::DwarfFile> dwarf_;
    PageLimit pages_;
    AnswerCache answers_;
    unsigned index_generation_ = 0;
    std::optional<gsym::GsymReader> index_;
    std::optional<gsym::PlainReader> gsym_;
    Expected<Lookup> indexed_;          ///< the last answer, whose memory the next one takes
    const Section* in_code_ = nullptr;  ///< where the last address asked of the index was
};

}  // namespace symline::symbolize
