#include "find/elf_wrapper.h"

#include <algorithm>
#include <string_view>

#include "elf/constants.h"
#include "find/kernel_names.h"
#include "find/kernel_payload.h"

namespace symline::find {
namespace {

/// PowerPC; s390 and parisc; x86 and sh; ARM; EFI zboot.
constexpr std::string_view kPayloadSections[] = {".kernel:vmlinux.strip", ".rodata.compressed",
                                                 ".rodata..compressed", ".piggydata", ".gzdata"};

const Section* payload_section(const elf::ElfFile& file) {
    for (const auto name : kPayloadSections) {
        if (const Section* section = file.section(name)) return section;
    }
    return nullptr;
}

/// arch/mips/boot/compressed/ld.script puts the kernel after the other data of the wrapper, which
/// are few. Empty: none there.
base::Bytes mips_payload(const elf::ElfFile& file) {
    constexpr std::size_t kMaxBefore = 65536;
    const Section* section = file.section(".data");
    const auto data = section == nullptr ? base::Bytes{} : file.contents(*section);
    if (!data) return {};
    const auto found = packed_streams(data->first(std::min(data->size(), kMaxBefore)));
    return found.empty() ? base::Bytes{} : data->subspan(found.front());
}

bool is_mips_wrapper(const elf::ElfFile& file) {
    constexpr std::uint16_t kExecutable = 2;  // ET_EXEC
    if (file.machine() != elf::kMips || file.type() != kExecutable) return false;
    if (file.section(".interp") != nullptr) return false;
    // A vmlinux may have that section too.
    if (!kernel_name(file).empty()) return false;
    return file.section(".appended_dtb") != nullptr || !mips_payload(file).empty();
}

}  // namespace

bool is_elf_wrapper(const elf::ElfFile& file) {
    if (file.relocatable()) return false;
    return payload_section(file) != nullptr || is_mips_wrapper(file);
}

Expected<base::Bytes> wrapped_kernel(const elf::ElfFile& file) {
    if (const Section* section = payload_section(file)) return file.contents(*section);
    const auto payload = mips_payload(file);
    if (!payload.empty()) return payload;
    return std::unexpected(Error{ErrorCode::not_found, {}, "no packed kernel in .data"});
}

}  // namespace symline::find
