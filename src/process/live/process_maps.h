// /proc/PID/maps and what belongs to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "process/corefile/core_image.h"
#include "process/corefile/core_notes.h"
#include "process/memory.h"

namespace symline::process {

struct ProcessMaps {
    std::vector<CoreSegment> segments;  ///< every mapping, by address; without contents
    std::vector<FileRange> files;       ///< the mappings of files
};

/// The text of /proc/PID/maps.
ProcessMaps parse_maps(std::string_view text);
/// Errors: not_found, unreadable.
Expected<ProcessMaps> read_maps(int pid);
/// A whole file below /proc/PID, as far as it can be read.
Expected<std::string> read_proc_file(int pid, std::string_view name);

/// The memory of a living process, through /proc/PID/mem.
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
/// For which machine the process's program is, by the header of /proc/PID/exe.
Expected<ProcessFormat> read_process_format(int pid);

}  // namespace symline::process
