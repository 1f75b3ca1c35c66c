// The stubs of a procedure linkage table: code that no symbol names, through which a program calls
// what other files define. A stub jumps to what a slot of the global offset table holds, and a
// dynamic relocation says whose address the loader puts there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elf/elf_file.h"

namespace symline::elf {

struct PltStub {
    std::uint64_t low = 0, high = 0;
    std::string name;  ///< "qsort@plt", as gdb and objdump write it
};

class PltStubs {
public:
    /// Decodes the stubs of x86-64, i386 and AArch64; of other machines there are none. Whatever
    /// does not look like a stub is passed over.
    static PltStubs of(const ElfFile& file);
    /// True for a section that holds stubs.
    static bool is_plt(const Section& section);

    /// The stub that holds an address; null when there is none.
    const PltStub* at(FileAddress address) const;
    std::size_t size() const { return stubs_.size(); }

private:
    std::vector<PltStub> stubs_;  ///< by address
};

}  // namespace symline::elf
