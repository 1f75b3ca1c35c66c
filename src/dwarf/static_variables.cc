#include "dwarf/static_variables.h"

#include <algorithm>
#include <tuple>

#include "dwarf/die_walk.h"
#include "dwarf/location_lists.h"

namespace symline::dwarf {
namespace {

/// Each takes 24 bytes; the largest programs have a few million.
constexpr std::size_t kMaxVariables = std::size_t{1} << 23;

/// Whether a static variable may be below a DIE that is not a variable itself.
bool may_hold_variables(std::uint16_t tag) {
    switch (tag) {
        case DW::DW_TAG_subprogram:
        case DW::DW_TAG_lexical_block:
        case DW::DW_TAG_try_block:
        case DW::DW_TAG_catch_block:
        case DW::DW_TAG_with_stmt:
        case DW::DW_TAG_common_block:
        case DW::DW_TAG_namespace:
        case DW::DW_TAG_module: return true;
        default: return false;
    }
}

/// The operand of an operation that begins `expression`, a part of .debug_info.
std::optional<std::uint64_t> address_operand(const Unit& unit, Bytes expression,
                                             std::uint64_t& size) {
    const SectionData& info = unit.sections().get(SectionId::info);
    const auto at = static_cast<std::uint64_t>(expression.data() - info.bytes.data());
    Reader reader = unit.sections().reader(SectionId::info, at);
    const std::uint8_t operation = reader.u8();
    std::optional<std::uint64_t> address;
    if (operation == DW::DW_OP_addr) {
        address = reader.relocated(unit.parameters().address_size);
    } else if (operation == DW::DW_OP_addrx || operation == DW::DW_OP_GNU_addr_index) {
        address = unit.address({DW::DW_FORM_addrx, reader.uleb(), {}});
    }
    size = reader.offset() - at;
    return reader.ok() && size <= expression.size() ? address : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> static_address(const Unit& unit, const FormValue& location) {
    if (!is_block(location.form) || location.text.empty()) return std::nullopt;
    const Bytes expression = block_bytes(location);
    std::uint64_t size = 0;
    const auto address = address_operand(unit, expression, size);
    if (!address || size == expression.size()) return address;
    Cursor rest(expression.subspan(size), unit.sections().big_endian());
    if (rest.u8() != DW::DW_OP_plus_uconst) return std::nullopt;
    const std::uint64_t added = rest.uleb();
    return rest.ok() && rest.at_end() ? std::optional(*address + added) : std::nullopt;
}

void StaticVariables::scan(const Unit& unit, const AbbreviationTable& abbreviations,
                           std::uint64_t unit_die) {
    DieWalk walk(unit, abbreviations, unit.first_child());
    const elf::ElfFile& file = unit.sections().file();
    for (std::uint64_t open = 1; open > 0 && found_.size() < kMaxVariables;) {
        const auto step = walk.next();
        if (step == DieWalk::Step::end) break;
        if (step == DieWalk::Step::end_of_children) {
            --open;
        } else if (walk.tag() == DW::DW_TAG_variable) {
            const auto address = static_address(unit, walk.attribute(DW::DW_AT_location));
            if (address && file.section_at(FileAddress{*address}) != nullptr) {
                found_.push_back({*address, unit_die, walk.offset()});
            }
            walk.skip_tree();
        } else if (walk.has_children() && may_hold_variables(walk.tag())) {
            ++open;
            walk.skip_attributes();
        } else {
            walk.skip_tree();
        }
    }
    if (walk.damaged()) unit.sections().note_problem("damaged debug information: a DIE tree");
}

void StaticVariables::sort() {
    std::ranges::sort(found_, [](const StaticVariable& a, const StaticVariable& b) {
        return std::tie(a.address, a.unit, b.die) < std::tie(b.address, b.unit, a.die);
    });
}

std::span<const StaticVariable> StaticVariables::upto(std::uint64_t address) const {
    const auto after = std::ranges::upper_bound(found_, address, {}, &StaticVariable::address);
    return {found_.begin(), after};
}

}  // namespace symline::dwarf
