// MiniDebugInfo: a symbol table alone, in an ELF file that is packed into .gnu_debugdata. It names
// the functions that .dynsym does not.
#pragma once

#include <memory>

#include "base/unpack.h"
#include "elf/elf_file.h"
#include "elf/symbol_table.h"

namespace symline::symbolize {

class MiniDebugInfo {
public:
    /// Null when the file has none, or one that cannot be read.
    static std::unique_ptr<MiniDebugInfo> of(const elf::ElfFile& file);

    const elf::SymbolTable& symbols() const { return symbols_; }

private:
    MiniDebugInfo(base::Pages pages, std::unique_ptr<elf::ElfFile> file, elf::SymbolTable symbols)
        : pages_(std::move(pages)), file_(std::move(file)), symbols_(std::move(symbols)) {}

    base::Pages pages_;
    std::unique_ptr<elf::ElfFile> file_;
    elf::SymbolTable symbols_;
};

}  // namespace symline::symbolize
