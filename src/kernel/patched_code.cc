#include "kernel/patched_code.h"

#include <algorithm>

#include "elf/constants.h"
#include "kernel/patch_sites.h"

namespace symline::kernel {
namespace {

constexpr std::uint32_t kWholeAddress = 1;  ///< R_X86_64_64: the one field of code that is longer

}  // namespace

PatchedCode::PatchedCode(const Module& module) {
    if (module.elf().type() == FileType::relocatable) read_relocations(module);
    read_alternatives(module);
    order();
}

void PatchedCode::read_relocations(const Module& module) {
    const bool x86_64 = module.elf().machine() == elf::kX86_64;
    for (const Section& code : module.sections().all()) {
        if (!code.allocated() || !code.executable()) continue;
        const Section* table = relocations_of(module, code);
        if (table == nullptr) continue;
        for (const RelocationEntry& entry : relocation_entries(module, *table)) {
            if (entry.offset >= code.size) continue;
            const auto begin = code.address.value + entry.offset;
            ranges_.push_back({begin, begin + (x86_64 && entry.type == kWholeAddress ? 8 : 4)});
        }
    }
}

void PatchedCode::read_alternatives(const Module& module) {
    for (const Alternative& entry : alternatives(module)) {
        ranges_.push_back({entry.site.value, entry.site.value + entry.size});
    }
}

void PatchedCode::order() {
    std::ranges::sort(ranges_, {}, &Range::begin);
    std::size_t last = 0;
    for (std::size_t i = 1; i < ranges_.size(); ++i) {
        if (ranges_[i].begin <= ranges_[last].end) {
            ranges_[last].end = std::max(ranges_[last].end, ranges_[i].end);
        } else {
            ranges_[++last] = ranges_[i];
        }
    }
    if (!ranges_.empty()) ranges_.resize(last + 1);
}

bool PatchedCode::holds(FileAddress address, std::uint64_t size) const {
    const auto after =
        std::ranges::upper_bound(ranges_, address.value + size - 1, {}, &Range::begin);
    return after != ranges_.begin() && (after - 1)->end > address.value;
}

}  // namespace symline::kernel
