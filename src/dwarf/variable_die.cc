#include "dwarf/variable_die.h"

#include <optional>

#include "dwarf/type_size.h"

namespace symline::dwarf {
namespace {

/// A copy in an inlined function -> the abstract instance -> a declaration is three DIEs, with link
/// time optimization four; a cycle never ends.
constexpr int kMaxReferences = 16;

/// Takes what is in one DIE and was in none of those before.
class Description {
public:
    Description(Sections& asker, FrameBuilder& texts) : asker_(asker), texts_(texts) {}

    void add(LoadedUnit& unit, const VariableDie& die) {
        const Unit& reader = unit.unit();
        if (found_.name.empty()) found_.name = texts_.kept(reader.string(die.name));
        if (found_.linkage_name.empty()) {
            found_.linkage_name = texts_.kept(reader.string(die.linkage_name));
        }
        if (!found_.size && die.type) found_.size = type_size(asker_, unit, die.type);
        SourceLocation& declaration = found_.declaration;
        if (declaration.file.empty() && die.declaration_file) {
            texts_.set_declaration_file(unit, die.declaration_file.number, declaration);
        }
        if (declaration.line == 0) {
            declaration.line = static_cast<std::uint32_t>(die.declaration_line.number);
        }
    }
    const Variable& variable() const { return found_; }

private:
    Sections& asker_;
    FrameBuilder& texts_;
    Variable found_;
};

std::optional<UnitTable::DieReference> next_of(LoadedUnit& unit, const VariableDie& die) {
    auto next = unit.table().follow(unit, die.origin);
    return next ? next : unit.table().follow(unit, die.specification);
}

}  // namespace

void VariableDie::set(std::uint16_t attribute, const FormValue& value) {
    switch (attribute) {
        case DW::DW_AT_location: location = value; break;
        case DW::DW_AT_LLVM_tag_offset: tag_offset = value; break;
        case DW::DW_AT_name: name = value; break;
        case DW::DW_AT_linkage_name:
        case DW::DW_AT_MIPS_linkage_name: linkage_name = value; break;
        case DW::DW_AT_type: type = value; break;
        case DW::DW_AT_decl_file: declaration_file = value; break;
        case DW::DW_AT_decl_line: declaration_line = value; break;
        case DW::DW_AT_abstract_origin: origin = value; break;
        case DW::DW_AT_specification: specification = value; break;
        default: break;
    }
}

VariableDie read_variable(DieWalk& walk) {
    VariableDie die;
    walk.read_attributes(
        [&](const AttributeSpec& spec, const FormValue& value) { die.set(spec.name, value); });
    return die;
}

Variable described_variable(LoadedUnit& unit, const VariableDie& die, FrameBuilder& texts) {
    Sections& asker = unit.unit().sections();
    Description description(asker, texts);
    description.add(unit, die);
    auto next = next_of(unit, die);
    for (int references = 1; next && references < kMaxReferences; ++references) {
        if (!asker.spend(Work::variables, 1)) break;
        DieWalk walk(next->unit->unit(), next->unit->abbreviations(), next->die);
        if (walk.next() != DieWalk::Step::die) break;
        const VariableDie origin = read_variable(walk);
        description.add(*next->unit, origin);
        next = next_of(*next->unit, origin);
    }
    return description.variable();
}

}  // namespace symline::dwarf
