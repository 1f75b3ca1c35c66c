#include "vmcore/memory/physical_memory.h"

#include "vmcore/format/compressed_vmcore.h"
#include "vmcore/format/elf_vmcore.h"

namespace symline::vmcore {

Expected<std::unique_ptr<PhysicalMemory>> open_physical_memory(std::unique_ptr<DumpFile> file,
                                                               std::vector<std::string>& problems) {
    if (is_elf(*file)) return ElfVmcore::open(std::move(file), problems);
    if (is_compressed_vmcore(*file)) return CompressedVmcore::open(std::move(file), problems);
    return std::unexpected(
        Error{ErrorCode::not_elf, {}, "not a kernel dump: neither ELF nor kdump-compressed"});
}

}  // namespace symline::vmcore
