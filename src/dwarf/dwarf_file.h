// The DWARF of one file: from an address to its frames.
//
// Each step has a header of its own: the units that may hold the address (unit_table.h), the
// function (function_match.h), the subroutines inlined into it there (inlines.h), the row of the
// line table (line_table.h), and the frames made from them (frame_builder.h).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dwarf/call_sites.h"
#include "dwarf/code_span.h"
#include "dwarf/evidence.h"
#include "dwarf/frame_builder.h"
#include "dwarf/function_cache.h"
#include "dwarf/split_units.h"
#include "dwarf/symbol_names.h"
#include "dwarf/unit_table.h"
#include "dwarf/variable_finder.h"
#include "symline/frame.h"
#include "symline/variable.h"

namespace symline::dwarf {

/// What the caller knows of the lookups that follow. It changes no answer.
struct Hint {
    std::uint64_t next = 0;  ///< an address that will be asked for soon; 0: not known
};

class DwarfFile {
public:
    /// All must outlive the result. Without `companions` no other file is looked for. `cache_size`:
    /// what may be kept of units that were read, in bytes, roughly.
    DwarfFile(const elf::ElfFile& file, SymbolNames& symbols, CompanionFiles* companions = nullptr,
              std::size_t cache_size = std::size_t{64} * 1024 * 1024)
        : sections_(file, companions),
          units_(sections_, {.size = cache_size, .max = cache_size}),
          splits_(sections_, companions),
          symbols_(&symbols) {}
    /// Another reader of the file of `shared`, for a thread of its own. While such readers work,
    /// `shared`, which must outlive them, must not be asked. `given_up` is set when a file has to
    /// be left to one thread (see ProblemLog::give_up); the answers from then on are not to be
    /// used.
    DwarfFile(DwarfFile& shared, SymbolNames& symbols, std::atomic<bool>& given_up)
        : sections_(shared.sections_, given_up),
          units_(sections_, shared.units_.cache_policy(), shared.units_.index()),
          splits_(sections_, nullptr),
          symbols_(&symbols) {}

    /// The frames at `address`, innermost first; none when no unit knows it. A frame may lack a
    /// name (a line row outside of every function) or a location (a function without a row).
    FrameAnswer at(std::uint64_t address, Detail detail, Hint hint = {});
    /// Which unit is asked first, the same number for the same unit, and for which addresses.
    using UnitInterval = UnitTable::UnitInterval;
    UnitInterval unit_at(std::uint64_t address) { return units_.unit_at(address); }

    /// See call_sites.h. Nothing where it is not certain which function holds the address.
    std::optional<CallSite> call_returning_to(std::uint64_t address);
    std::optional<TailCallingFunction> tail_calls_at(std::uint64_t address);

    /// What is written at an address, and where. Nothing where no unit holds it.
    std::optional<Evidence> evidence(std::uint64_t address);
    /// The code of all functions, in the order of the units.
    std::vector<AddressRange> function_ranges();

    /// See variables_in_frame().
    std::vector<Variable> variables_at(std::uint64_t address);
    /// See variable_at().
    std::optional<Variable> static_variable_at(std::uint64_t address);

    /// See symline::embedded_source().
    std::string_view embedded_source(std::uint64_t address, std::string_view path);

    /// What follows is one index of the whole file: see WorkBudget::start_index().
    void start_index() { sections_.budget().start_index(); }
    /// For an index of the whole file: every address at which the unit or the function may
    /// change, in order.
    std::vector<std::uint64_t> boundaries();
    /// What is in [low, high), between which no boundary lies. Where the names of the span are not
    /// decided, its parts have to be asked for between the addresses at which symbols change.
    CodeSpan span(std::uint64_t low, std::uint64_t high);

    /// Many lookups follow: the system may read ahead in the sections.
    void expect_many() { sections_.expect_many(); }
    void set_cache_policy(CachePolicy policy) { units_.set_cache_policy(policy); }
    /// Evicts units until those that are left take no more than `max` bytes, roughly.
    void limit_memory(std::size_t max);
    /// What other readers of the file found where its units are is forgotten.
    void reset_index() { units_.reset_index(); }
    std::uint64_t loaded_bytes() const { return units_.loaded_bytes(); }

    /// The first damage that was met so far; empty when there was none.
    const std::string& problem() const { return sections_.problem(); }
    /// Which supplementary or split file was needed so far and is not there, the first of them;
    /// empty when there was none.
    const std::string& missing() const {
        return sections_.problems().missing().empty() ? splits_.missing()
                                                      : sections_.problems().missing();
    }

private:
    void start_lookup();
    std::optional<FunctionMatch> only_function_at(std::uint64_t address);
    std::vector<LoadedUnit*> whole_units(std::uint64_t address);
    std::vector<Frame> frames_without_function(const std::vector<LoadedUnit*>& units,
                                               std::uint64_t address);
    CodeSpan span_without_function(const std::vector<LoadedUnit*>& units, std::uint64_t low,
                                   std::uint64_t high);
    CodeSpan span_of(const FunctionMatch& match, std::uint64_t low, std::uint64_t high);
    bool add_rows(LoadedUnit& unit, std::uint64_t low, std::uint64_t high, CodeSpan& span);

    Sections sections_;
    UnitTable units_;
    SplitUnits splits_;
    SymbolNames* symbols_;
    FrameBuilder builder_{splits_, *symbols_};
    FunctionCache cache_{units_, builder_};
    std::unique_ptr<VariableFinder> variables_;
    std::size_t lookups_ = 0;
};

}  // namespace symline::dwarf
