#include "dwarf/unit_index.h"

#include "dwarf/aranges.h"
#include "dwarf/functions.h"

namespace symline::dwarf {
namespace {

/// Releases pages while every unit is visited: of each, a few bytes are read, and the system maps
/// up to 64 KB around them.
class PageRelease {
public:
    explicit PageRelease(const elf::ElfFile& file) : file_(&file) {}
    void passed_unit() {
        constexpr unsigned kKept = 128;
        if (++units_ % kKept == 0) file_->release_pages();
    }

private:
    const elf::ElfFile* file_;
    unsigned units_ = 0;
};

}  // namespace

const RangeMap<std::uint64_t>& UnitIndex::stage(int stage, Sections& sections) {
    using Build = void (UnitIndex::*)(Sections&);
    constexpr Build builders[kStages] = {
        &UnitIndex::read_aranges,
        &UnitIndex::index_unit_dies,
        &UnitIndex::index_functions,
    };
    if (stages_ready_.load(std::memory_order_acquire) <= stage) {
        const std::scoped_lock lock(building_);
        if (stages_ready_.load(std::memory_order_relaxed) <= stage) {
            // By a name of its own: UBSan of GCC 12 checks an index of its own making otherwise.
            const Build build = builders[stage];
            (this->*build)(sections);
            stages_ready_.store(stage + 1, std::memory_order_release);
        }
    }
    return ranges_[stage];
}

const std::vector<UnitHeader>& UnitIndex::headers(Sections& sections) {
    if (!headers_ready_.load(std::memory_order_acquire)) {
        const std::scoped_lock lock(building_);
        if (!headers_ready_.load(std::memory_order_relaxed)) {
            read_headers(sections);
            headers_ready_.store(true, std::memory_order_release);
        }
    }
    return headers_;
}

void UnitIndex::read_aranges(Sections& sections) {
    const auto& file = sections.file();
    for_each_arange(sections, [&](std::uint64_t unit, AddressRange range) {
        with_aranges_.insert(unit);
        if (file.is_code(range.low)) ranges_[0].add(range, unit);
    });
    ranges_[0].sort();
}

void UnitIndex::read_headers(Sections& sections) {
    const std::uint64_t size = sections.get(SectionId::info).bytes.size();
    std::uint64_t offset = 0;
    PageRelease pages(sections.file());
    while (offset < size) {
        // The headers of other files are read without mapping their pages.
        if (sections.file().relocatable()) pages.passed_unit();
        const auto header = read_unit_header_alone(sections, offset);
        if (!header) {
            sections.note_problem("damaged debug information: a unit header");
            return;
        }
        if (header->parameters.version == 0) {
            sections.note_problem("debug information of an unknown DWARF version");
        } else {
            headers_.push_back(*header);
        }
        offset = header->end;
    }
}

void UnitIndex::index_unit_dies(Sections& sections) {
    headers(sections);
    const auto& file = sections.file();
    PageRelease pages(file);
    for (const UnitHeader& header : headers_) {
        if (!header.may_have_code() || with_aranges_.contains(header.offset)) continue;
        pages.passed_unit();
        const Unit unit(sections, header);
        const UnitAttributes& attributes = unit.attributes();
        const PcAttributes pc{attributes.low_pc, attributes.high_pc, attributes.ranges};
        if (!pc) {
            const bool code = attributes.line_program && attributes.tag == DW::DW_TAG_compile_unit;
            if (code) without_ranges_.push_back(header);
            continue;
        }
        const bool whole = for_each_range(unit, pc, [&](AddressRange range) {
            if (file.is_code(range.low)) ranges_[1].add(range, header.offset);
            return sections.spend(Work::indexed_ranges, 1);
        });
        if (!whole) without_ranges_.push_back(header);
    }
    ranges_[1].sort();
}

void UnitIndex::index_functions(Sections& sections) {
    AbbreviationCache cache(sections);
    for (const UnitHeader& header : without_ranges_) {
        const Unit unit(sections, header);
        const auto abbreviations = cache.table(header.abbreviations, header.parameters);
        const auto functions = FunctionIndex::scan(unit, *abbreviations, first_depth(unit));
        for (const auto& item : functions.ranges().items()) {
            ranges_[2].add({item.low, item.high}, header.offset);
        }
    }
    ranges_[2].sort();
}

}  // namespace symline::dwarf
