// /proc/PID/maps and what belongs to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "process/core_image.h"
#include "process/core_notes.h"
#include "process/memory.h"

namespace symline::process {

struct ProcessMaps {
    std::vector<CoreSegment> segments;  ///< every mapping, by address; none lies in a file
    std::vector<FileRange> files;       ///< those of files
};

/// The text of /proc/PID/maps.
ProcessMaps parse_maps(std::string_view text);
/// Errors: not_found, unreadable.
Expected<ProcessMaps> read_maps(int pid);
/// A file below /proc whole, as far as it can be read.
Expected<std::string> read_proc_file(int pid, std::string_view name);

/// The memory of a living process, by /proc/PID/mem.
class ProcessMemory : public Memory {
public:
    explicit ProcessMemory(int pid);
    ProcessMemory(const ProcessMemory&) = delete;
    ProcessMemory& operator=(const ProcessMemory&) = delete;
    ~ProcessMemory() override;
    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;

private:
    int descriptor_;
};

struct ProcessFormat {
    WordFormat format;
    std::uint16_t machine = 0;
};
/// What the process's program is for, by the header of /proc/PID/exe.
Expected<ProcessFormat> read_process_format(int pid);

}  // namespace symline::process
