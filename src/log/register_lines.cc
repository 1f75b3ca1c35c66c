#include "log/register_lines.h"

#include "log/text.h"

namespace symline::log {

namespace {

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

/// "RIP: 0010:0xffff8c2ed5dfcf00": in the kernel's segment, and not a jump to nowhere.
bool read_raw_rip(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take("RIP: 00") || !at.hex() || !at.take(':')) return false;
    const auto from = at.at();
    const auto address = at.prefixed_hex();
    if (!address) return false;
    if (is_kernel_address(*address))
        line.add(Format::oops, Kind::exact, from, at.at()).address = address->value;
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
    if (is_kernel_address(*address))
        line.add(Format::oops, Kind::exact, from, at.at()).address = address->value;
    return true;
}

}  // namespace

bool read_register_line(const LineContext& line) {
    if (read_raw_rip(line) || read_early_exception(line)) return true;
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
