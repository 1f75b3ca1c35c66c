// Everything that the library can be asked of one ELF image: what the fuzz targets and the damage
// test run.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace symline::fuzz {

/// What a probe got out of an image, so that a test can tell an answer from silence.
struct Findings {
    std::uint64_t sections = 0;
    std::uint64_t symbols = 0;
    std::uint64_t frames = 0;
    std::uint64_t named_frames = 0;
    std::uint64_t variables = 0;

    Findings& operator+=(const Findings& other);
};

/// Headers, contents of every section, segments, notes and links, symbols, call frame information.
Findings probe_elf(base::Bytes image);
/// Frames and variables at several addresses of every allocated section. References into a
/// supplementary file lead into `supplementary`, or back into the image where that is empty.
Findings probe_dwarf(base::Bytes image, base::Bytes supplementary = {});
/// Unit by unit: unit DIEs, functions, ranges, line tables, and frames where functions begin.
Findings probe_units(base::Bytes image, base::Bytes supplementary = {});
/// A name; ends the process when the result is longer than a demangled name may be.
void probe_demangle(std::string_view name);

}  // namespace symline::fuzz
