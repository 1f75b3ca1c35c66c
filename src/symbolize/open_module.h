// A Module for the rooms above: made of a file that is open already, and asked for its own open
// files, so that no file is opened twice.
#pragma once

#include <optional>

#include "elf/elf_file.h"
#include "symbolize/file_set.h"
#include "symline/error.h"
#include "symline/module.h"

namespace symline::symbolize {

/// Errors: no_index, unusable_index.
Expected<Module> open_module(elf::ElfFile file, ModuleOptions options,
                             std::optional<SeparateFile> separate = {});

/// The file that the module was opened from.
const elf::ElfFile& code_file(const Module& module);
/// The file that holds the DWARF, which lives as long as the module; null when there is none.
const elf::ElfFile* debug_file(const Module& module);

}  // namespace symline::symbolize
