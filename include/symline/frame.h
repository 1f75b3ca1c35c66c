// What an address resolves to: a chain of frames, innermost first.
//
// All text in a Frame is a view into memory of the Module that made it (the mapped file, or its
// table of joined paths): it stays valid as long as that Module does, also across further lookups.
// own() makes a copy that does not need the Module (owned_lookup.h).
//
//     for (const symline::Frame& frame : lookup.frames) {
//         std::cout << symline::demangle(frame.linkage_or_name());
//         std::cout << (frame.inlined ? ", inlined, at " : " at ") << frame.location.file << ':'
//                   << frame.location.line << '\n';
//     }
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "symline/address.h"
#include "symline/miss.h"

namespace symline {

/// A place in a source file. An unknown file is empty; an unknown line is 0 (DWARF 5 section
/// 6.2.2: line 0 means that no source line can be named).
struct SourceLocation {
    /// The path as the compiler recorded it: directory and file name joined once, the compilation
    /// directory in front where they are relative to it. "." and ".." are kept.
    std::string_view file;
    /// How many leading bytes of `file` are the compilation directory and its slash; 0 when the
    /// path was not relative to it.
    std::uint32_t compilation_directory_size = 0;
    std::uint32_t line = 0;    ///< from 1; 0 unknown
    std::uint32_t column = 0;  ///< from 1, in bytes; 0 unknown
    std::uint32_t discriminator = 0;

    /// `file` without the compilation directory in front: as it was given to the compiler.
    [[nodiscard]] std::string_view relative_file() const {
        return file.substr(compilation_directory_size);
    }
};

/// Which table named a frame's function.
enum class NameSource {
    none,          ///< nothing did; the name is empty
    dwarf,         ///< a DW_TAG_subprogram or the abstract origin of an inlined subroutine
    symbol_table,  ///< a symbol of the ELF symbol table: no function DIE covers the address, or the
                   ///< code is an assembler's and has a label nearer than its function's name
    minidebuginfo,  ///< a symbol of the xz-compressed ELF file in .gnu_debugdata
    gsym,           ///< a GSYM file, which does not say which of the tables it has a name from
};

/// One function in the chain. Names are raw; demangle() is for the printer.
struct Frame {
    /// DW_AT_name, or the symbol's name when `name_source` is another; empty when unknown.
    std::string_view name;
    /// DW_AT_linkage_name (or DW_AT_MIPS_linkage_name); empty where DWARF has none.
    std::string_view linkage_name;
    /// Innermost frame: the line row of the address. Others: the call site of the frame before.
    SourceLocation location;
    /// True when this function was inlined into the function of the next frame.
    bool inlined = false;
    NameSource name_source = NameSource::none;
    /// Where the function's code (or this inlined copy's) begins, where known. Of code in several
    /// places, such as a function with a .cold part, its entry: others may have lower addresses.
    std::optional<FileAddress> start;
    /// DW_AT_decl_file and DW_AT_decl_line of the function; filled on Detail::declarations only.
    SourceLocation declaration;

    /// The name that identifies the function to a linker: linkage_name, else name.
    [[nodiscard]] std::string_view linkage_or_name() const {
        return linkage_name.empty() ? name : linkage_name;
    }
};

/// How much a lookup shall fill in.
enum class Detail {
    frames,        ///< names, call sites, lines
    declarations,  ///< and where each function is declared (Frame::declaration)
};

/// The answer to one address. Exactly one of the two is filled: `frames` is empty when, and only
/// when, `miss` holds the reason. A frame may be partial: a function without a line row has line 0
/// and no file, a line row outside of any function has no name.
struct Lookup {
    std::vector<Frame> frames;
    std::optional<Miss> miss;
};

}  // namespace symline
