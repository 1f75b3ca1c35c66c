// A program of functions that call and jump to one another, with code of x86-64, symbols, and the
// call sites that a compiler lists.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "support/dwarf_builder.h"
#include "support/files.h"
#include "symline/module.h"

namespace symline::test {

struct Branch {
    enum Kind {
        call,
        jump,           ///< a tail call
        pointer_jump,   ///< a tail call through a register
        unlisted_call,  ///< of which there is code alone
        table_call,     ///< the first branch of a function: through an address in memory
    };
    Kind kind = call;
    std::string to{};  ///< empty: through a pointer
};

struct CallingFunction {
    std::string name;
    std::vector<Branch> branches{};
    bool is_static = false;
};

/// Who has listed the calls.
enum class CallLister {
    gcc,    ///< DWARF 5: the address after each
    gnu,    ///< the same in GNU's form of DWARF 4
    clang,  ///< DWARF 5: of jumps the address of the instruction
};
enum class CodeOfGraph { there, left_out };

class CallGraph {
public:
    explicit CallGraph(std::vector<CallingFunction> functions, CallLister lister = CallLister::gcc,
                       CodeOfGraph code = CodeOfGraph::there)
        : functions_(std::move(functions)), lister_(lister), code_(code) {}

    FileAddress begin(std::string_view name) const {
        for (std::size_t i = 0; i < functions_.size(); ++i) {
            if (functions_[i].name == name) return {kCode + i * kSize};
        }
        FAIL("no such function");
        return {};
    }
    /// The address after a function's branch of that number.
    FileAddress after(std::string_view name, std::size_t branch = 0) const {
        return {begin(name).value + kFirst + (branch + 1) * kBranch};
    }
    FileAddress inside(std::string_view name) const { return {begin(name).value + 1}; }

    ByteVector build() const {
        DwarfBuilder dwarf({.version = static_cast<std::uint16_t>(gnu() ? 4 : 5)});
        write_abbreviations(dwarf);
        // The offsets of the DIEs that calls refer to are known once they were written.
        std::vector<std::uint64_t> dies(functions_.size());
        DwarfBuilder first({.version = dwarf.kind().version});
        write_unit(first, dies);
        write_unit(dwarf, dies);
        const auto section =
            dwarf.elf().add({.name = ".text.graph",
                             .type = code_ == CodeOfGraph::there ? SHT_PROGBITS : SHT_NOBITS,
                             .flags = SHF_ALLOC | SHF_EXECINSTR,
                             .address = kCode,
                             .bytes = code_ == CodeOfGraph::there ? code() : ByteVector(),
                             .size = functions_.size() * kSize});
        for (const CallingFunction& each : functions_) {
            const auto binding = each.is_static ? STB_LOCAL : STB_GLOBAL;
            dwarf.elf().add_symbol({each.name, begin(each.name).value, kSize, section, binding});
        }
        return dwarf.build();
    }

    static constexpr std::uint64_t kBranch = 5;  ///< bytes of a call or jump

private:
    static constexpr std::uint64_t kCode = 0x8000, kSize = 0x40, kFirst = 4;

    bool gnu() const { return lister_ == CallLister::gnu; }

    static bool is_tail(const Branch& branch) {
        return branch.kind == Branch::jump || branch.kind == Branch::pointer_jump;
    }

