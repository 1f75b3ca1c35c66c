#include "log/debugger_frames.h"

#include <algorithm>

#include "log/report_facts.h"
#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// Names, signatures and paths of a frame; longer lines are something else.
constexpr std::size_t kMaxFrame = 16384;

/// What the lines have in common: "#N  0xADDRESS ".
struct Head {
    std::size_t from = 0;
    bool first = false;
    Number address;
};

Kind kind_of(const LineContext& line, const Head& head) {
    return head.first || line.state.after_signal ? Kind::exact : Kind::call;
}

std::size_t message_end(const LineContext& line) {
    return line.start() + line.message.size();
}

/// " #3 [c5601fec] (nfsd module) at c806e303", " #0 [ffff…] __schedule+648 at ffffffff815df272
/// [mod]"
bool read_crash_frame(const LineContext& line, bool first, Cursor at) {
    const auto from = at.at();
    if (!at.take('[') || !at.hex() || !at.take("] ")) return false;
    std::string_view module, build_id, symbol;
    std::optional<Number> offset;
    if (at.take('(')) {
        const auto name_from = at.at();
        while (!at.done() && !is_space(at.peek())) at.move_to(at.at() + 1);
        module = line.line.substr(name_from, at.at() - name_from);
        if (!at.take(" module)")) return false;
    } else {
        symbol = at.symbol();
        if (symbol.empty()) return false;
        if (at.take('+')) offset = at.peek() == '0' ? at.prefixed_hex() : at.decimal();
    }
    if (!at.take(" at ")) return false;
    const auto address = at.hex();
    if (!address || address->digits < 8) return false;
    const auto end = read_module(line.line, at.at(), module, build_id);
    if (is_generated_code(symbol)) return true;
    const auto text_from = symbol.empty() ? from : line.offset_of(symbol);
    auto& added = line.add(Format::crash, first ? Kind::exact : Kind::call, text_from, end);
    added.symbol = symbol;
    added.module = module;
    if (offset) added.offset = offset->value;
    added.address = address->value;
    return true;
}

/// "    [exception RIP: sysrq_handle_crash+22]"
bool read_crash_exception(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take(kCrashException)) return false;
    const auto from = at.at();
    const auto symbol = at.symbol();
    if (symbol.empty() || !at.take('+')) return false;
    const auto offset = at.decimal();
    if (!offset || at.peek() != ']') return false;
    auto& added = line.add(Format::crash, Kind::exact, from, at.at());
    added.symbol = symbol;
    added.offset = offset->value;
    added.insert_at = at.at() + 1;
    return true;
}

/// Where a sanitizer's frame is: "(/tmp/t/asan+0xddf0c) (BuildId: 345e…)".
struct SanitizerPlace {
    std::string_view before;  ///< what stands in front of it
    std::string_view file;
    std::string_view build_id;
    std::uint64_t offset = 0;
    std::size_t end = 0;
};

std::optional<SanitizerPlace> find_sanitizer_place(std::string_view rest) {
    const auto plus = rest.rfind("+0x");
    const auto open = plus == std::string_view::npos ? plus : rest.rfind('(', plus);
    if (open == std::string_view::npos || open + 1 >= plus) return std::nullopt;
    Cursor at(rest, plus + 1);
    const auto offset = at.prefixed_hex();
    if (!offset || !at.take(')')) return std::nullopt;
    SanitizerPlace place;
    place.before = trimmed(rest.substr(0, open));
    place.file = rest.substr(open + 1, plus - open - 1);
    if (contains(place.file, " (")) return std::nullopt;
    place.offset = offset->value;
    place.end = at.at();
    if (at.take(" (BuildId: ")) {
        const auto id_from = at.at();
        while (is_hex(at.peek())) at.move_to(at.at() + 1);
        place.build_id = rest.substr(id_from, at.at() - id_from);
        if (at.take(')')) place.end = at.at();
    }
    return place;
}

