// The symbols of a module: those of its symbol table, and of MiniDebugInfo where it is stripped.
//
//     const auto place = symline::SymbolOffset::parse("vfs_read+0x9c/0x2f0");
//     const auto matches = module.symbols().match(*place);
//     if (!matches) return report(matches.error());
//     for (const symline::SymbolMatch& each : *matches) {
//         if (each.outcome == symline::MatchOutcome::matched) show(module.lookup(each.address));
//     }
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "symline/address.h"
#include "symline/error.h"
#include "symline/symbol.h"

namespace symline {

class Module;

/// What became of one symbol that SymbolOffset names.
enum class MatchOutcome {
    matched,           ///< `address` is the place
    size_mismatch,     ///< a size was given, and the symbol's differs
    offset_too_large,  ///< the offset lies beyond the symbol's end (offset == size is allowed)
    no_section,        ///< an absolute, common, file or undefined symbol: not a place in the file
};

/// One symbol of the asked name, judged. `size` is as kallsyms_size() or a kernel's message has it.
struct SymbolMatch {
    Symbol symbol;
    MatchOutcome outcome = MatchOutcome::matched;
    std::uint64_t size = 0;
    FileAddress address;  ///< symbol + offset; meaningful when matched
};

/// Made by Module::symbols(); valid as long as the Module, as are the names in its answers.
/// Errors: a symbol table that cannot be read.
class ModuleSymbols {
public:
    /// Every symbol, in symbol table order.
    [[nodiscard]] Expected<std::vector<Symbol>> all() const;
    /// Every symbol of exactly that name, in symbol table order, of any type. No demangling. A name
    /// without a version ("qsort") finds all versions, one with it ("qsort@@GLIBC_2.2.5") its own.
    [[nodiscard]] Expected<std::vector<Symbol>> named(std::string_view name) const;
    /// The symbol that holds an address. Among several: global before weak before local, function
    /// before other types, a name that does not begin with "__pfx_", then the name that GNU nm
    /// prints first (byte order). A symbol of size 0 that is not inside of another one reaches to
    /// the next symbol of its section.
    [[nodiscard]] Expected<std::optional<Symbol>> at(FileAddress address) const;
    /// The size that scripts/faddr2line counts from kallsyms: the distance to the next symbol of
    /// the same section in address order, to the section's end for the last one. Symbols at the
    /// same address, those nearer than the symbol's own st_size, and mapping symbols ('.L', 'L0',
    /// '$') are passed over. A kernel's messages give less for a symbol inside of which another
    /// one begins: match() and Kernel::resolve() take either.
    /// Errors: no_such_section for a symbol of another module, in a section that this one lacks.
    [[nodiscard]] Expected<std::uint64_t> kallsyms_size(const Symbol& symbol) const;
    /// Judges every symbol that `place` names, in symbol table order: the rule of
    /// scripts/faddr2line. Empty when there is no symbol of that name.
    /// Where no symbol of the whole name is meant, those functions are judged whose names a kernel
    /// made by clang cuts to `place.name` when it prints them: "local_op.llvm.9445" for "local_op".
    [[nodiscard]] Expected<std::vector<SymbolMatch>> match(const SymbolOffset& place) const;

private:
    friend class Module;
    struct Parts;
    explicit ModuleSymbols(const Parts& parts) : parts_(&parts) {}
    const Parts* parts_;
};

}  // namespace symline
