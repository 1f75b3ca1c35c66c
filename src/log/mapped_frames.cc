#include "log/mapped_frames.h"

#include "log/text.h"

namespace symline::log {

namespace {

/// "ip 00007f12", "ip:401136"
std::optional<Number> read_ip(std::string_view message, std::size_t& from) {
    for (const std::string_view label : {" ip ", " ip:"}) {
        const auto found = message.find(label);
        if (found == std::string_view::npos) continue;
        Cursor at(message, found + label.size());
        from = found + 1;
        if (const auto ip = at.hex()) return ip;
    }
    return std::nullopt;
}

}  // namespace

/// "… ip 00007f… sp 00007ffd… error 14 in evolution[55a0bcea4000+4000] likely on CPU 11"; since
/// Linux 6.7 "in libc.so.6[28700,7f0000001000+175000]", the offset in the file first.
bool read_segfault(const LineContext& line) {
    const auto message = line.message.substr(0, 4096);
    const auto error = message.find(" error");
    const auto in = message.find(" in ", error);
    if (error == std::string_view::npos || in == std::string_view::npos) return false;
    std::size_t from = 0;
    const auto ip = read_ip(message.substr(0, error), from);
    // A file's name may hold brackets and spaces: the last ones that fit are the mapping's.
    const auto open = message.rfind('[');
    if (!ip || open == std::string_view::npos || open <= in + 4) return false;
    Cursor at(message, open + 1);
    auto base = at.hex();
    std::optional<Number> file_offset;
    if (base && at.take(',')) {
        file_offset = base;
        base = at.hex();
    }
    if (!base || !at.take('+')) return false;
    const auto size = at.hex();
    if (!size || !at.take(']')) return false;
    auto& added =
        line.add(Format::segfault, Kind::exact, line.start() + from, line.start() + at.at());
    added.file = message.substr(in + 4, open - in - 4);
    added.mapping = {added.file, base->value, size->value};
    added.address = file_offset ? file_offset->value : ip->value;
    added.space = file_offset ? AddressScope::file : AddressScope::user;
    added.is_file_offset = file_offset.has_value();
    added.low_bits_differ = file_offset && low_bits_differ(ip->value, file_offset->value);
    return true;
}

/// "    [93ac61ec…8a40]@0x7ffff7dd2000+0x3bfb1": eu-stack has already taken the 1 off.
bool read_build_id_frame(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take('[')) return false;
    const auto from = at.at();
    while (is_hex(at.peek()) && at.at() - from < 128) at.move_to(at.at() + 1);
    const auto id = line.line.substr(from, at.at() - from);
    if (id.size() < 16 || !at.take("]@")) return false;
    const auto base = at.prefixed_hex();
    if (!base || !at.take('+')) return false;
    const auto offset = at.prefixed_hex();
    if (!offset) return false;
    auto& added = line.add(Format::eu_stack, Kind::exact, line.start(), at.at());
    added.build_id = id;
    added.address = offset->value;
    added.space = AddressScope::file;
    return true;
}

/// "./c[0x401136]" of backtrace_symbols_fd(3), where nothing is known but the file.
bool read_unnamed_symbol(const LineContext& line, std::string_view head, std::uint64_t address) {
    const auto file = last_word(head);
    if (file.size() != head.size() || (file.front() != '/' && !file.starts_with("./")))
        return false;
    auto& added = line.add(Format::backtrace_symbols, Kind::call, line.start(),
                           line.start() + line.message.size());
    added.file = file;
    added.address = address;
    added.space = AddressScope::user;
    return true;
}

/// "./c(boom+0x15)[0x55622763416e]", "./c(+0x1197) [0x556227634197]", "./c() [0x401136]"
bool read_backtrace_symbol(const LineContext& line) {
    const auto message = line.message;
    if (!message.ends_with(']')) return false;
    const auto bracket = message.rfind("[0x");
    if (bracket == std::string_view::npos || bracket < 4) return false;
    Cursor address_at(message, bracket + 1);
    const auto address = address_at.prefixed_hex();
    if (!address || !address_at.take(']') || !address_at.done()) return false;
    const auto head = trimmed_right(message.substr(0, bracket));
    if (!head.ends_with(')')) return read_unnamed_symbol(line, head, address->value);
    const auto open = head.rfind('(');
    if (open == std::string_view::npos || open == 0) return false;
    // The file is a path, or the program as it was called: one word, and no sentence.
    const auto file = last_word(head.substr(0, open));
    if (file.empty() || (!is_symbol_char(file.front()) && file.front() != '/')) return false;
    Cursor at(head, open + 1);
    const auto symbol = at.symbol();
    std::optional<Number> offset;
    if (at.take('+')) {
        offset = at.prefixed_hex();
        if (!offset) return false;
    }
    if (!at.take(')') || !at.done() || (!symbol.empty() && !offset)) return false;
    if (file.size() != open && !contains(file, "/")) return false;
    auto& added = line.add(Format::backtrace_symbols, Kind::call, line.offset_of(file),
                           line.start() + message.size());
    added.file = file;
    added.symbol = symbol;
    const bool in_file = symbol.empty() && offset;
    if (!symbol.empty()) added.offset = offset->value;
    added.address = in_file ? offset->value : address->value;
    added.space = in_file ? AddressScope::file : AddressScope::user;
    return true;
}

}  // namespace symline::log
