// Type units (DWARF 5 section 3.1.4): types that many units share, found by their signatures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "dwarf/unit.h"

namespace symline::dwarf {

class UnitTable;

/// A type in a unit of `table`, by its DIE's offset.
struct TypeReference {
    UnitTable* table;
    std::uint64_t die;
};

/// The type units of a file or split unit: in .debug_info, and in other sections: .debug_types
/// before DWARF 5, those of a split file, and those that the index of a package leads to.
class TypeUnits {
public:
    /// Reads the headers of the type units in .debug_info; `table` must outlive the result.
    TypeUnits(UnitTable& table, Sections& sections);
    ~TypeUnits();
    TypeUnits(const TypeUnits&) = delete;
    TypeUnits& operator=(const TypeUnits&) = delete;

    /// Nothing when the file has no such type.
    std::optional<TypeReference> find(std::uint64_t signature);
    /// See UnitTable.
    void limit_memory(std::size_t max);

private:
    struct OtherSection;

    void add(UnitTable& table, Sections& sections);
    void add(std::unique_ptr<SectionSource> source);

    Sections* sections_;
    bool looked_for_others_ = false;
    std::vector<std::unique_ptr<OtherSection>> others_;
    std::unordered_map<std::uint64_t, TypeReference> types_;
};

}  // namespace symline::dwarf
