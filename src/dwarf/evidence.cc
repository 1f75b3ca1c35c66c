#include "dwarf/evidence.h"

#include "dwarf/dwarf_file.h"
#include "dwarf/inlines.h"
#include "dwarf/names.h"

namespace symline::dwarf {
namespace {

std::string producer_of(LoadedUnit& unit) {
    std::string producer;
    DieWalk walk(unit.unit(), unit.abbreviations(), unit.unit().header().first_die);
    if (walk.next() != DieWalk::Step::die) return producer;
    walk.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
        if (spec.name == DW::DW_AT_producer) producer = unit.unit().string(value);
    });
    return producer;
}

std::string name_of(const FunctionNames& names) {
    return std::string(names.linkage_name.empty() ? names.name : names.linkage_name);
}

/// `skeleton`'s DW_AT_dwo_name, below its compilation directory.
std::string written_path(const Unit& skeleton) {
    const auto& attributes = skeleton.attributes();
    const std::string_view name = skeleton.string(attributes.split_name);
    if (name.starts_with('/')) return std::string(name);
    return std::string(skeleton.string(attributes.compilation_directory)) + '/' + std::string(name);
}

std::vector<Evidence::Die> dies_of(const FunctionMatch& match, std::uint64_t address) {
    LoadedUnit& unit = *match.unit;
    const std::uint64_t function = match.function.die;
    std::vector<Evidence::Die> dies{
        {.offset = function,
         .inlined = false,
         .name = name_of(function_names(unit.table(), unit, function))}};
    for (const auto& call : inlined_at(unit.unit(), unit.abbreviations(), function, address)) {
        dies.push_back({.offset = call.die,
                        .inlined = true,
                        .name = name_of(function_names(unit.table(), unit, call))});
    }
    return dies;
}

}  // namespace

std::optional<Evidence> DwarfFile::evidence(std::uint64_t address) {
    start_lookup();
    const auto units = whole_units(address);
    if (units.empty()) return std::nullopt;
    const auto candidates = functions_at(units, address, *symbols_);
    Evidence found;
    LoadedUnit* unit = units.front();
    if (!candidates.empty()) {
        const FunctionMatch match = choose_function(candidates, *symbols_);
        unit = match.unit;
        found.folded = match.folded;
        found.dies = dies_of(match, address);
    }
    found.unit = unit->unit().header().offset;
    found.version = unit->unit().parameters().version;
    found.source = unit->unit().string(unit->unit().attributes().name);
    found.producer = producer_of(*unit);
    found.units = units.size();
    LoadedUnit& rows = unit->with_rows();
    if (SplitUnit* const split = splits_.find(rows)) {
        found.split_file = split->path();
        found.split_where_written =
            split->in_package() || split->path() == written_path(rows.unit());
    }
    if (const auto row = rows.lines().at(address)) {
        found.row = {.row = *row, .file = std::string(builder_.location_of(rows, *row).file)};
    }
    return found;
}

std::vector<AddressRange> DwarfFile::function_ranges() {
    std::vector<AddressRange> found;
    const std::vector<UnitHeader> headers = units_.headers();
    for (const UnitHeader& header : headers) {
        if (!header.may_have_code()) continue;
        start_lookup();
        LoadedUnit* unit = units_.containing(header.first_die);
        if (unit == nullptr) continue;
        LoadedUnit& whole = splits_.whole(*unit);
        const auto& functions = whole.functions(first_depth(whole.unit()));
        for (const auto& item : functions.ranges().items()) found.push_back({item.low, item.high});
    }
    return found;
}

}  // namespace symline::dwarf
