// What stands, here, before the paths of a core's files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"
#include "process/memory.h"

namespace symline::process {

class FileRoots {
public:
    /// The sysroot. Else, and for what an emulator ran outside of its sysroot, the paths as they
    /// are. `machine` is the core's e_machine; 0: any.
    FileRoots(std::string_view sysroot, std::uint16_t machine, WordFormat format);

    /// Adds the folders of cross compilers (/usr/aarch64-linux-gnu), which qemu-user is run with,
    /// where there is no sysroot and the program's interpreter is not at its path.
    void add_cross_folders(const std::string& interpreter);

    /// A file for the core's machine, below none of the roots.
    std::optional<elf::ElfFile> open(const std::string& path) const;
    /// Where such a file is, below the first root that has one.
    std::optional<std::string> find(const std::string& path) const;

    const std::vector<std::string>& all() const { return roots_; }

private:
    std::vector<std::string> roots_;
    bool has_sysroot_;
    std::uint16_t machine_;
    WordFormat format_;
};

}  // namespace symline::process
