#include "vmcore/layout/struct_layout.h"

#include <utility>

#include "dwarf/die_walk.h"

namespace symline::vmcore {
namespace {

using dwarf::AttributeSpec;
using dwarf::DieWalk;
using dwarf::FormValue;
using dwarf::LoadedUnit;
namespace DW = dwarf::DW;

/// Unnamed unions in structures, and chains of typedefs and qualifiers, are never nested this deep.
constexpr unsigned kMaxDepth = 16;
constexpr std::size_t kMaxMembers = 10'000;

bool is_structure(std::uint16_t tag) {
    return tag == DW::DW_TAG_structure_type || tag == DW::DW_TAG_union_type;
}

bool is_transparent(std::uint16_t tag) {
    return tag == DW::DW_TAG_typedef || tag == DW::DW_TAG_const_type ||
           tag == DW::DW_TAG_volatile_type || tag == DW::DW_TAG_atomic_type;
}

/// What the attributes of a member say of its place, as they stand there.
struct Placement {
    std::uint64_t location = 0;
    std::optional<std::uint64_t> data_bit_offset;
    std::optional<std::uint64_t> bit_offset;  // DWARF 2 and 3: from the most significant bit
    std::uint64_t byte_size = 0;
    std::uint64_t bit_size = 0;

    void set(std::uint16_t name, std::uint64_t value) {
        switch (name) {
            case DW::DW_AT_data_member_location: location = value; break;
            case DW::DW_AT_data_bit_offset: data_bit_offset = value; break;
            case DW::DW_AT_bit_offset: bit_offset = value; break;
            case DW::DW_AT_byte_size: byte_size = value; break;
            case DW::DW_AT_bit_size: bit_size = value; break;
            default: break;
        }
    }
    MemberLayout layout(std::uint64_t type_size, bool big_endian) const {
        MemberLayout layout{.offset = location,
                            .size = type_size,
                            .bit_size = static_cast<std::uint32_t>(bit_size)};
        if (data_bit_offset || (bit_size != 0 && !bit_offset)) {
            const std::uint64_t bits = data_bit_offset.value_or(8 * location);
            const std::uint64_t before = bits % 8;
            layout.offset = bits / 8;
            layout.size = (before + bit_size + 7) / 8;
            layout.bit_offset = static_cast<std::uint32_t>(
                big_endian ? 8 * layout.size - before - bit_size : before);
        } else if (bit_offset) {
            layout.size = byte_size != 0 ? byte_size : type_size;
            layout.bit_offset =
                static_cast<std::uint32_t>(8 * layout.size - *bit_offset - bit_size);
        }
        return layout;
    }
};

}  // namespace

StructLayouts::StructLayouts(const elf::ElfFile& file) : sections_(file), units_(sections_) {}

/// The structures of a unit that are defined at its top, as those of C are.
const StructLayouts::Names& StructLayouts::names(LoadedUnit& unit) {
    const auto [known, is_new] = names_.try_emplace(&unit);
    if (!is_new) return known->second;
    DieWalk walk(unit.unit(), unit.abbreviations(), unit.unit().first_child());
    while (walk.next() == DieWalk::Step::die) {
        if (!is_structure(walk.tag())) {
            walk.skip_tree();
            continue;
        }
        const std::uint64_t die = walk.offset();
        std::string_view name;
        bool defined = false;
        walk.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            if (spec.name == DW::DW_AT_name) name = unit.unit().string(value);
            if (spec.name == DW::DW_AT_byte_size) defined = true;
        });
        if (defined && !name.empty()) known->second.emplace(name, die);
        walk.skip_below();
    }
    return known->second;
}

std::optional<StructLayouts::Die> StructLayouts::find(std::uint64_t address,
                                                      std::string_view type) {
    for (LoadedUnit* unit : units_.at(address)) {
        const Names& known = names(*unit);
        if (const auto found = known.find(type); found != known.end()) {
            return Die{unit, found->second};
        }
    }
    return std::nullopt;
}

