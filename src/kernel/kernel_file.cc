#include "kernel/kernel_file.h"

namespace symline::kernel {

const KernelSymbols& KernelFile::symbols() {
    if (symbols_ == nullptr) symbols_ = std::make_unique<KernelSymbols>(module);
    return *symbols_;
}

symbolize::CallAt KernelFile::call_ends_at(FileAddress address) {
    const symbolize::CallAt in_file = symbolize::call_ends_at(module, address);
    if (in_file != symbolize::CallAt::no) return in_file;
    return patched_calls().end_at(address) ? symbolize::CallAt::yes : symbolize::CallAt::no;
}

const PatchedCalls& KernelFile::patched_calls() {
    if (patched_calls_ == nullptr) patched_calls_ = std::make_unique<PatchedCalls>(module);
    return *patched_calls_;
}

bool KernelFile::is_last(const Symbol& symbol, std::uint64_t printed_size) const {
    const auto place = module.sections().offset_of(symbol.address);
    return !place || place->offset + printed_size >= place->section->size;
}

void KernelFile::count_size(const Symbol& symbol, SizeMatch match) {
    if (counted_.size() >= kMaxCounted) return;
    const bool is_new = counted_.insert(symbol.address.value).second;
    if (is_new && match == SizeMatch::other) ++differing_;
}

bool KernelFile::of_another_build() const {
    return differing_ > 1 && differing_ * 10 > counted_.size();
}

}  // namespace symline::kernel