/// Sanitizers print the address before the return address, as they look it up.
void add_sanitizer_frame(const LineContext& line, std::size_t from, std::size_t rest,
                         const SanitizerPlace& place, std::string_view symbol) {
    auto& added = line.add(Format::asan, Kind::exact, from, rest + place.end);
    added.symbol = symbol;
    added.file = place.file;
    added.address = place.offset;
    added.space = AddressScope::file;
    added.build_id = place.build_id;
}

/// "(/tmp/t/asan+0xddf0c)", with "in NAME" in front when there is a symbol
bool read_asan_frame(const LineContext& line, const Head& head, Cursor at) {
    const auto place = find_sanitizer_place(at.rest().substr(0, kMaxFrame));
    if (!place) return false;
    const auto in = place->before;
    if (!in.empty() && !in.starts_with("in ")) return false;
    const auto symbol = in.size() > 3 ? trimmed(in.substr(3)) : std::string_view();
    add_sanitizer_frame(line, head.from, at.at(), *place, symbol);
    return true;
}

/// ThreadSanitizer, which prints no address: "f <null> (exe+0x4a2b1)". Without "<null>" the source
/// is there already.
bool read_tsan_frame(const LineContext& line, Cursor at) {
    constexpr std::string_view kNone = "<null>";
    const auto place = find_sanitizer_place(at.rest().substr(0, kMaxFrame));
    if (!place || !place->before.ends_with(kNone)) return false;
    auto symbol = place->before;
    symbol.remove_suffix(kNone.size());
    if (!symbol.ends_with(' ')) return false;
    symbol = trimmed_right(symbol);
    if (symbol.empty()) return false;
    add_sanitizer_frame(line, at.at(), at.at(), *place, symbol == kNone ? "" : symbol);
    return true;
}

/// "n/a (/usr/lib/systemd/libsystemd-shared-257rc2.so (deleted) + 0x408c96)"
bool read_coredump_frame(const LineContext& line, const Head& head, Cursor at) {
    const auto rest = at.rest();
    const auto open = rest.find(" (");
    const auto plus = rest.rfind(" + 0x");
    if (open == std::string_view::npos || plus == std::string_view::npos || plus <= open)
        return false;
    Cursor offset_at(rest, plus + 3);
    const auto offset = offset_at.prefixed_hex();
    if (!offset || !offset_at.take(')')) return false;
    auto& added =
        line.add(Format::coredumpctl, kind_of(line, head), head.from, at.at() + offset_at.at());
    const auto name = rest.substr(0, open);
    if (name != "n/a") added.symbol = name;
    auto file = rest.substr(open + 2, plus - open - 2);
    if (file.ends_with(" (deleted)")) file.remove_suffix(10);
    added.file = file;
    added.address = offset->value;
    added.space = AddressScope::file;
    added.low_bits_differ = low_bits_differ(head.address.value, offset->value);
    return true;
}

/// eu-stack: "through_library - libcrash.so" with -m; with -v "- 1 through_library - libcrash.so",
/// or "    stop - crash-pie" for a frame that is no caller. There the place follows on a line of
/// its own, with the build id, and only the file is noted.
bool read_eu_frame(const LineContext& line, const Head& head, Cursor at, std::size_t spaces) {
    const bool verbose = spaces == 5 || at.take("- 1 ");
    const auto rest = trimmed_right(at.rest().substr(0, kMaxFrame));
    const auto dash = rest.rfind(" - ");
    if (dash == std::string_view::npos || dash == 0) return false;
    const auto file = rest.substr(dash + 3);
    const auto name = trimmed(rest.substr(0, dash));
    if (file.empty() || name.empty() || contains(file, " ")) return false;
    if (!is_symbol_start(name.front()) || file.front() == '[') return false;
    line.result.facts.user_file = file;
    if (verbose) return true;
    auto& added = line.add(Format::eu_stack, kind_of(line, head), head.from, message_end(line));
    added.symbol = name;
    added.file = file;
    added.address = head.address.value;
    added.space = AddressScope::user;
    return true;
}

