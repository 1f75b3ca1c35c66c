// What a Module consists of, and what of it the objects see that it hands out.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "symbolize/file_set.h"
#include "symbolize/index_file.h"
#include "symbolize/readers.h"
#include "symbolize/symbol_tables.h"
#include "symline/module.h"

namespace symline {

struct ModuleElf::Parts {
    const elf::ElfFile& code;
};

struct ModuleSections::Parts {
    const elf::ElfFile& code;
};

struct ModuleSymbols::Parts {
    symbolize::SymbolTables& tables;
};

struct ModuleFiles::Parts {
    symbolize::FileSet& files;
};

struct ModuleIndex::Parts {
    symbolize::Sources sources;
    symbolize::IndexFile& index;
    symbolize::Readers& readers;
};

struct Module::Parts {
    Parts(elf::ElfFile file, ModuleOptions options,
          std::optional<symbolize::SeparateFile> separate = {})
        : files(std::move(file), std::move(options), std::move(separate)),
          symbols(files),
          index(files),
          readers(sources()) {}

    static Module module_of(std::unique_ptr<Parts> parts) { return Module(std::move(parts)); }
    static Parts& of(const Module& module) { return *module.parts_; }

    symbolize::Sources sources() { return {files, symbols, index}; }
    const elf::ElfFile& code() const { return files.code(); }

    symbolize::FileSet files;
    symbolize::SymbolTables symbols;
    symbolize::IndexFile index;
    symbolize::Readers readers;

    ModuleElf::Parts elf_view{files.code()};
    ModuleSections::Parts sections_view{files.code()};
    ModuleSymbols::Parts symbols_view{symbols};
    ModuleFiles::Parts files_view{files};
    ModuleIndex::Parts index_view{sources(), index, readers};
};

}  // namespace symline
