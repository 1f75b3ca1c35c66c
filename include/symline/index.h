// Indexes: what lookups in a file answer, written down, so that the next run need not read the
// debug information. See ModuleIndex, which writes them.
//
//     symline::DebugFileOptions options;
//     options.index = symline::IndexUse::automatic;
//     symline::ModuleOptions with_index;
//     with_index.debug_files = std::make_shared<symline::DebugFiles>(options);
//     const auto module = symline::Module::open("vmlinux", with_index);
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace symline {

/// Whether a module is answered from an index.
enum class IndexUse {
    never,
    automatic,  ///< where there is one of the file's build id, or of its path and content
    require,    ///< a module without one cannot be opened
};

/// How far the making of an index is: `done` of `all`, both in bytes of code.
using IndexProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

struct WrittenIndex {
    std::string path;
    std::uint64_t size = 0;  ///< in bytes
};

}  // namespace symline
