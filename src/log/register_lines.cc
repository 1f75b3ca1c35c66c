#include "log/register_lines.h"

#include "log/text.h"

namespace symline::log {

namespace {

constexpr std::size_t kMaxRegisters = 512;

struct Register {
    std::string_view name;
    Kind kind;
};

// As they stand at the start of a line, and what may follow in the same line.
constexpr Register kPcRegisters[] = {
    {"epc", Kind::exact}, {"pc", Kind::exact}, {"NIP:", Kind::exact}};
constexpr Register kReturnRegisters[] = {
    {"ra", Kind::call}, {"LR:", Kind::call}, {"lr", Kind::call}};

/// "NAME : ADDRESS" or "NAME ADDRESS", the address without brackets or a symbol after it.
bool read_register(const LineContext& line, Cursor& at, const Register& wanted) {
    if (!at.take(wanted.name)) return false;
    at.skip_spaces();
    at.take(':');
    at.skip_spaces();
    const auto from = at.at();
    const auto address = at.hex();
    if (!address || (address->digits != 8 && address->digits != 16)) return false;
    const auto end = at.at();
    if (!at.at_end() && !is_space(line.line[end])) return false;
    if (is_kernel_address(*address))
        line.add(Format::oops, wanted.kind, from, end).address = address->value;
    return true;
}

void add_pc(const LineContext& line, const Number& address, std::size_t from, std::size_t to) {
    if (is_kernel_address(address))
        line.add(Format::oops, Kind::exact, from, to).address = address.value;
}

/// "RIP: 0010:0xffff8c2ed5dfcf00": in the kernel's segment, and not a jump to nowhere.
bool read_raw_rip(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take("RIP: ") || !at.hex() || !at.take(':')) return false;
    const auto from = at.at();
    const auto address = at.prefixed_hex();
    if (!address) return false;
    if (!ends_with_user_segment(line.line.substr(0, from))) add_pc(line, *address, from, at.at());
    return true;
}

/// "PANIC: early exception 0x0e IP 10:ffffffff81455578 error 0 cr2 0x…", before Linux 4.7 with
/// "rip" and in brackets
bool read_early_exception(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take("PANIC: early exception ") || !at.any_hex()) return false;
    if (!at.take(" IP ") && !at.take(" rip ")) return false;
    if (!at.hex() || !at.take(':')) return false;
    const auto from = at.at();
    const auto address = at.hex();
    if (!address) return false;
    add_pc(line, *address, from, at.at());
    return true;
}

/// "     vec 0000000e  err 00000002   EIP c14c2a4b   CS 00000060  flg 00010006" of i386's early
/// exceptions, until Linux 4.6
bool read_early_eip(const LineContext& line) {
    if (!line.message.starts_with("vec ")) return false;
    const auto label = line.message.find(kEarlyEip);
    if (label == std::string_view::npos) return false;
    Cursor at(line.line, line.start() + label + kEarlyEip.size());
    at.skip_spaces();
    const auto from = at.at();
    const auto address = at.hex();
    if (!address || !is_space(at.peek())) return false;
    add_pc(line, *address, from, at.at());
    return true;
}

/// "Faulting instruction address: 0xc000000000708f88" (ppc), "NMI backtrace for cpu 1 skipped:
/// idling at pc 0xffffffff8b5b8e56", "… IP: 0xffffffff81455578", "rip=0xffffffff81455578", QEMU's
/// "RIP=ffffffff81455578 RFL=00000246"
bool read_labelled_pc(const LineContext& line) {
    // Registers stand near the start of what the kernel prints; all but QEMU's have the "0x".
    const auto head = line.message.substr(0, kMaxRegisters);
    if (!contains(head, "0x") && !head.starts_with("RIP=")) return false;
    for (const Mark& label : kPcLabels) {
        const auto found = head.find(label.word);
        if (found == std::string_view::npos) continue;
        if (found > 0 && !is_space(head[found - 1])) continue;
        const auto prefix = label.word.ends_with("0x") ? std::size_t{2} : 0;
        const auto from = line.start() + found + label.word.size() - prefix;
        Cursor at(line.line, from);
        const auto address = at.any_hex();
        if (!address || (address->digits != 8 && address->digits != 16)) continue;
        if (is_symbol_char(at.peek())) continue;
        add_pc(line, *address, from, at.at());
        return true;
    }
    return false;
}

/// "… at virtual address 0000000000000000, epc == ffffffff80123456, ra == ffffffff80123400", where
/// loongarch has "era"
bool read_fault_registers(const LineContext& line) {
    const auto head = line.message.substr(0, kMaxRegisters);
    if (!contains(head, ", ra == ")) return false;
    for (const Mark& label : kFaultMarks) {
        const auto found = head.find(label.word);
        if (found == std::string_view::npos) continue;
        Cursor at(line.line, line.start() + found + label.word.size());
        auto from = at.at();
        const auto pc = at.hex();
        if (!pc || !at.take(", ra == ")) continue;
        add_pc(line, *pc, from, from + pc->digits);
        from = at.at();
        const auto caller = at.hex();
        if (caller && is_kernel_address(*caller))
            line.add(Format::oops, Kind::call, from, at.at()).address = caller->value;
        return true;
    }
    return false;
}

}  // namespace

bool read_register_line(const LineContext& line) {
    if (read_raw_rip(line) || read_early_exception(line)) return true;
    // Frames, which most lines here are, have an offset.
    if (!line.begins_as_frame && !line.message.contains('+') &&
        (read_early_eip(line) || read_fault_registers(line) || read_labelled_pc(line)))
        return true;
    for (const auto& pc : kPcRegisters) {
        Cursor at(line.line, line.start());
        if (!read_register(line, at, pc)) continue;
        at.skip_spaces();
        for (const auto& caller : kReturnRegisters) {
            if (at.rest().starts_with(caller.name) && read_register(line, at, caller)) break;
        }
        // mips and riscv may print a symbol after the address: that is the better answer.
        if (contains(line.message, "+0x")) {
            line.result.occurrences.clear();
            return false;
        }
        return true;
    }
    return false;
}

}  // namespace symline::log
