// What a Module consists of.
#pragma once

#include <utility>

#include "symbolize/file_set.h"
#include "symbolize/index_file.h"
#include "symbolize/readers.h"
#include "symbolize/symbol_tables.h"

namespace symline::symbolize {

struct ModuleParts {
    ModuleParts(elf::ElfFile code, ModuleOptions options, std::optional<SeparateFile> separate = {})
        : files(std::move(code), std::move(options), std::move(separate)),
          symbols(files),
          index(files),
          readers(sources()) {}

    Sources sources() { return {files, symbols, index}; }
    const elf::ElfFile& code() const { return files.code(); }

    FileSet files;
    SymbolTables symbols;
    IndexFile index;
    Readers readers;
};

}  // namespace symline::symbolize
