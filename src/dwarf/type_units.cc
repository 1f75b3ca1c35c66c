#include "dwarf/type_units.h"

#include <utility>

#include "dwarf/unit_table.h"

namespace symline::dwarf {

struct TypeUnits::OtherSection {
    explicit OtherSection(std::unique_ptr<SectionSource> source) : sections(std::move(source)) {}

    Sections sections;
    UnitTable table{sections};
};

TypeUnits::TypeUnits(UnitTable& table, Sections& sections) : sections_(&sections) {
    add(table, sections);
}
TypeUnits::~TypeUnits() = default;

void TypeUnits::add(UnitTable& table, Sections& sections) {
    for (const UnitHeader& header : table.headers()) {
        if (!header.is_type_unit()) continue;
        const auto type = type_of_unit(sections, header);
        if (type) types_.try_emplace(type->signature, TypeReference{&table, type->die});
    }
}

void TypeUnits::add(std::unique_ptr<SectionSource> source) {
    auto& other = others_.emplace_back(std::make_unique<OtherSection>(std::move(source)));
    add(other->table, other->sections);
}

std::optional<TypeReference> TypeUnits::find(std::uint64_t signature) {
    auto found = types_.find(signature);
    if (found == types_.end() && !std::exchange(looked_for_others_, true)) {
        for (auto& source : sections_->type_sources()) add(std::move(source));
        found = types_.find(signature);
    }
    if (found == types_.end()) {
        if (auto source = sections_->type_source(signature)) add(std::move(source));
        found = types_.find(signature);
    }
    return found == types_.end() ? std::nullopt : std::optional(found->second);
}

void TypeUnits::limit_memory(std::size_t max) {
    for (const auto& other : others_) other->table.limit_memory(max);
}

}  // namespace symline::dwarf
