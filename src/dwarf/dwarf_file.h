// DWARF of one file: from an address to its chain of frames.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "dwarf/code_span.h"
#include "dwarf/inlines.h"
#include "dwarf/known_function.h"
#include "dwarf/names.h"
#include "dwarf/split_units.h"
#include "dwarf/unit_table.h"
#include "symline/frame.h"

namespace symline::dwarf {

/// The symbol table's names, asked only where DWARF alone does not decide. Empty when there is
/// none.
class SymbolNames {
public:
    virtual ~SymbolNames() = default;
    /// Of the symbol that holds an address (Module::symbol_at).
    virtual std::string_view holding(std::uint64_t address) = 0;
    /// Of the last symbol or label at or before an address.
    virtual std::string_view label(std::uint64_t address) = 0;
};

class DwarfFile {
public:
    /// All must outlive the result. Without `companions` no other file is looked for. `cache_size`:
    /// what may be kept of units that were read, in bytes, roughly.
    DwarfFile(const elf::ElfFile& file, SymbolNames& symbols, CompanionFiles* companions = nullptr,
              std::size_t cache_size = std::size_t{64} * 1024 * 1024)
        : sections_(file, companions),
          units_(sections_),
          splits_(sections_, companions),
          symbols_(&symbols),
          cache_size_(cache_size) {}
    /// Another reader of the file of `shared`, for a thread of its own. While such readers work,
    /// `shared`, which must outlive them, must not be asked. `given_up` is set when a file has to
    /// be left to one thread (see Sections::give_up); the answers from then on are not to be used.
    DwarfFile(const DwarfFile& shared, SymbolNames& symbols, std::atomic<bool>& given_up)
        : sections_(shared.sections_, given_up),
          units_(sections_, shared.units_.index()),
          splits_(sections_, nullptr),
          symbols_(&symbols),
          cache_size_(shared.cache_size_) {}

    /// The frames at `address`, innermost first; empty when no unit knows it. A frame may lack a
    /// name (a line row outside of every function) or a location (a function without a row).
    std::vector<Frame> at(std::uint64_t address, Detail detail);
    /// From the address that at() was last asked for up to here it gives the same frames, or none;
    /// 0 when that is not known.
    std::uint64_t same_until() const { return same_until_; }

    /// For an index of the whole file: every address at which the unit or the function may change,
    /// in order.
    std::vector<std::uint64_t> boundaries();
    /// What is in [low, high), between which no boundary lies. Where the names of the span are not
    /// decided, its parts have to be asked for between the addresses at which symbols change.
    CodeSpan span(std::uint64_t low, std::uint64_t high);
    /// Which unit is asked first, the same number for the same unit, and for which addresses.
    using UnitPlace = UnitTable::UnitPlace;
    UnitPlace unit_at(std::uint64_t address) { return units_.unit_at(address); }
    /// Addresses up to about this one will be asked for next.
    void expect(std::uint64_t address) { expected_ = address; }
    std::uint64_t loaded_bytes() const { return units_.loaded_bytes(); }
    /// Many lookups follow.
    void expect_many() const { sections_.expect_many(); }
    /// What units may take of memory: `size`, as long as they are asked for one after the other,
    /// and `most` once that turns out not to be so.
    void set_cache_size(std::size_t size, std::size_t most) {
        cache_size_ = size;
        largest_cache_size_ = most;
        units_.forget_dropped();
    }
    /// Drops units until they take no more than `most` bytes, roughly.
    void limit_memory(std::size_t most) {
        known_.clear();  // its unit may be dropped
        same_until_ = 0;
        units_.limit_memory(most);
    }
    /// What other readers of the file found where its units are is forgotten.
    void reset_index() { units_.reset_index(); }

    /// The first damage that was met so far; empty when there was none.
    const std::string& problem() const { return sections_.problem(); }
    /// Which supplementary or split file was needed so far and is not there, the first of them;
    /// empty when there was none.
    const std::string& missing() const {
        return sections_.missing().empty() ? splits_.missing() : sections_.missing();
    }

private:
    struct Place {
        LoadedUnit* unit = nullptr;
        FunctionDie function;
        std::size_t ordinal = 0;  ///< among the functions of the unit folded to one address
        std::size_t folded = 1;   ///< how many those are
    };

    std::vector<Place> places(const std::vector<LoadedUnit*>& units, std::uint64_t address);
    Place choose(const std::vector<Place>& candidates);
    std::vector<Frame> frames_without_function(const std::vector<LoadedUnit*>& units,
                                               std::uint64_t address);
    std::vector<Frame> frames_of(const Place& place, std::uint64_t address, Detail detail);
    void fit_cache(const std::vector<LoadedUnit*>& units);
    bool learn(const Place& place, std::uint64_t address);
    std::vector<Frame> known_frames(std::uint64_t address);
    KnownFunction::Call& known_call(std::uint32_t number);
    CodeSpan span_without_function(const std::vector<LoadedUnit*>& units, std::uint64_t low,
                                   std::uint64_t high);
    CodeSpan span_of(const Place& place, std::uint64_t low, std::uint64_t high);
    bool add_rows(LoadedUnit& unit, std::uint64_t low, std::uint64_t high, CodeSpan& span);
    SourceLocation row_location(LoadedUnit& unit, std::uint64_t address, std::size_t ordinal);
    SourceLocation location_of(LoadedUnit& unit, const LineRow& row);
    SourceLocation call_site(LoadedUnit& unit, const InlinedSubroutine& call);
    void set_file(LoadedUnit& unit, std::uint64_t index, SourceLocation& location);
    FunctionNames outermost_names(const Place& place, std::uint64_t address, Frame& frame);
    void set_names(Frame& frame, const FunctionNames& names, Detail detail);
    std::uint64_t start_of(LoadedUnit& unit, std::uint64_t die, std::uint64_t fallback);
    std::string_view keep(std::string text);

    Sections sections_;
    UnitTable units_;
    SplitUnits splits_;
    SymbolNames* symbols_;
    std::size_t cache_size_, largest_cache_size_ = cache_size_;
    std::size_t lookups_ = 0;
    KnownFunction known_;
    std::uint64_t same_until_ = 0;
    std::uint64_t expected_ = 0;
    std::uint64_t recent_function_ = 0;  ///< DIE of the function of the last lookups
    std::size_t recent_lookups_ = 0;     ///< and how many those were
    /// What the views in frames point to: joined paths, and names from split files, which do not
    /// stay open. None is ever dropped.
    std::unordered_set<std::string> texts_;
};

}  // namespace symline::dwarf
