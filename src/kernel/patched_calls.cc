#include "kernel/patched_calls.h"

#include <algorithm>

#include "elf/constants.h"
#include "kernel/patch_sites.h"
#include "symbolize/calls.h"

namespace symline::kernel {

PatchedCalls::PatchedCalls(const Module& module)
    : module_(module), alternatives_(alternatives(module)) {
    std::ranges::stable_sort(alternatives_, {}, &Alternative::site);
    add_retpolines();
    add_paravirt_calls();
    add_expolines();
    std::ranges::sort(ends_);
}

bool PatchedCalls::end_at(FileAddress address) const {
    return std::ranges::binary_search(ends_, address.value) || ends_alternative(address);
}

/// What replaces the instructions of a site is copied to the site's start.
bool PatchedCalls::ends_alternative(FileAddress address) const {
    constexpr std::uint64_t kMaxReplacement = 255;  // the size of one is a byte
    auto at = std::ranges::lower_bound(alternatives_, address, {}, &Alternative::site);
    while (at != alternatives_.begin()) {
        --at;
        const std::uint64_t size = address.value - at->site.value;
        if (size > kMaxReplacement) break;
        if (size > at->replacement_size) continue;
        // A call that begins before the replacement is another one's.
        const FileAddress in_replacement{at->replacement.value + size};
        if (symbolize::call_ends_at(module_, in_replacement, size) == symbolize::CallAt::yes)
            return true;
    }
    return false;
}

/// Of several entries of a site the last one that applies is what runs. What runs before the kernel
/// has patched itself, its initialisation, may still have called.
bool PatchedCalls::is_native_at(FileAddress address) const {
    constexpr std::uint32_t kXenParavirtualised = 8 * 32 + 16;  // X86_FEATURE_XENPV
    if (address.value == 0) return false;
    const auto place = module_.sections().offset_of(FileAddress{address.value - 1});
    if (!place || place->section->name.starts_with(".init")) return false;
    const auto after = std::ranges::lower_bound(alternatives_, address, {}, &Alternative::site);
    if (after == alternatives_.begin()) return false;
    const Alternative& last = *(after - 1);
    return last.feature == kXenParavirtualised && last.when_missing &&
           address.value - last.site.value <= last.size && !ends_alternative(address);
}

/// A call of a retpoline becomes "call *%reg", of two or three bytes, after lfence of five or six,
/// or stays a near call (arch/x86/kernel/alternative.c, patch_retpoline).
void PatchedCalls::add_retpolines() {
    constexpr std::uint64_t kSizes[] = {2, 3, 5, 6};
    constexpr std::uint8_t kSegmentPrefix = 0x2e;
    constexpr std::uint8_t kCall = 0xe8;
    const Section* section = module_.sections().named(".retpoline_sites");
    if (section == nullptr) return;
    for (const FileAddress site : relative_sites(module_, *section)) {
        const auto code = module_.sections().contents_at(site, 2);
        if (code.size() < 2) continue;
        if (code[code[0] == kSegmentPrefix ? 1 : 0] != kCall) continue;
        for (const std::uint64_t size : kSizes) ends_.push_back(site.value + size);
    }
}

/// The indirect call of the file, of six bytes, becomes a near call.
void PatchedCalls::add_paravirt_calls() {
    for (const FileAddress site : paravirt_sites(module_)) {
        ends_.push_back(site.value + symbolize::kX86NearCall);
    }
}

/// s390: BRASL to an expoline becomes BASR where the processor needs none
/// (arch/s390/kernel/nospec-branch.c).
void PatchedCalls::add_expolines() {
    constexpr std::uint64_t kBasr = 2;
    if (module_.elf().machine() != elf::kS390) return;
    for (const Section& section : module_.sections().all()) {
        const bool listed =
            section.name == ".nospec_call_table" || section.name.starts_with(".s390_indirect");
        if (!listed) continue;
        for (const FileAddress site : relative_sites(module_, section)) {
            const auto code = module_.sections().contents_at(site, 2);
            const bool brasl = code.size() == 2 && code[0] == 0xc0 && (code[1] & 0x0f) == 5;
            if (brasl) ends_.push_back(site.value + kBasr);
        }
    }
}

}  // namespace symline::kernel
