// What the headers of a module's ELF file say: what it is for, and where it is loaded.
//
//     if (module.elf().type() == symline::FileType::relocatable) {
//         std::cout << module.path() << " is a kernel module or an object file\n";
//     }
#pragma once

#include <cstdint>
#include <optional>

#include "symline/address.h"

namespace symline {

class Module;

enum class FileType { executable, shared, relocatable, core, other };  ///< e_type

/// Made by Module::elf(); valid as long as the Module.
class ModuleElf {
public:
    [[nodiscard]] FileType type() const;
    /// e_machine of the ELF header (62 is x86-64).
    [[nodiscard]] std::uint16_t machine() const;
    /// Bytes in an address: 4 or 8.
    [[nodiscard]] unsigned address_size() const;
    [[nodiscard]] bool big_endian() const;

    /// The page that the first segment begins in: where a program is linked to be loaded.
    [[nodiscard]] FileAddress load_start() const;
    /// The address that a program or library maps the byte `offset` of its file to, by its program
    /// headers: perf names places in user programs so. Nothing where no segment holds it.
    [[nodiscard]] std::optional<FileAddress> address_of_file_offset(std::uint64_t offset) const;
    /// The address `offset` bytes into the mapping of the file's code, which begins at a page.
    [[nodiscard]] std::optional<FileAddress> address_in_code_mapping(std::uint64_t offset) const;

private:
    friend class Module;
    struct Parts;
    explicit ModuleElf(const Parts& parts) : parts_(&parts) {}
    const Parts* parts_;
};

}  // namespace symline
