// What a Module consists of.
#pragma once

#include <utility>

#include "symbolize/file_set.h"
#include "symbolize/index_file.h"
#include "symbolize/readers.h"
#include "symbolize/symbol_tables.h"

namespace symline {

struct ModuleParts {
    ModuleParts(elf::ElfFile code, ModuleOptions options)
        : files(std::move(code), std::move(options)),
          symbols(files),
          index(files),
          readers(sources()) {}

    symbolize::Sources sources() { return {files, symbols, index}; }
    const elf::ElfFile& code() const { return files.code(); }

    symbolize::FileSet files;
    symbolize::SymbolTables symbols;
    symbolize::IndexFile index;
    symbolize::Readers readers;
};

}  // namespace symline
