// The DWARF of a relocatable file whose sections are placed at addresses, as a linker or the kernel
// places them. LLVMSymbolizer takes all sections to begin at 0, and names functions of others.
#pragma once

#include <memory>
#include <vector>

#include <llvm/DebugInfo/DIContext.h>
#include <llvm/Object/ObjectFile.h>

#include "llvm_reader/messages.h"

namespace symline::llvm_reader {

class PlacedFile {
public:
    /// `addresses`: of each section, by its index.
    static llvm::Expected<PlacedFile> open(const std::string& path,
                                           std::vector<std::uint64_t> addresses);

    llvm::DIInliningInfo code(llvm::object::SectionedAddress address,
                              llvm::DILineInfoSpecifier specifier);

private:
    PlacedFile() = default;

    std::vector<std::uint64_t> addresses_;
    llvm::object::OwningBinary<llvm::object::ObjectFile> file_;
    std::unique_ptr<llvm::DIContext> dwarf_;
};

}  // namespace symline::llvm_reader
