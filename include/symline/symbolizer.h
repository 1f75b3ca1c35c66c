// From a runtime address and a list of mappings to frames: finds the file that was mapped, and asks
// it. For mappings that come from elsewhere, such as a profile; a Process has its own Symbolizer.
//
//     symline::Symbolizer symbolizer;
//     const auto place = symbolizer.resolve(mappings, {{0x55d0c0de1234}});
//
// A Symbolizer owns the modules that it has opened and keeps them, so that the views in its answers
// live as long as the Symbolizer itself. A file on disk is used only when its build id is the one
// that the process had in memory; a file that was replaced or deleted is looked for by build id in
// the places of SymbolizerOptions::debug_files. It must not be used by two threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address.h"
#include "symline/address_space.h"
#include "symline/debug_files.h"
#include "symline/frame.h"
#include "symline/mapping.h"
#include "symline/module.h"

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

struct SymbolizerOptions {
    /// Where files are looked for by build id; null: in the places of a DebugFiles of its own.
    std::shared_ptr<DebugFiles> debug_files{};
    /// Stand in front of the paths of mappings, tried in order ("/proc/PID/root", a sysroot). None:
    /// paths as they are.
    std::vector<std::string> roots{};
    /// The same, tried next, for files that can be compared with what was mapped.
    std::vector<std::string> other_roots{};
    /// Files that are asked first, whatever their name: the program. Used where build ids agree.
    std::vector<std::string> files{};
    /// Folders in which a file is looked for by the last part of its name, and used where build ids
    /// agree: the program's and the core's own.
    std::vector<std::string> folders{};
    /// Mapped under this path: the program itself, for which `files.front()` is used also when
    /// there are no build ids to compare.
    std::string program_path{};
    std::string split_package{};  ///< see ModuleOptions; for every file
    /// Asked last, where no file is found: the file as far as the process has it in memory, as an
    /// ELF file; empty where it has not enough of it.
    std::function<std::vector<std::uint8_t>(const Mapping&)> from_memory{};
    /// Copies memory of the process where it shows the file of a mapping, or what has taken its
    /// place, if the mapping is remapped; false where it does not, or not all of it can be read.
    /// Compared with files that have no build id, and with code that was moved.
    std::function<bool(const Mapping&, RuntimeAddress, std::span<std::uint8_t>)> read_memory{};
    /// e_machine: files for others are not used; 0: any.
    std::uint16_t machine = 0;
    /// When the process was last seen alive, in seconds since 1970: see changed_since(). 0: not
    /// known, or still.
    std::int64_t last_seen = 0;
};

// NOLINTEND(readability-redundant-member-init)

class Symbolizer {
public:
    explicit Symbolizer(SymbolizerOptions options = {});
    Symbolizer(Symbolizer&&) noexcept;
    Symbolizer& operator=(Symbolizer&&) noexcept;
    ~Symbolizer();

    /// `mappings` are in the order of their addresses. What the answer views belongs to this
    /// Symbolizer.
    [[nodiscard]] ResolvedAddress resolve(const std::vector<Mapping>& mappings, CodeAddress address,
                                          Detail detail = Detail::frames);

    /// The file that a mapping shows, opened; null when it cannot be had.
    [[nodiscard]] const Module* module(const Mapping& mapping);
    /// Why module() is null, in words; empty when it is not.
    [[nodiscard]] std::string_view reason(const Mapping& mapping);
    /// What was asked by build id for a file that was not found otherwise; see DebugFiles.
    [[nodiscard]] std::span<const TriedPlace> tried(const Mapping& mapping);
    /// How the file was found.
    [[nodiscard]] FoundBy found_by(const Mapping& mapping);
    /// Whether the file could be compared with the one that was mapped: by its build id, or by
    /// those of its bytes that the process has in memory.
    [[nodiscard]] bool compared(const Mapping& mapping);
    /// Why the file is one that was made from memory; empty where it is another.
    [[nodiscard]] std::string_view why_from_memory(const Mapping& mapping);
    /// Whether the file was changed after the process was last seen, and has no build id.
    [[nodiscard]] bool changed_since(const Mapping& mapping);
    /// Whether the bytes in memory at an address of a remapped mapping are those of the file, but
    /// for a few that were patched; true where one of the two is not there.
    [[nodiscard]] bool is_code_of_file(const Mapping& mapping, RuntimeAddress address);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace symline
