// Mappings: which file lies where in the memory of a process, living or crashed.
//
// A list of mappings comes from Process::mappings(), or from wherever the caller has it, such as a
// profile; it goes to Symbolizer::resolve. All members are plain values that the caller owns.
//
//     if (const symline::Mapping* found = mapping_at(process.mappings(), address)) {
//         std::cout << found->path << '\n';
//     }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "symline/address.h"
#include "symline/build_id.h"

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

struct Mapping {
    RuntimeAddress begin{};
    RuntimeAddress end{};           ///< the first address after it
    std::uint64_t file_offset = 0;  ///< which byte of the file lies at `begin`
    /// Where the first byte of the module's file lies, or would lie: module offsets count from it.
    RuntimeAddress module_begin{};
    /// Known where the dynamic linker's own map says so; else the file's program headers and
    /// `file_offset` tell it.
    std::optional<LoadBias> bias{};
    /// As the process names the file, without " (deleted)"; "[vdso]" for the kernel's own.
    std::string path{};
    bool deleted = false;  ///< the file is no longer there under its name
    /// Opens this very file, whatever its name means here, as long as the process lives:
    /// "/proc/PID/map_files/BEGIN-END", "/proc/PID/exe". Empty: nothing does.
    std::string handle{};
    /// Of the file that is mapped, read from the process's memory; nothing when it is not there.
    std::optional<BuildId> build_id{};
    /// Executable memory without a file, in the place of the module's code: text that was copied to
    /// huge pages, or else. Only its bytes tell.
    bool remapped = false;
    /// The whole file where there is none on disk (the vdso).
    std::shared_ptr<const std::vector<std::uint8_t>> image{};
};

// NOLINTEND(readability-redundant-member-init)

/// The mapping that holds an address, or null. `mappings` are in the order of their addresses.
[[nodiscard]] const Mapping* mapping_at(const std::vector<Mapping>& mappings,
                                        RuntimeAddress address);

}  // namespace symline
