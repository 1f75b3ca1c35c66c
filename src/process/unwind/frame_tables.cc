#include "process/unwind/frame_tables.h"

#include <utility>

#include "dwarf/call_frame_sections.h"
#include "symbolize/open_module.h"

namespace symline::process {

std::optional<dwarf::CallFrameRules> FrameTables::rules_at(std::uint64_t address) {
    const std::uint64_t place = address - bias_;
    if (!std::exchange(eh_opened_, true)) {
        eh_ = dwarf::open_eh_frames(symbolize::code_file(module_));
    }
    if (eh_) {
        if (auto rules = eh_->rules_at(place)) return rules;
    }
    if (!std::exchange(debug_opened_, true)) {
        const elf::ElfFile* debug = symbolize::debug_file(module_);
        if (debug != nullptr) debug_ = dwarf::open_debug_frames(*debug);
    }
    return debug_ ? debug_->rules_at(place) : std::nullopt;
}

const ExidxTable* FrameTables::exidx() {
    if (!std::exchange(exidx_sought_, true)) {
        exidx_ = find_exidx(symbolize::code_file(module_), bias_);
    }
    return exidx_ ? &*exidx_ : nullptr;
}

}  // namespace symline::process
