// The layout of structures: where their members are. The memory of a crashed kernel is read by it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dwarf/unit_table.h"
#include "elf/elf_file.h"
#include "vmcore/layout/member_layout.h"

namespace symline::vmcore {

class StructLayouts {
public:
    /// Reads the DWARF of a program or a vmlinux, which is borrowed.
    explicit StructLayouts(const elf::ElfFile& file);

    /// "thread.sp" of "task_struct", as the unit whose code holds `address` sees them; members of
    /// unnamed structures and unions inside of it are its own. Nothing when there is none.
    std::optional<MemberLayout> member(std::uint64_t address, std::string_view type,
                                       std::string_view path);
    /// How large a structure is.
    std::optional<std::uint64_t> size(std::uint64_t address, std::string_view type);

private:
    struct Die {
        dwarf::LoadedUnit* unit = nullptr;
        std::uint64_t offset = 0;
    };
    struct Member {
        std::string_view name;
        dwarf::FormValue type;
        MemberLayout layout;
    };
    using Names = std::unordered_map<std::string_view, std::uint64_t>;

    std::optional<Die> find(std::uint64_t address, std::string_view type);
    const Names& names(dwarf::LoadedUnit& unit);
    std::vector<Member> members(const Die& type);
    std::optional<Member> find_member(const Die& type, std::string_view name, unsigned depth);
    std::optional<Die> type_of(dwarf::LoadedUnit& unit, const dwarf::FormValue& reference);
    std::uint64_t size_of(const Die& type);

    dwarf::Sections sections_;
    dwarf::UnitTable units_;
    std::map<const dwarf::LoadedUnit*, Names> names_;
};

}  // namespace symline::vmcore
