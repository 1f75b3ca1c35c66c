// The targets of relocations in the code of a relocatable file, whose call instructions are not
// filled in until it is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "elf/elf_file.h"
#include "elf/symbol_table.h"

namespace symline::elf {

struct CodeReference {
    std::optional<FileAddress> address;  ///< a place in the file itself
    std::string_view symbol;             ///< of another file, when `address` is not there
};

/// The target of the relocation with addend (SHT_RELA) at an address, plus `distance`; nothing when
/// there is no relocation. `symbols` is the file's own table.
std::optional<CodeReference> code_reference(const ElfFile& file, const SymbolTable& symbols,
                                            FileAddress address, std::int64_t distance);

}  // namespace symline::elf
