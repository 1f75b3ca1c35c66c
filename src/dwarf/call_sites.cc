#include "dwarf/call_sites.h"

#include <algorithm>

#include "dwarf/inline_walk.h"
#include "dwarf/names.h"

namespace symline::dwarf {
namespace {

/// A call site as it stands in its DIE.
struct SiteDie {
    FormValue return_pc, pc, origin;
    bool tail = false;

    void set(std::uint16_t name, const FormValue& value) {
        switch (name) {
            case DW::DW_AT_call_return_pc:
            case DW::DW_AT_low_pc: return_pc = value; break;
            case DW::DW_AT_call_pc: pc = value; break;
            case DW::DW_AT_call_tail_call:
            case DW::DW_AT_GNU_tail_call: tail = value.number != 0; break;
            case DW::DW_AT_call_origin:
            case DW::DW_AT_abstract_origin: origin = value; break;
            default: break;
        }
    }
};

/// What the DIE of a function says of its calls, and where it begins.
struct FunctionAttributes {
    PcAttributes pc;
    PcValue entry_pc;
    bool complete = false;
    bool declaration = false;

    void set(std::uint16_t name, const FormValue& value) {
        pc.set(name, value);
        switch (name) {
            case DW::DW_AT_entry_pc: entry_pc = value; break;
            case DW::DW_AT_call_all_calls:
            case DW::DW_AT_call_all_tail_calls:
            case DW::DW_AT_GNU_all_call_sites:
            case DW::DW_AT_GNU_all_tail_call_sites: complete |= value.number != 0; break;
            case DW::DW_AT_declaration: declaration = value.number != 0; break;
            default: break;
        }
    }
};

FunctionAttributes attributes_of(LoadedUnit& unit, std::uint64_t die) {
    FunctionAttributes found;
    DieWalk walk(unit.unit(), unit.abbreviations(), die);
    if (walk.next() != DieWalk::Step::die || walk.tag() != DW::DW_TAG_subprogram) return found;
    walk.read_attributes(
        [&](const AttributeSpec& spec, const FormValue& value) { found.set(spec.name, value); });
    return found;
}

std::optional<Callee> callee_of(LoadedUnit& from, const FormValue& origin) {
    if (!origin) return std::nullopt;
    const auto target = from.table().follow(from, origin);
    if (!target) return std::nullopt;
    Callee callee;
    const auto attributes = attributes_of(*target->unit, target->die);
    if (attributes.pc && !attributes.declaration)
        callee.entry = entry_of_code(target->unit->unit(), attributes.pc, attributes.entry_pc);
    const FunctionNames names = function_names(*target->table, *target->unit, target->die);
    callee.name = names.linkage_name.empty() ? names.name : names.linkage_name;
    callee.external = names.external;
    return callee;
}

/// Walks over the DIEs of one function, of which calls are anywhere among its blocks and inlined
/// subroutines.
class SiteWalk {
public:
    explicit SiteWalk(const FunctionMatch& function)
        : unit_(*function.unit),
          walk_(unit_.unit(), unit_.abbreviations(), function.function.die) {}

    /// Calls `visit(const SiteDie&) -> bool` for each call, until it is false. False when there is
    /// more than is read of such a file.
    template <typename Visit>
    bool run(Visit visit) {
        if (walk_.next() != DieWalk::Step::die || !walk_.has_children()) return true;
        walk_.skip_attributes();
        for (std::uint64_t open = 1; open > 0;) {
            const auto step = walk_.next();
            if (step == DieWalk::Step::end) return !walk_.damaged();
            if (!unit_.unit().sections().budget().spend(Work::call_sites, 1)) return false;
            if (step == DieWalk::Step::end_of_children) {
                --open;
            } else if (is_call_site()) {
                if (!visit(read_site())) return true;
            } else if (scope_kind(walk_.tag()) == ScopeKind::other) {
                walk_.skip_tree();
            } else {
                if (walk_.has_children()) ++open;
                walk_.skip_attributes();
            }
        }
        return true;
    }

private:
    bool is_call_site() const {
        return walk_.tag() == DW::DW_TAG_call_site || walk_.tag() == DW::DW_TAG_GNU_call_site;
    }
    SiteDie read_site() {
        SiteDie site;
        walk_.read_attributes(
            [&](const AttributeSpec& spec, const FormValue& value) { site.set(spec.name, value); });
        walk_.skip_below();
        return site;
    }

    LoadedUnit& unit_;
    DieWalk walk_;
};

/// Nothing where it does not say where it is.
std::optional<CallSite> site_of(LoadedUnit& unit, const SiteDie& die) {
    CallSite site;
    site.return_pc = unit.unit().address(die.return_pc).value_or(0);
    site.pc = unit.unit().address(die.pc).value_or(0);
    if (site.pc == 0 && site.return_pc == 0) return std::nullopt;
    if (site.pc == 0) site.pc = site.return_pc - 1;
    site.tail = die.tail;
    return site;
}

}  // namespace

std::optional<CallSite> call_returning_to(const FunctionMatch& function, std::uint64_t return_pc) {
    LoadedUnit& unit = *function.unit;
    std::optional<SiteDie> found;
    SiteWalk(function).run([&](const SiteDie& die) {
        if (unit.unit().address(die.return_pc) == return_pc) found = die;
        return !found;
    });
    if (!found) return std::nullopt;
    auto site = site_of(unit, *found);
    if (site) site->callee = callee_of(unit, found->origin);
    return site;
}

std::optional<TailCallingFunction> tail_calls_of(const FunctionMatch& function) {
    LoadedUnit& unit = *function.unit;
    const auto attributes = attributes_of(unit, function.function.die);
    const auto entry = entry_of_code(unit.unit(), attributes.pc, attributes.entry_pc);
    if (!entry) return std::nullopt;
    TailCallingFunction found{.unit = unit.unit().header().offset,
                              .die = function.function.die,
                              .entry = *entry,
                              .complete = attributes.complete};
    std::vector<SiteDie> dies;
    const bool whole = SiteWalk(function).run([&](const SiteDie& die) {
        if (die.tail) dies.push_back(die);
        return true;
    });
    if (!whole) return std::nullopt;
    for (const SiteDie& die : dies) {
        auto site = site_of(unit, die);
        found.complete = found.complete && site.has_value();
        if (!site) continue;
        site->callee = callee_of(unit, die.origin);
        found.tail_calls.push_back(std::move(*site));
    }
    return found;
}

}  // namespace symline::dwarf
