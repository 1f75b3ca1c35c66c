#include "dwarf/unit_table.h"

#include <algorithm>
#include <iterator>

#include "dwarf/aranges.h"

namespace symline::dwarf {

const AbbreviationTable& LoadedUnit::abbreviations() {
    if (abbreviations_ == nullptr) {
        abbreviations_ = cache_->table(unit_.header().abbreviations, unit_.parameters());
    }
    return *abbreviations_;
}

const FunctionIndex& LoadedUnit::functions(ScanDepth depth) {
    auto& index = depth == ScanDepth::full ? full_ : shallow_;
    if (!index) index = FunctionIndex::scan(unit_, abbreviations(), depth);
    return *index;
}

const LineTable& LoadedUnit::lines() {
    if (!lines_) lines_.emplace(unit_);
    return *lines_;
}

void UnitTable::read_aranges() {
    const auto& file = sections_->file();
    for_each_arange(*sections_, [&](std::uint64_t unit, AddressRange range) {
        with_aranges_.insert(unit);
        if (file.is_code(range.low)) aranges_.add(range, unit);
    });
    aranges_.sort();
}

void UnitTable::read_headers() {
    if (headers_read_) return;
    headers_read_ = true;
    const std::uint64_t size = sections_->get(SectionId::info).bytes.size();
    std::uint64_t offset = 0;
    while (offset < size) {
        const auto header = read_unit_header(*sections_, offset);
        if (!header) {
            sections_->note_problem("damaged debug information: a unit header");
            return;
        }
        if (header->parameters.version == 0) {
            sections_->note_problem("debug information of an unknown DWARF version");
        } else {
            headers_.push_back(*header);
        }
        offset = header->end;
    }
}

void UnitTable::index_unit_dies() {
    read_headers();
    const auto& file = sections_->file();
    for (const UnitHeader& header : headers_) {
        if (!header.may_have_code() || with_aranges_.contains(header.offset)) continue;
        const Unit unit(*sections_, header);
        const UnitAttributes& attributes = unit.attributes();
        const PcAttributes pc{attributes.low_pc, attributes.high_pc, attributes.ranges};
        if (!pc) {
            const bool code = attributes.line_program && attributes.tag == DW::DW_TAG_compile_unit;
            if (code) without_ranges_.push_back(header);
            continue;
        }
        const bool whole = for_each_range(unit, pc, [&](AddressRange range) {
            if (file.is_code(range.low)) unit_dies_.add(range, header.offset);
            return sections_->spend(Work::indexed_ranges, 1);
        });
        if (!whole) without_ranges_.push_back(header);
    }
    unit_dies_.sort();
}

void UnitTable::index_functions() {
    for (const UnitHeader& header : without_ranges_) {
        const Unit unit(*sections_, header);
        const auto abbreviations = cache_.table(header.abbreviations, header.parameters);
        const auto functions = FunctionIndex::scan(unit, *abbreviations, ScanDepth::shallow);
        for (const auto& item : functions.ranges().items()) {
            functions_.add({item.low, item.high}, header.offset);
        }
    }
    functions_.sort();
}

std::vector<LoadedUnit*> UnitTable::at(std::uint64_t address) {
    struct Stage {
        RangeMap<std::uint64_t>* index;
        void (UnitTable::*build)();
    };
    const Stage stages[] = {
        {&aranges_, &UnitTable::read_aranges},
        {&unit_dies_, &UnitTable::index_unit_dies},
        {&functions_, &UnitTable::index_functions},
    };
    std::vector<LoadedUnit*> found;
    std::unordered_set<const LoadedUnit*> seen;
    int number = 0;
    for (const Stage& stage : stages) {
        if (stages_ready_ < ++number) {
            (this->*stage.build)();
            stages_ready_ = number;
        }
        stage.index->for_each(address, [&](const auto& item) {
            LoadedUnit* unit = load(item.value);
            if (unit != nullptr && seen.insert(unit).second) found.push_back(unit);
        });
        if (!found.empty()) break;
    }
    return found;
}

LoadedUnit* UnitTable::load(std::uint64_t offset) {
    const auto known = loaded_.find(offset);
    if (known != loaded_.end()) return known->second.get();
    const auto header = read_unit_header(*sections_, offset);
    if (!header || header->parameters.version == 0 || !header->may_have_code()) return nullptr;
    if (overlaps(*header)) return nullptr;
    auto unit = std::make_unique<LoadedUnit>(*this, *sections_, *header, cache_);
    return loaded_.emplace(offset, std::move(unit)).first->second.get();
}

/// Units lie side by side. Damaged .debug_aranges may point to anywhere inside of one, and each
/// such place would be a unit of its own that reaches to the end of the section.
bool UnitTable::overlaps(const UnitHeader& header) const {
    const auto next = loaded_.lower_bound(header.offset);
    if (next != loaded_.end() && next->first < header.end) return true;
    return next != loaded_.begin() && std::prev(next)->second->unit().header().end > header.offset;
}

UnitTable* UnitTable::supplementary() {
    const Sections* sections = sections_->supplementary();
    if (sections == nullptr) return nullptr;
    if (supplementary_ == nullptr) supplementary_ = std::make_unique<UnitTable>(*sections);
    return supplementary_.get();
}

std::optional<UnitTable::Referred> UnitTable::follow(LoadedUnit& from, const FormValue& reference) {
    if (is_supplementary_reference(reference.form)) {
        UnitTable* other = supplementary();
        LoadedUnit* unit = other == nullptr ? nullptr : other->containing(reference.number);
        if (unit == nullptr) return std::nullopt;
        return Referred{other, unit, reference.number};
    }
    const auto die = from.unit().reference(reference);
    if (!die) return std::nullopt;
    LoadedUnit* unit = from.unit().header().contains(*die) ? &from : containing(*die);
    if (unit == nullptr) return std::nullopt;
    return Referred{this, unit, *die};
}

LoadedUnit* UnitTable::containing(std::uint64_t offset) {
    read_headers();
    auto after = std::ranges::upper_bound(headers_, offset, {}, &UnitHeader::offset);
    if (after == headers_.begin()) return nullptr;
    const UnitHeader& header = *--after;
    if (!header.contains(offset)) return nullptr;
    auto& unit = loaded_[header.offset];
    // Partial units, too: they hold what other units refer to.
    if (unit == nullptr) unit = std::make_unique<LoadedUnit>(*this, *sections_, header, cache_);
    return unit.get();
}

}  // namespace symline::dwarf
