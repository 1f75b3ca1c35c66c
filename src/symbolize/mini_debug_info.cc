#include "symbolize/mini_debug_info.h"

#include <utility>

namespace symline::symbolize {
namespace {

/// Fedora's largest is 3 MB.
constexpr std::uint64_t kLargest = std::uint64_t{256} << 20;

}  // namespace

std::unique_ptr<MiniDebugInfo> MiniDebugInfo::of(const elf::ElfFile& file) {
    const Section* section = file.section(".gnu_debugdata");
    if (section == nullptr) return nullptr;
    const auto packed = file.contents(*section);
    auto pages = packed ? base::unpack(*packed, kLargest) : std::unexpected(packed.error());
    if (!pages) return nullptr;
    auto inner = elf::ElfFile::from_memory(file.path() + " (.gnu_debugdata)", pages->bytes());
    if (!inner || inner->machine() != file.machine()) return nullptr;
    auto kept = std::make_unique<elf::ElfFile>(std::move(*inner));
    auto symbols = elf::SymbolTable::of(*kept, file);
    if (!symbols || symbols->empty()) return nullptr;
    symbols->take_as_partial();
    return std::unique_ptr<MiniDebugInfo>(
        new MiniDebugInfo(std::move(*pages), std::move(kept), std::move(*symbols)));
}

}  // namespace symline::symbolize
