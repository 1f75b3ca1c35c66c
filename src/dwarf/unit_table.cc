#include "dwarf/unit_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace symline::dwarf {

const AbbreviationTable& LoadedUnit::abbreviations() {
    if (abbreviations_ == nullptr) {
        abbreviations_ = cache_->table(unit_.header().abbreviations, unit_.parameters());
    }
    return *abbreviations_;
}

const FunctionIndex& LoadedUnit::functions(ScanDepth depth) {
    auto& index = depth == ScanDepth::full ? full_ : shallow_;
    if (index == nullptr) {
        index = table_->index()->functions().get(unit_.header().offset, depth, [&] {
            return FunctionIndex::scan(unit_, abbreviations(), depth);
        });
    }
    return *index;
}

const LineTable& LoadedUnit::lines() {
    if (lines_ == nullptr) lines_ = table_->line_tables_.table(unit_);
    return *lines_;
}

const std::vector<std::uint64_t>& LoadedUnit::function_edges() {
    if (!edges_) {
        edges_.emplace();
        for (const auto& item : functions(ScanDepth::full).ranges().items()) {
            edges_->push_back(item.low);
            edges_->push_back(item.high);
        }
        std::ranges::sort(*edges_);
    }
    return *edges_;
}

std::size_t LoadedUnit::memory() const {
    constexpr std::size_t kPath = 64;  // a node of the map and its part of the buckets
    std::size_t size = sizeof(LoadedUnit) + paths.size() * kPath;
    if (shallow_) size += shallow_->ranges().memory();
    if (full_) size += full_->ranges().memory();
    if (edges_) size += edges_->capacity() * sizeof(std::uint64_t);
    return size;
}

void LoadedUnit::forget() {
    paths.clear();
    abbreviations_.reset();
    shallow_.reset();
    full_.reset();
    lines_.reset();
    edges_.reset();
}

LoadedUnit* UnitTable::use(LoadedUnit& unit) {
    if (unit.last_used != lookup_) used_.push_back(&unit);
    unit.last_used = lookup_;
    return &unit;
}

void UnitTable::limit_memory(std::size_t max) {
    for (LoadedUnit* unit : used_) {
        const std::size_t now = unit->memory();
        memory_ += now - unit->counted;
        unit->counted = now;
    }
    used_.clear();
    ++lookup_;
    if (memory_ + shared_memory() > max) evict_oldest(max / 2);
    if (supplementary_ != nullptr) supplementary_->limit_memory(max);
    if (types_ != nullptr) types_->limit_memory(max);
}

void UnitTable::set_cache_policy(CachePolicy policy) {
    policy_ = policy;
    evicted_.clear();
    evicted_too_early_ = false;
}

/// Units that share addresses are asked for again and again, and so are those that are asked for
/// after an eviction: they get all of the memory.
void UnitTable::fit_policy(std::size_t units) {
    if (units > 1 || evicted_too_early_) policy_.size = policy_.max;
}

void UnitTable::evict_oldest(std::size_t max) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> by_age;  // last used, offset
    by_age.reserve(loaded_.size());
    for (const auto& [offset, unit] : loaded_) by_age.emplace_back(unit->last_used, offset);
    std::ranges::sort(by_age);
    // Abbreviations and line tables are dropped with their units, and are taken to shrink in
    // proportion.
    const std::size_t before = memory_ + shared_memory();
    const double share = static_cast<double>(memory_) / static_cast<double>(before);
    const auto keep = static_cast<std::size_t>(share * static_cast<double>(max));
    for (const auto& [last_used, offset] : by_age) {
        if (memory_ <= keep) break;
        const auto found = loaded_.find(offset);
        LoadedUnit& unit = *found->second;
        memory_ -= unit.counted;
        evicted_.insert(offset);
        if (!unit.unit().is_skeleton()) {
            loaded_.erase(found);
            continue;
        }
        // Its split unit refers to it.
        unit.forget();
        unit.counted = unit.memory();
        memory_ += unit.counted;
    }
    cache_.drop_unused();
    line_tables_.drop_unused();
    sections_->budget().refund();
}

std::vector<LoadedUnit*> UnitTable::at(std::uint64_t address) {
    constexpr std::uint64_t kUnitOverlap = 16;  // the work of a unit beside that of a function
    std::vector<LoadedUnit*> found;
    std::unordered_set<const LoadedUnit*> seen;
    for (int stage = 0; stage < UnitIndex::kStages && found.empty(); ++stage) {
        index_->stage(stage, *sections_).for_each(address, [&](const auto& item) {
            const bool beside = !found.empty();
            if (beside && !sections_->spend(Work::overlaps, kUnitOverlap)) return false;
            LoadedUnit* unit = load(item.value);
            if (unit != nullptr && seen.insert(unit).second) found.push_back(unit);
            return true;
        });
    }
    fit_policy(found.size());
    return found;
}

