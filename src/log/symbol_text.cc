#include "log/symbol_text.h"

#include <algorithm>

#include "log/text.h"

namespace symline::log {

namespace {

bool all_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_hex);
}

bool is_module_char(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
}

/// How many bytes at the front of the word belong to what is in front of it: an escape of JSON
/// ("\nfoo" is a line feed and foo), the end of a colour ("ESC[31mfoo").
std::size_t foreign_front(std::string_view line, std::size_t from, std::size_t end) {
    if (from > 0 && line[from - 1] == '\\') return 1;
    if (from < 1 || (line[from - 1] != '[' && line[from - 1] != ';')) return 0;
    auto escape = from;
    while (escape > 0 && from - escape < 16 && line[escape - 1] != '\x1b') --escape;
    if (escape == 0 || line[escape - 1] != '\x1b') return 0;
    const auto colour_end = line.substr(from, end - from).find('m');
    return colour_end == std::string_view::npos ? 0 : colour_end + 1;
}

}  // namespace

std::string_view symbol_before(std::string_view line, std::size_t end) {
    auto from = end;
    while (from > 0 && is_symbol_char(line[from - 1])) {
        if (end - --from > kMaxSymbol) return {};
    }
    from += foreign_front(line, from, end);
    if (from >= end || !is_symbol_start(line[from])) return {};
    const char before = from > 0 ? line[from - 1] : ' ';
    // "vfs_read <-ksys_read" is ftrace's arrow.
    const bool arrow = before == '-' && from > 1 && line[from - 2] == '<';
    // Markdown's "**vfs_read+0x9e/0x310**", and not a product.
    const bool bold =
        before == '*' && (from < 2 || line[from - 2] == '*' || is_space(line[from - 2]));
    if (!arrow && !bold && contains("/~%@+-*&", {&before, 1})) return {};
    // Of two dots or more is a path or an ellipsis.
    if (line[from] == '.' && from + 1 < end && line[from + 1] == '.') return {};
    return line.substr(from, end - from);
}

std::size_t read_module(std::string_view line, std::size_t at, std::string_view& module,
                        std::string_view& build_id) {
    Cursor cursor(line, at);
    if (!cursor.take(" [")) return at;
    const auto from = cursor.at();
    auto end = from;
    bool letter = false;
    // MODULE_NAME_LEN is 56.
    for (; end < line.size() && end - from < 64 && is_module_char(line[end]); ++end)
        letter = letter || is_letter(line[end]);
    if (!letter) return at;
    cursor.move_to(end);
    std::string_view id;
    if (cursor.take(' ')) {
        const auto id_from = cursor.at();
        while (!cursor.done() && is_hex(cursor.peek()) && cursor.at() - id_from < 64)
            cursor.move_to(cursor.at() + 1);
        id = line.substr(id_from, cursor.at() - id_from);
        if (id.size() < 16) return at;
    }
    if (!cursor.take(']')) return at;
    const auto name = line.substr(from, end - from);
    if (name != "kernel") module = name;
    build_id = id;
    return cursor.at();
}

std::optional<SymbolText> read_symbol_text(std::string_view line, std::size_t plus) {
    Cursor at(line, plus + 1);
    const auto offset = at.prefixed_hex();
    if (!offset || (!at.take('/') && !at.take(" /"))) return std::nullopt;
    const auto size = at.prefixed_hex();
    if (!size) return std::nullopt;
    if (is_symbol_char(at.peek()) || at.peek() == '/' || at.peek() == '+') return std::nullopt;
    SymbolText found;
    found.symbol = symbol_before(line, plus);
    // A chat or a mailer may have put a space between, here or in front of the size.
    if (found.symbol.empty() && plus > 0 && line[plus - 1] == ' ')
        found.symbol = symbol_before(line, plus - 1);
    if (found.symbol.empty()) return std::nullopt;
    found.offset = offset->value;
    found.size = size->value;
    const auto from = static_cast<std::size_t>(found.symbol.data() - line.data());
    const auto end = read_module(line, at.at(), found.module, found.build_id);
    found.span = {from, end - from};
    return found;
}

bool is_generated_code(std::string_view symbol) {
    constexpr std::string_view kBpfProgram = "bpf_prog_";
    // bpf_trampoline_put() and others are functions of the kernel.
    constexpr std::string_view kBpfTrampoline = "bpf_trampoline_";
    if (symbol == "ftrace_trampoline") return true;
    if (symbol.starts_with(kBpfTrampoline) && symbol.size() > kBpfTrampoline.size())
        return is_digit(symbol[kBpfTrampoline.size()]);
    return symbol.starts_with(kBpfProgram) && symbol.size() >= kBpfProgram.size() + 16 &&
           all_hex(symbol.substr(kBpfProgram.size(), 16));
}

}  // namespace symline::log