/// The type that a reference leads to, without typedefs and qualifiers.
std::optional<StructLayouts::Die> StructLayouts::type_of(LoadedUnit& unit,
                                                         const FormValue& reference) {
    Die from{&unit, 0};
    FormValue next = reference;
    for (unsigned depth = 0; depth < kMaxDepth && next; ++depth) {
        const auto target = from.unit->unit().reference(next);
        LoadedUnit* const holder = target ? units_.containing(*target) : nullptr;
        if (holder == nullptr) return std::nullopt;
        from = {holder, *target};
        DieWalk walk(from.unit->unit(), from.unit->abbreviations(), from.offset);
        if (walk.next() != DieWalk::Step::die) return std::nullopt;
        if (!is_transparent(walk.tag())) return from;
        next = {};
        walk.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            if (spec.name == DW::DW_AT_type) next = value;
        });
    }
    return std::nullopt;
}

std::uint64_t StructLayouts::size_of(const Die& type) {
    DieWalk walk(type.unit->unit(), type.unit->abbreviations(), type.offset);
    std::uint64_t size = 0;
    if (walk.next() != DieWalk::Step::die) return size;
    walk.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
        if (spec.name == DW::DW_AT_byte_size) size = value.number;
    });
    return size;
}

std::vector<StructLayouts::Member> StructLayouts::members(const Die& type) {
    std::vector<Member> found;
    DieWalk walk(type.unit->unit(), type.unit->abbreviations(), type.offset);
    if (walk.next() != DieWalk::Step::die || !is_structure(walk.tag()) || !walk.has_children()) {
        return found;
    }
    walk.skip_attributes();
    while (found.size() < kMaxMembers && walk.next() == DieWalk::Step::die) {
        if (walk.tag() != DW::DW_TAG_member) {
            walk.skip_tree();
            continue;
        }
        Member member;
        Placement placement;
        walk.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            if (spec.name == DW::DW_AT_name) {
                member.name = type.unit->unit().string(value);
            } else if (spec.name == DW::DW_AT_type) {
                member.type = value;
            } else {
                placement.set(spec.name, value.number);
            }
        });
        const auto of_type = type_of(*type.unit, member.type);
        const std::uint64_t size = of_type ? size_of(*of_type) : 0;
        member.layout = placement.layout(size, sections_.big_endian());
        found.push_back(member);
        walk.skip_below();
    }
    return found;
}

std::optional<StructLayouts::Member> StructLayouts::find_member(const Die& type,
                                                                std::string_view name,
                                                                unsigned depth) {
    if (depth == 0) return std::nullopt;
    const auto all = members(type);
    for (const Member& member : all) {
        if (member.name == name) return member;
    }
    for (const Member& member : all) {
        if (!member.name.empty()) continue;
        const auto inside = type_of(*type.unit, member.type);
        if (!inside || inside->unit != type.unit) continue;
        if (auto found = find_member(*inside, name, depth - 1)) {
            found->layout.offset += member.layout.offset;
            return found;
        }
    }
    return std::nullopt;
}

std::optional<MemberLayout> StructLayouts::member(std::uint64_t address, std::string_view type,
                                                  std::string_view path) {
    auto in = find(address, type);
    std::uint64_t offset = 0;
    while (in) {
        const auto dot = path.find('.');
        auto found = find_member(*in, path.substr(0, dot), kMaxDepth);
        if (!found) return std::nullopt;
        offset += found->layout.offset;
        found->layout.offset = offset;
        if (dot == std::string_view::npos) return found->layout;
        path.remove_prefix(dot + 1);
        in = type_of(*in->unit, found->type);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> StructLayouts::size(std::uint64_t address, std::string_view type) {
    const auto found = find(address, type);
    if (!found) return std::nullopt;
    return size_of(*found);
}

}  // namespace symline::vmcore
