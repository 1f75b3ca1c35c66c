// Function descriptors of 64-bit PowerPC (ELFv1, the ABI of big-endian systems): the symbol of a
// function names three doublewords in .opd, of which the first is the address of its code.
#pragma once

#include <memory>
#include <optional>

#include "elf/elf_file.h"
#include "elf/symbol_entries.h"

namespace symline::elf {

/// Gives each function's entry that names a descriptor the section, the value and the size of the
/// code. `entries` keeps its own copy then: nothing that reads entries knows of descriptors.
/// `code` is the file with the contents of .opd: that of the entries, or the one whose debug file
/// it is. Entries stay as they are where the descriptor does not lead to code.
void follow_function_descriptors(SymbolEntries& entries, const ElfFile& code);

/// The code of the descriptor at `address`; `address` itself where no descriptor is.
FileAddress described_code(const ElfFile& file, FileAddress address);

/// The descriptors of one file, for addresses in .opd: what a pointer to a function holds.
class FunctionDescriptors {
public:
    /// `file` must outlive the result. Without an .opd, it knows no code.
    static FunctionDescriptors of(const ElfFile& file);
    static bool may_be_in(const ElfFile& file);
    static bool is_table(const Section& section) { return section.name == ".opd"; }

    /// The code of the descriptor that begins at an address,
    std::optional<FileAddress> code_of(FileAddress descriptor) const;
    /// and of the one that an address is in.
    std::optional<FileAddress> code_at(FileAddress address) const;

private:
    struct Table;
    std::shared_ptr<const Table> table_;
};

}  // namespace symline::elf
