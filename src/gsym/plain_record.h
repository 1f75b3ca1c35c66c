// What the record of a function in a plain GSYM file says of one address.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gsym/plain_file.h"

namespace symline::gsym {

struct PlainPlace {
    std::uint32_t file = 0, line = 0;
};

/// The function itself (which has no call site: file 0), or one that was inlined.
struct PlainCall {
    std::uint64_t low = 0;  ///< of its code
    std::uint32_t name = 0;
    PlainPlace site;
};

struct PlainRecord {
    std::uint32_t name = 0;
    std::optional<PlainPlace> place;  ///< of the innermost frame
    std::vector<PlainCall> calls;     ///< outermost first; none where there is no place
};

/// Errors: malformed.
Expected<PlainRecord> read_plain_record(const PlainFile::Function& function, bool big_endian,
                                        std::uint64_t address);

}  // namespace symline::gsym
