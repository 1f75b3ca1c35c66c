// What debug information says at an address, as it is written there: for those who check an answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dwarf/line_row.h"

namespace symline::dwarf {

struct Evidence {
    /// One DW_TAG_subprogram, or one DW_TAG_inlined_subroutine in it.
    struct Die {
        std::uint64_t offset = 0;  ///< in .debug_info of the file that has the unit
        bool inlined = false;
        std::string name;
    };
    /// A row of the line table that holds the address.
    struct Row {
        LineRow row;
        std::string file;
    };

    std::uint64_t unit = 0;  ///< offset of its header in .debug_info
    unsigned version = 0;    ///< of DWARF
    std::string source;      ///< DW_AT_name of the unit
    std::string producer;    ///< DW_AT_producer
    /// The file that the unit's DIEs are in where that is another one (.dwo, .dwp), and whether it
    /// is where the compiler wrote it, or is a package.
    std::string split_file;
    bool split_where_written = false;
    std::size_t units = 1;   ///< how many units may hold the address
    std::vector<Die> dies;   ///< the function, and what is inlined into it, outermost first
    std::size_t folded = 1;  ///< how many functions of the unit have this code
    std::optional<Row> row;
};

}  // namespace symline::dwarf
