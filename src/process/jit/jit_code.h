// Generated code of one process: finds the files that its compilers have written of it.
//
// Anybody may write /tmp/perf-4711.map before a process gets that number: a file is used only where
// it is a regular one, belongs to the process's user or to root, may not be written by everybody,
// and was written while the process lived.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "process/jit/jit_names.h"
#include "process/snapshot.h"

namespace symline::process {

/// Whose files are used.
struct JitOwner {
    std::uint32_t pid = 0;              ///< as the process sees it, in its namespace
    std::optional<std::uint32_t> user;  ///< nothing: not known, and no file is used
    std::int64_t since = 0;             ///< in seconds since 1970; 0: not known
    std::int64_t until = 0;             ///< 0: it lives
};

/// Of a living process, as /proc says it.
JitOwner owner_of(int pid);

class JitCode {
public:
    /// `roots` stand before the process's paths; none of the process's links leads out of them.
    JitCode(JitOwner owner, std::vector<std::string> roots);

    struct Place {
        JitPlace function;
        std::string path;  ///< of the file that names it, as the process calls it
    };
    /// Reads the files when it is called first. `process` is the same in each call.
    std::optional<Place> find(const Snapshot& process, std::uint64_t address);

private:
    struct File {
        std::string path;
        std::unique_ptr<JitNames> names;
    };
    void open_files(const Snapshot& process);
    void open_file(const Snapshot& process, const std::string& path);
    std::optional<base::RegularFile> open_own(const std::string& root,
                                              const std::string& path) const;

    JitOwner owner_;
    std::vector<std::string> roots_;
    bool opened_ = false;
    std::vector<File> files_;
};

}  // namespace symline::process
