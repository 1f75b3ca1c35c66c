// What llvm-addr2line and llvm-symbolizer make of an answer where GNU's addr2line does not.
#pragma once

#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "symline/module.h"
#include "tools/addr2line_options.h"

namespace symline::tools {

/// What LLVM's form asks of all symbols of a module, read when it is first needed. May be asked by
/// several threads at once.
class LlvmSymbols {
public:
    /// The file that a local symbol is from, by the symbol of that file in front of it; empty where
    /// there is none.
    std::string_view file_of(const Module& module, const Symbol& symbol);
    /// The symbol that holds `address` if the top byte of its own is a tag (HWASan's, of
    /// variables).
    std::optional<Symbol> tagged_at(const Module& module, FileAddress address);

private:
    void read(const Module& module);

    std::once_flag read_;
    std::vector<Symbol> files_;   ///< in the table's order
    std::vector<Symbol> tagged_;  ///< `address` without the tag
};

/// The frames as LLVM's form has them: see the functions below. Nothing is changed in GNU's form.
void shape_for_llvm(const Module& module, FileAddress address, const Addr2lineOptions& options,
                    Lookup& lookup);

/// A local symbol without a line is placed in the file that the symbol table has for it.
void add_symbol_file(const Module& module, FileAddress address, const Addr2lineOptions& options,
                     LlvmSymbols& symbols, Lookup& lookup);

/// llvm-symbolizer shows the symbol table's name of the outermost function, which alone has the
/// suffix of a clone ("do_softirq.part.0") or what a language makes of a name
/// ("P$PROG_$$_FACT$LONGINT"). DWARF's name stays where the symbol is an alias of one with that
/// name: which alias a symbol table names is arbitrary. Nothing is changed in GNU's form.
void take_symbol_name(const Module& module, FileAddress address, const Addr2lineOptions& options,
                      Lookup& lookup);

/// Whether LLVM shows one frame in the place of all; in the style that it calls GNU it shows the
/// innermost one as it is.
bool one_frame_for_all(const Addr2lineOptions& options);

/// Makes one frame of all as LLVM does: at the place of the innermost one, in the function of the
/// outermost one, if the names of linkers are wanted. Not of a GSYM file's, beside which LLVM does
/// not ask the symbol table.
void merge_frames(std::vector<Frame>& frames, const Addr2lineOptions& options);

/// In a relocatable file, makes the starts of functions what its symbol table has: offsets in their
/// section. The library's addresses are its own there.
void show_section_offsets(const Module& module, std::vector<Frame>& frames);

/// The addresses of all symbols of a name, in order. Errors: a symbol table that cannot be read.
Expected<std::vector<FileAddress>> addresses_named(const Module& module, const Input& input);

}  // namespace symline::tools
