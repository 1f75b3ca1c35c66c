// Which function of a GSYM file an address belongs to.
#pragma once

#include <cstdint>

#include "gsym/gsym_file.h"

namespace symline::gsym {

class FunctionSearch {
public:
    /// The number of the last function that starts at or before an address; file.functions() when
    /// there is none. `file` is the same one every time.
    std::uint32_t last_at(GsymFile& file, std::uint64_t address);

private:
    const std::uint8_t* whole_table(GsymFile& file);
    template <typename Offset>
    std::uint32_t last_near(const std::uint8_t* table, std::uint32_t count, std::uint64_t offset);

    base::Bytes table_;  ///< see whole_table()
    std::uint32_t lookups_ = 0;
    std::uint32_t last_found_ = 0;  ///< the function of the last lookup
};

}  // namespace symline::gsym
