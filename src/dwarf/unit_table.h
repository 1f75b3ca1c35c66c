// The compilation units of .debug_info that were asked for, and what has been read of each: an LRU
// cache by unit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "dwarf/functions.h"
#include "dwarf/line_table_cache.h"
#include "dwarf/type_units.h"
#include "dwarf/unit_index.h"

namespace symline::dwarf {

class UnitTable;

/// A unit and what has been read of it so far.
class LoadedUnit {
public:
    LoadedUnit(UnitTable& table, Sections& sections, const UnitHeader& header,
               AbbreviationCache& cache)
        : table_(&table), unit_(sections, header), cache_(&cache) {}

    /// The table that the unit is in: that of its file.
    UnitTable& table() { return *table_; }
    /// Sets the skeleton of a split unit; it is in another table.
    void set_skeleton(LoadedUnit& skeleton) { skeleton_ = &skeleton; }
    /// The unit whose lines() has the rows of this one's code.
    LoadedUnit& with_rows() { return skeleton_ == nullptr ? *this : *skeleton_; }
    /// The unit whose lines() has the files that this one's DIEs name by number: a split unit may
    /// have a table for them.
    LoadedUnit& with_files() { return unit_.attributes().line_program ? *this : with_rows(); }

    const Unit& unit() const { return unit_; }
    const AbbreviationTable& abbreviations();
    const FunctionIndex& functions(ScanDepth depth);
    const LineTable& lines();
    /// Where functions of any depth begin and end, in order.
    const std::vector<std::uint64_t>& function_edges();
    /// Joined paths by file index; FrameBuilder keeps them here.
    std::unordered_map<std::uint64_t, std::pair<std::string_view, std::uint32_t>> paths;

    /// How much memory it takes, roughly.
    std::size_t memory() const;
    /// Drops everything but the unit DIE.
    void forget();
    /// For UnitTable: the lookup that last asked for it, and what its memory was counted as.
    std::uint64_t last_used = 0;
    std::size_t counted = 0;

private:
    UnitTable* table_;
    LoadedUnit* skeleton_ = nullptr;
    Unit unit_;
    AbbreviationCache* cache_;
    std::shared_ptr<const AbbreviationTable> abbreviations_;
    std::shared_ptr<const FunctionIndex> shallow_;
    std::shared_ptr<const FunctionIndex> full_;
    std::shared_ptr<const LineTable> lines_;
    std::optional<std::vector<std::uint64_t>> edges_;
};

/// What units that were read may take of memory, in bytes, roughly.
struct CachePolicy {
    std::size_t size = SIZE_MAX;  ///< as long as units are asked for one after the other,
    /// and once they are not: an address is in several units, or an evicted one is asked for again.
    std::size_t max = SIZE_MAX;
};

class UnitTable {
public:
    /// Threads that read the same file share the index.
    explicit UnitTable(Sections& sections, CachePolicy policy = {},
                       std::shared_ptr<UnitIndex> index = std::make_shared<UnitIndex>())
        : sections_(&sections), index_(std::move(index)), cache_(sections), policy_(policy) {}

    const std::shared_ptr<UnitIndex>& index() const { return index_; }
    /// Drops the index; a new one is read when it is needed.
    void reset_index() { index_ = std::make_shared<UnitIndex>(); }

    /// The units whose code may hold `address`.
    std::vector<LoadedUnit*> at(std::uint64_t address);
    /// Addresses around `address` that are in the same unit, and in no other. No answer where that
    /// is not easily told.
    std::optional<AddressRange> interval_around(std::uint64_t address);
    /// The offset of the first unit at an address, by the index alone, or 0 when there is none; and
    /// addresses around for which that is the same.
    struct UnitInterval {
        std::uint64_t unit = 0;
        AddressRange range;
    };
    UnitInterval unit_at(std::uint64_t address);
    /// The unit that holds the DIE at `offset`; null when there is none.
    LoadedUnit* containing(std::uint64_t offset);
    /// Calls `visit(const Item&)`, of which `low` and `high` matter, for every range that at()
    /// decides by.
    template <typename Visit>
    void for_each_covered(Visit visit) {
        for (int stage = 0; stage < UnitIndex::kStages; ++stage) {
            for (const auto& item : index_->stage(stage, *sections_).items()) visit(item);
        }
    }
    /// The headers of all units, by offset.
    const std::vector<UnitHeader>& headers() { return index_->headers(*sections_); }

    /// A DIE, and the table of the file that it is in.
    struct DieReference {
        UnitTable* table;
        LoadedUnit* unit;
        std::uint64_t die;
    };
    /// The target of a reference in `from`, a unit of this table: in the same unit, the same file,
    /// a type unit, or the supplementary file. Nothing when there is no such DIE.
    std::optional<DieReference> follow(LoadedUnit& from, const FormValue& reference);

    /// Begins another lookup. When the units take more than `max` bytes, the least recently used
    /// ones are evicted, until half is left: no pointer to a unit may be held.
    void limit_memory(std::size_t max);
    CachePolicy cache_policy() const { return policy_; }
    /// A new policy; no unit counts as evicted from here on.
    void set_cache_policy(CachePolicy policy);
    /// How many bytes of .debug_info were loaded so far; counted again after an eviction.
    std::uint64_t loaded_bytes() const { return loaded_bytes_; }
    std::size_t loaded_units() const { return loaded_.size(); }

private:
    friend class LoadedUnit;
    UnitTable* supplementary();
    std::optional<DieReference> follow_signature(std::uint64_t signature);
    LoadedUnit* use(LoadedUnit& unit);
    /// What units share: it is dropped with those that hold it.
    std::size_t shared_memory() const { return cache_.memory() + line_tables_.memory(); }
    void evict_oldest(std::size_t max);
    void fit_policy(std::size_t units);
    LoadedUnit* load(std::uint64_t offset);
    bool overlaps(const UnitHeader& header) const;

    Sections* sections_;
    std::shared_ptr<UnitIndex> index_;
    AbbreviationCache cache_;
    CachePolicy policy_;
    LineTableCache line_tables_;
    std::map<std::uint64_t, std::unique_ptr<LoadedUnit>> loaded_;
    std::unique_ptr<UnitTable> supplementary_;
    std::unique_ptr<TypeUnits> types_;
    std::uint64_t lookup_ = 0;
    std::uint64_t loaded_bytes_ = 0;
    std::unordered_set<std::uint64_t> evicted_;  ///< by offset
    bool evicted_too_early_ = false;             ///< one of them was asked for again
    std::vector<LoadedUnit*> used_;  ///< by the present lookup: their memory may have grown
    std::size_t memory_ = 0;         ///< of the units as they were counted last
};

}  // namespace symline::dwarf
