#include "dwarf/variable_finder.h"

#include "dwarf/variable_die.h"

namespace symline::dwarf {
namespace {

/// How many variables are looked at that begin at or before an address. Real ones do not overlap,
/// but those without a size share the address of the one after them: a kernel has some dozens of
/// lock classes in one place.
constexpr int kMaxTries = 256;

/// Gives back, after each part of .debug_info that was walked, the pages of the file and the
/// abbreviations that were read for it.
class PassedUnits {
public:
    PassedUnits(Sections& sections, AbbreviationCache& cache)
        : sections_(sections), cache_(cache) {}

    void add(const UnitHeader& header) {
        constexpr std::uint64_t kKept = std::uint64_t{16} * 1024 * 1024;
        bytes_ += header.end - header.offset;
        if (bytes_ < kKept) return;
        bytes_ = 0;
        cache_.drop_unused();
        sections_.file().release_pages();
    }

private:
    Sections& sections_;
    AbbreviationCache& cache_;
    std::uint64_t bytes_ = 0;
};

}  // namespace

const StaticVariables& VariableFinder::plain() {
    if (plain_) return *plain_;
    plain_.emplace();
    AbbreviationCache cache(sections_);
    PassedUnits passed(sections_, cache);
    for (const UnitHeader& header : units_.headers()) {
        if (!header.may_have_code()) continue;
        sections_.expect_all(header.offset, header.end - header.offset);
        const Unit unit(sections_, header);
        const auto abbreviations = cache.table(header.abbreviations, header.parameters);
        plain_->scan(unit, *abbreviations, header.first_die);
        passed.add(header);
    }
    plain_->sort();
    return *plain_;
}

const StaticVariables& VariableFinder::split() {
    if (split_) return *split_;
    split_.emplace();
    for (const UnitHeader& header : units_.headers()) {
        if (!header.may_have_code() || !Unit(sections_, header).is_skeleton()) continue;
        LoadedUnit* skeleton = units_.containing(header.first_die);
        splits_.start_lookup();
        LoadedUnit* unit = skeleton == nullptr ? nullptr : &splits_.whole(*skeleton);
        if (unit == nullptr || unit == skeleton) continue;
        split_->scan(unit->unit(), unit->abbreviations(), header.first_die);
    }
    split_->sort();
    return *split_;
}

std::optional<Variable> VariableFinder::described(const StaticVariable& variable) {
    LoadedUnit* unit = units_.containing(variable.unit);
    if (unit == nullptr) return std::nullopt;
    unit = &splits_.whole(*unit);
    if (!unit->unit().header().contains(variable.die)) return std::nullopt;
    DieWalk walk(unit->unit(), unit->abbreviations(), variable.die);
    if (walk.next() != DieWalk::Step::die) return std::nullopt;
    Variable found = described_variable(*unit, read_variable(walk), texts_);
    found.address = FileAddress{variable.address};
    return found;
}

std::optional<Variable> VariableFinder::find(const StaticVariables& in, std::uint64_t address) {
    const auto candidates = in.upto(address);
    std::size_t group_end = candidates.size();
    for (int tries = 0; group_end > 0;) {
        std::size_t group = group_end - 1;
        const std::uint64_t begin = candidates[group].address;
        while (group > 0 && candidates[group - 1].address == begin) --group;
        for (std::size_t i = group; i < group_end; ++i) {
            if (++tries > kMaxTries) return std::nullopt;
            auto found = described(candidates[i]);
            // A variable without a type that is known has its first byte.
            if (found && address - begin < found->size.value_or(1)) return found;
        }
        group_end = group;
    }
    return std::nullopt;
}

std::optional<Variable> VariableFinder::at(std::uint64_t address) {
    if (auto found = find(plain(), address)) return found;
    return find(split(), address);
}

}  // namespace symline::dwarf
