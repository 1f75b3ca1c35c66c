#include "elf/xxh3.h"

#include <llvm/Support/xxhash.h>

namespace symline::elf {

std::uint64_t xxh3(std::string_view text) {
    return llvm::xxh3_64bits(llvm::StringRef(text));
}

}  // namespace symline::elf
