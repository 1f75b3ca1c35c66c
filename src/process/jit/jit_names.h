// What just-in-time compilers write of the code that they make, for profilers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/regular_file.h"

namespace symline::process {

/// Views live as long as the JitNames.
struct JitPlace {
    std::string_view name;
    std::uint64_t begin = 0;  ///< of the function's code
    std::string_view file;    ///< empty: not known
    std::uint32_t line = 0;
};

class JitNames {
public:
    virtual ~JitNames() = default;
    /// The last function that was made at an address.
    virtual std::optional<JitPlace> find(std::uint64_t address) = 0;
    /// Whether most of the code lies where `is_code` says there is some: a file of another process
    /// would not fit.
    virtual bool fits(const std::function<bool(std::uint64_t)>& is_code) const = 0;
};

/// "/tmp/perf-PID.map": a line for each function, with address, size and name (the kernel's
/// tools/perf/Documentation/jit-interface.txt). Null where there is none.
std::unique_ptr<JitNames> read_perf_map(const base::RegularFile& file);

/// "jit-PID.dump" (tools/perf/Documentation/jitdump-specification.txt) of the process `pid`. Null
/// where it is none, or another process's.
std::unique_ptr<JitNames> read_jitdump(base::RegularFile file, std::uint32_t pid);

}  // namespace symline::process