std::optional<AddressRange> UnitTable::interval_around(std::uint64_t address) {
    AddressRange whole{0, UINT64_MAX};
    bool found = false;
    for (int stage = 0; stage < UnitIndex::kStages && !found; ++stage) {
        const auto& ranges = index_->stage(stage, *sections_);
        const auto interval = ranges.interval_around(address);
        if (!interval) return std::nullopt;
        whole = whole.overlap(*interval);
        ranges.for_each(address, [&](const auto&) {
            found = true;
            return false;
        });
    }
    return found ? std::optional(whole) : std::nullopt;
}

UnitTable::UnitInterval UnitTable::unit_at(std::uint64_t address) {
    UnitInterval first{.unit = 0, .range = {0, UINT64_MAX}};
    bool found = false;
    for (int stage = 0; stage < UnitIndex::kStages && !found; ++stage) {
        const auto& ranges = index_->stage(stage, *sections_);
        ranges.for_each(address, [&](const auto& item) {
            first.unit = item.value;
            found = true;
            return false;
        });
        const auto interval = ranges.interval_around(address);
        first.range = first.range.overlap(interval.value_or(AddressRange{}));
    }
    return first;
}

LoadedUnit* UnitTable::load(std::uint64_t offset) {
    const auto known = loaded_.find(offset);
    if (known != loaded_.end()) return use(*known->second);
    const auto header = read_unit_header(*sections_, offset);
    if (!header || header->parameters.version == 0 || !header->may_have_code()) return nullptr;
    if (overlaps(*header)) {
        sections_->problems().give_up();
        return nullptr;
    }
    sections_->expect_all(offset, header->end - offset);
    if (evicted_.contains(offset)) evicted_too_early_ = true;
    loaded_bytes_ += header->end - offset;
    auto unit = std::make_unique<LoadedUnit>(*this, *sections_, *header, cache_);
    return use(*loaded_.emplace(offset, std::move(unit)).first->second);
}

/// Units do not overlap. Damaged .debug_aranges may point anywhere inside of one, and each such
/// place would be a unit of its own that reaches to the end of the section.
bool UnitTable::overlaps(const UnitHeader& header) const {
    const auto next = loaded_.lower_bound(header.offset);
    if (next != loaded_.end() && next->first < header.end) return true;
    return next != loaded_.begin() && std::prev(next)->second->unit().header().end > header.offset;
}

UnitTable* UnitTable::supplementary() {
    Sections* sections = sections_->supplementary();
    if (sections == nullptr) return nullptr;
    if (supplementary_ == nullptr) supplementary_ = std::make_unique<UnitTable>(*sections);
    return supplementary_.get();
}

std::optional<UnitTable::DieReference> UnitTable::follow(LoadedUnit& from,
                                                         const FormValue& reference) {
    if (is_supplementary_reference(reference.form)) {
        UnitTable* other = supplementary();
        LoadedUnit* unit = other == nullptr ? nullptr : other->containing(reference.number);
        if (unit == nullptr) return std::nullopt;
        return DieReference{other, unit, reference.number};
    }
    if (reference.form == DW::DW_FORM_ref_sig8) return follow_signature(reference.number);
    const auto die = from.unit().reference(reference);
    if (!die) return std::nullopt;
    LoadedUnit* unit = from.unit().header().contains(*die) ? &from : containing(*die);
    if (unit == nullptr) return std::nullopt;
    return DieReference{this, unit, *die};
}

std::optional<UnitTable::DieReference> UnitTable::follow_signature(std::uint64_t signature) {
    if (types_ == nullptr) types_ = std::make_unique<TypeUnits>(*this, *sections_);
    const auto type = types_->find(signature);
    LoadedUnit* unit = type ? type->table->containing(type->die) : nullptr;
    return unit == nullptr ? std::nullopt
                           : std::optional(DieReference{type->table, unit, type->die});
}

LoadedUnit* UnitTable::containing(std::uint64_t offset) {
    const auto& headers = this->headers();
    auto after = std::ranges::upper_bound(headers, offset, {}, &UnitHeader::offset);
    if (after == headers.begin()) return nullptr;
    const UnitHeader& header = *--after;
    if (!header.contains(offset)) return nullptr;
    auto& unit = loaded_[header.offset];
    // Also partial units, which other units refer to.
    if (unit == nullptr) {
        unit = std::make_unique<LoadedUnit>(*this, *sections_, header, cache_);
        loaded_bytes_ += header.end - header.offset;
    }
    return use(*unit);
}

}  // namespace symline::dwarf
