// Lookups of places that are named by a function's symbol.
//
// With -fpatchable-function-entry GCC puts the nops that the kernel patches between the symbol and
// the function's DIE (DW_AT_low_pc is after them on arm64, riscv and loongarch): the last line row
// of the function before covers them, or none does.
#pragma once

#include "symline/error.h"
#include "symline/frame.h"
#include "symline/module.h"

namespace symline::kernel {

/// A place as its symbol names it.
struct SymbolPlace {
    FileAddress start;       ///< of the symbol
    std::uint64_t size = 0;  ///< in bytes; 0: no symbol is there
    FileAddress address;     ///< of the instruction; outside of the symbol no rule applies
};

struct EntryLookup {
    Expected<Lookup> lookup;
    /// The place is before the first instruction that the function's DIE has: the frames are those
    /// of that instruction.
    bool at_start = false;
};

/// Module::lookup() of the place's address, never with the line of another function: without a line
/// where the symbol has neither a DIE nor a row.
EntryLookup look_up(const Module& module, const SymbolPlace& place, Detail detail = Detail::frames);

/// Whether a place that no DIE covers is still the symbol's, though it is at or beyond its end: the
/// filler there, and what stands in front of the next function, where the symbol's last row runs
/// over it, or no row and no other symbol is. True wherever nothing at all was found.
bool runs_beyond(const Module& module, const SymbolPlace& place, const Lookup& found);

}  // namespace symline::kernel