/// "in sleep () from /lib64/libc.so.6": without "at FILE:LINE" it is not resolved yet
bool read_gdb_frame(const LineContext& line, const Head& head, Cursor at) {
    if (!at.take("in ")) return false;
    const auto rest = at.rest().substr(0, kMaxFrame);
    const auto from = rest.rfind(" from ");
    const auto open = rest.find(" (");
    if (from == std::string_view::npos || open == std::string_view::npos || from < open)
        return false;
    const auto file = trimmed_right(rest.substr(from + 6));
    if (!file.starts_with('/') || contains(file, " ")) return false;
    auto& added = line.add(Format::gdb, kind_of(line, head), head.from, message_end(line));
    const auto name = rest.substr(0, open);
    if (name != "??") added.symbol = name;
    added.file = file;
    added.address = head.address.value;
    added.space = AddressScope::user;
    return true;
}

/// "0xffffffff81c00c42 in native_safe_halt ()": a kernel without debug information, where gdb knows
/// neither arguments nor a file. Its own address is enough.
bool read_gdb_kernel_frame(const LineContext& line, const Head& head, Cursor at) {
    if (!is_kernel_address(head.address) || !at.take("in ")) return false;
    auto symbol = at.symbol();
    if (symbol.empty() && !at.take("??")) return false;
    const auto end = at.at();
    if (!at.take(" ()") || at.at() != message_end(line)) return false;
    if (is_generated_code(symbol)) return true;
    auto& added = line.add(Format::gdb, kind_of(line, head), head.from, end);
    added.symbol = symbol;
    added.address = head.address.value;
    added.insert_at = message_end(line);
    return true;
}

/// "#N …"
bool read_numbered_frame(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take('#')) return false;
    const auto number = at.decimal();
    if (!number || number->digits > 6 || at.skip_spaces() == 0) return false;
    if (at.rest().starts_with("<signal handler called>")) {
        line.state.after_signal = true;
        return true;
    }
    const bool first = number->value == 0;
    if (read_crash_frame(line, first, at) || read_tsan_frame(line, at)) return true;
    const auto from = at.at();
    const auto address = at.prefixed_hex();
    const auto spaces = at.skip_spaces();
    if (!address || spaces == 0) return false;
    const Head head{from, first, *address};
    if (read_asan_frame(line, head, at) || read_coredump_frame(line, head, at) ||
        read_gdb_frame(line, head, at) || read_gdb_kernel_frame(line, head, at) ||
        read_eu_frame(line, head, at, spaces)) {
        line.state.after_signal = false;
        return true;
    }
    return false;
}

/// Where the next "#N 0x…" begins in a stack that a logger made one line of.
std::size_t next_frame(std::string_view message, std::size_t from) {
    for (auto at = message.find(" #", from); at != std::string_view::npos;
         at = message.find(" #", at + 1)) {
        Cursor number(message, at + 2);
        if (number.decimal() && number.skip_spaces() != 0 && number.take("0x")) return at + 1;
    }
    return std::string_view::npos;
}

}  // namespace

bool read_debugger_frame(const LineContext& line) {
    if (read_crash_exception(line)) return true;
    const auto message = line.message;
    std::size_t from = 0;
    if (message.starts_with(kStackOfThread) || message.starts_with(kDumpedLabel)) {
        from = next_frame(message, 0);
    } else if (!message.starts_with('#')) {
        return false;
    }
    bool found = false;
    while (from < message.size() && !line.is_full()) {
        const auto next = std::min(next_frame(message, from), message.size());
        const auto text = trimmed_right(message.substr(from, next - from));
        const auto end = line.start() + from + text.size();
        const LineContext part{line.line.substr(0, end), text, line.state, line.result};
        found = read_numbered_frame(part) || found;
        from = next;
    }
    return found;
}

}  // namespace symline::log