    void write_abbreviations(DwarfBuilder& dwarf) const {
        const auto flag = DW::DW_FORM_flag_present;
        const auto site = gnu() ? DW::DW_TAG_GNU_call_site : DW::DW_TAG_call_site;
        const auto place = gnu() ? DW::DW_AT_low_pc : DW::DW_AT_call_return_pc;
        const auto jump_place = lister_ == CallLister::clang ? DW::DW_AT_call_pc : place;
        const auto origin = gnu() ? DW::DW_AT_abstract_origin : DW::DW_AT_call_origin;
        const auto tail = gnu() ? DW::DW_AT_GNU_tail_call : DW::DW_AT_call_tail_call;
        const auto all = gnu() ? DW::DW_AT_GNU_all_call_sites : DW::DW_AT_call_all_calls;
        dwarf.abbreviation(
            1, DW::DW_TAG_compile_unit, true,
            {{DW::DW_AT_low_pc, DW::DW_FORM_addr}, {DW::DW_AT_high_pc, DW::DW_FORM_data4}});
        dwarf.abbreviation(2, DW::DW_TAG_subprogram, true,
                           {{DW::DW_AT_name, DW::DW_FORM_string},
                            {DW::DW_AT_external, DW::DW_FORM_flag},
                            {DW::DW_AT_low_pc, DW::DW_FORM_addr},
                            {DW::DW_AT_high_pc, DW::DW_FORM_data4},
                            {static_cast<std::uint64_t>(all), flag}});
        dwarf.abbreviation(3, site, false, {{place, DW::DW_FORM_addr}, {origin, DW::DW_FORM_ref4}});
        dwarf.abbreviation(
            4, site, false,
            {{jump_place, DW::DW_FORM_addr}, {tail, flag}, {origin, DW::DW_FORM_ref4}});
        dwarf.abbreviation(5, site, false, {{jump_place, DW::DW_FORM_addr}, {tail, flag}});
        dwarf.abbreviation(6, site, false, {{place, DW::DW_FORM_addr}});
        dwarf.end_abbreviations();
    }

    void write_unit(DwarfBuilder& dwarf, std::vector<std::uint64_t>& dies) const {
        dwarf.begin_unit();
        dwarf.info().uleb(1);
        dwarf.address(kCode);
        dwarf.info().u32(static_cast<std::uint32_t>(functions_.size() * kSize));
        for (std::size_t i = 0; i < functions_.size(); ++i) {
            const CallingFunction& each = functions_[i];
            dies[i] = dwarf.here();
            dwarf.info().uleb(2).string(each.name).u8(each.is_static ? 0 : 1);
            dwarf.address(begin(each.name).value);
            dwarf.info().u32(kSize);
            for (std::size_t j = 0; j < each.branches.size(); ++j) {
                write_site(dwarf, each, j, dies);
            }
            dwarf.info().u8(0);
        }
        dwarf.info().u8(0);
        dwarf.end_unit();
    }

    void write_site(DwarfBuilder& dwarf, const CallingFunction& from, std::size_t number,
                    const std::vector<std::uint64_t>& dies) const {
        const Branch& branch = from.branches[number];
        if (branch.kind == Branch::unlisted_call) return;
        const bool tail = is_tail(branch);
        const bool named = !branch.to.empty();
        dwarf.info().uleb(tail ? (named ? 4 : 5) : (named ? 3 : 6));
        const auto end = after(from.name, number).value;
        dwarf.address(tail && lister_ == CallLister::clang ? end - kBranch : end);
        if (!named) return;
        dwarf.info().u32(
            static_cast<std::uint32_t>(dies[(begin(branch.to).value - kCode) / kSize]));
    }

    ByteVector code() const {
        ByteVector bytes(functions_.size() * kSize, 0x90);
        for (const CallingFunction& each : functions_) {
            for (std::size_t j = 0; j < each.branches.size(); ++j) {
                const Branch& branch = each.branches[j];
                const auto end = after(each.name, j).value;
                auto at = bytes.begin() + static_cast<std::ptrdiff_t>(end - kBranch - kCode);
                if (branch.to.empty()) {
                    at[3] = 0xff;
                    at[4] = is_tail(branch) ? 0xe0 : 0xd0;
                    continue;
                }
                if (branch.kind == Branch::table_call) {
                    at[-1] = 0xff;
                    at[0] = 0x15;
                    continue;
                }
                at[0] = is_tail(branch) ? 0xe9 : 0xe8;
                const auto distance = static_cast<std::uint32_t>(begin(branch.to).value - end);
                for (int k = 0; k < 4; ++k) at[1 + k] = (distance >> (8 * k)) & 0xff;
            }
        }
        return bytes;
    }

    std::vector<CallingFunction> functions_;
    CallLister lister_;
    CodeOfGraph code_;
};

}  // namespace symline::test
