#include "log/packet_traces.h"

#include <algorithm>

#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// A packet's columns are shorter.
constexpr std::size_t kMaxLine = 4096;

/// What a word or the text is when all of it is a name.
std::string_view whole_name(std::string_view text) {
    Cursor at(text);
    const auto name = at.symbol();
    return at.done() ? name : std::string_view();
}

/// A name at the end of the text, which a reason may follow there.
void add_name(const LineContext& line, std::string_view name, std::string_view text) {
    if (name.empty() || is_generated_code(name)) return;
    const auto from = line.offset_of(name);
    auto& added = line.add(Format::pwru, Kind::definition, from, from + name.size());
    added.symbol = name;
    added.insert_at = line.offset_of(text) + text.size();
}

std::string_view without_word(std::string_view text, std::string_view word) {
    return trimmed_right(text.substr(0, text.size() - word.size()));
}

/// Takes "(SKB_DROP_REASON_NETFILTER_DROP)", " (2)", "(tc)" off the end.
std::string_view without_reason(std::string_view text) {
    if (!text.ends_with(')')) return text;
    const auto open = text.rfind('(');
    return open == std::string_view::npos ? text : trimmed_right(text.substr(0, open));
}

/// "0xffff9992088e1400 1   ~r/bin/curl:8493 … 10.0.2.15:54448->1.1.1.1:80(tcp) nf_hook_slow", and
/// where the titles have it the function's caller after it
bool read_packet(const LineContext& line) {
    Cursor at(line.message);
    if (!at.prefixed_hex() || at.skip_spaces() == 0 || !at.decimal() || at.skip_spaces() == 0)
        return false;
    auto text = at.rest();
    // A tunnel's addresses may be the last column.
    if (const auto last = last_word(text); contains(last, "->")) text = without_word(text, last);
    if (line.state.tracer == Tracer::pwru_caller) {
        const auto caller = last_word(text);
        const auto function = without_word(text, caller);
        add_name(line, whole_name(last_word(without_reason(function))), function);
        add_name(line, whole_name(caller), caller);
        return true;
    }
    add_name(line, whole_name(last_word(without_reason(text))), text);
    return true;
}

/// "1 drops at tcp_v4_rcv+aa (0xffffffff81712345) [software]": without "0x", and it is the caller
/// of what freed the packet.
bool read_drops(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.decimal() || !at.take(kDrops)) return false;
    const auto from = at.at();
    const auto symbol = at.symbol();
    if (symbol.empty() || !at.take('+')) return false;
    const auto offset = at.hex();
    const auto end = at.at();
    if (!offset || !at.take(" (0x")) return false;
    const auto address = at.hex();
    if (!address || !at.take(')')) return false;
    if (is_generated_code(symbol)) return true;
    auto& added = line.add(Format::dropwatch, Kind::call, from, end);
    added.symbol = symbol;
    added.offset = offset->value;
    if (is_kernel_address(*address)) added.address = address->value;
    added.insert_at = at.at();
    return true;
}

/// Notes the line with which pwru begins.
void note_packet_trace(const LineContext& line) {
    const bool begins = line.message.starts_with(kPwruTitle) || line.message.starts_with("TIME ");
    if (!begins || !contains(line.message, kPwruTitle) || !contains(line.message, " CPU ") ||
        !contains(line.message, " PROCESS ") || !contains(line.message, kPwruFunction))
        return;
    line.state.tracer = contains(line.message, " FUNC CALLER") ? Tracer::pwru_caller : Tracer::pwru;
}

}  // namespace

bool read_packet_trace(const LineContext& line) {
    if (line.message.size() > kMaxLine) return false;
    note_packet_trace(line);
    if (read_drops(line)) return true;
    if (line.state.tracer != Tracer::pwru && line.state.tracer != Tracer::pwru_caller) return false;
    if (read_packet(line)) return true;
    // Below it a stack, a name a line.
    const auto name = line.indentation() == 0 ? whole_name(line.message) : std::string_view();
    add_name(line, name, name);
    return !name.empty();
}

}  // namespace symline::log
