#include "dwarf/call_frames.h"

#include <llvm/BinaryFormat/Dwarf.h>

#include <algorithm>
#include <iterator>

namespace symline::dwarf {
namespace {

namespace DW = llvm::dwarf;
using base::Cursor;
using Kind = RegisterRule::Kind;

/// The only form that linkers write: two offsets of 32 bits, of a function and of its FDE.
constexpr std::uint8_t kTableEncoding = DW::DW_EH_PE_datarel | DW::DW_EH_PE_sdata4;
constexpr std::uint64_t kRowSize = 8;

std::uint64_t offset_by(std::uint64_t base, std::uint32_t distance) {
    return base + static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(distance)});
}

}  // namespace

std::optional<CallFrame> simple_call_frame(const CallFrameRules& rules) {
    if (rules.cfa.kind != Kind::in_register) return std::nullopt;
    CallFrame frame;
    frame.cfa_register = rules.cfa.number;
    frame.cfa_offset = rules.cfa.offset;
    frame.return_register = rules.return_column;
    const RegisterRule* rule = rules.of(rules.return_column);
    if (rule == nullptr || rule->kind == Kind::same) return frame;
    if (rule->kind == Kind::at_offset) {
        frame.return_offset = rule->offset;
    } else if (rule->kind == Kind::in_register) {
        frame.return_register = rule->number;
    } else {
        return std::nullopt;
    }
    return frame;
}

CallFrames::CallFrames(CallFrameEntries entries) : entries_(entries) {
    read_all();
}

CallFrames::CallFrames(CallFrameEntries entries, PlacedBytes table)
    : entries_(entries), table_(table) {
    if (!open_table()) {
        table_ = {};
        read_all();
    }
}

void CallFrames::read_all() {
    CallFrameEntries::LastCommon last;
    std::uint64_t offset = 0;
    while (auto next = entries_.at(offset, last)) {
        // Zero is where linkers have put functions that they left out.
        if (next->function && next->function->begin != 0) {
            functions_.push_back({next->function->begin, next->function->size, offset});
        }
        offset = next->end;
    }
    std::ranges::stable_sort(functions_, {}, &Function::begin);
}

bool CallFrames::open_table() {
    Cursor in(table_.bytes, entries_.big_endian());
    const unsigned version = in.u8();
    const std::uint8_t frames = in.u8(), count = in.u8(), rows = in.u8();
    if (!in.ok() || version != 1 || rows != kTableEncoding) return false;
    table_base_ = table_.address;
    const EncodedPointers form{table_.address, table_.address, entries_.address_size()};
    (void)form.read(in, frames);
    const auto number = form.read(in, count);
    if (!number || *number == 0 || *number > in.remaining() / kRowSize) return false;
    table_.address += in.offset();
    table_.bytes = in.rest().first(*number * kRowSize);
    return true;
}

std::optional<std::uint64_t> CallFrames::table_entry_for(std::uint64_t address) const {
    const auto word = [&](std::uint64_t at) {
        return offset_by(table_base_, base::load<std::uint32_t>(table_.bytes.data() + at,
                                                                entries_.big_endian()));
    };
    std::uint64_t low = 0, high = table_.bytes.size() / kRowSize;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (word(middle * kRowSize) <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) return std::nullopt;
    return word((low - 1) * kRowSize + 4) - entries_.section().address;
}

std::optional<std::uint64_t> CallFrames::entry_for(std::uint64_t address) const {
    if (!table_.bytes.empty()) return table_entry_for(address);
    const auto after = std::ranges::upper_bound(functions_, address, {}, &Function::begin);
    if (after == functions_.begin()) return std::nullopt;
    const Function& function = *std::prev(after);
    if (address - function.begin >= function.size) return std::nullopt;
    return function.offset;
}

std::optional<CallFrameRules> CallFrames::rules_at(std::uint64_t address) const {
    const auto offset = entry_for(address);
    if (!offset) return std::nullopt;
    CallFrameEntries::LastCommon last;
    const auto entry = entries_.at(*offset, last);
    if (!entry || !entry->function || !entry->function->contains(address)) return std::nullopt;
    return run_call_frame_program(*last.entry, *entry->function, address, entries_.big_endian());
}

}  // namespace symline::dwarf
