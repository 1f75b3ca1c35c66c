#include "log/kernel_frames.h"

#include <functional>
#include <utility>

#include "log/frame_kind.h"
#include "log/symbol_text.h"
#include "log/text.h"
#include "log/trace_lines.h"
#include "log/trap_entries.h"

namespace symline::log {

namespace {

/// "            nc-821     [001] .....    28.809952: "
bool is_trace_event(std::string_view message) {
    const auto head = message.substr(0, 80);
    for (auto open = head.find(" ["); open != std::string_view::npos;
         open = head.find(" [", open + 1)) {
        Cursor at(head, open + 2);
        const auto cpu = at.decimal();
        if (cpu && cpu->digits == 3 && at.take(']')) return true;
    }
    return false;
}

/// "  1)     3840      64   unwind_next_frame+0x64/0x620" of the stack tracer
bool is_stack_depth(std::string_view message) {
    Cursor at(message);
    return at.decimal() && at.take(')') && at.skip_spaces() && at.decimal() && at.skip_spaces() &&
           at.decimal() && is_space(at.peek());
}

Format format_of(const LineContext& line) {
    const auto message = line.message;
    if (message.starts_with("[<0>] ")) return Format::proc_stack;
    if (line.state.tracer == Tracer::trace_hist || message.starts_with(kFrameArrow) ||
        message.starts_with("{ ") || is_trace_event(message) || is_stack_depth(message))
        return Format::ftrace;
    Cursor at(message);
    if (at.prefixed_hex() && at.take(" : ")) return Format::systemtap;
    return Format::oops;
}

/// The ")" that belongs to a "(" before `at`.
std::size_t closing(std::string_view text, std::size_t at) {
    for (int depth = 1; at < text.size(); ++at) {
        if (text[at] == '(') ++depth;
        if (text[at] == ')' && --depth == 0) return at;
    }
    return std::string_view::npos;
}

/// " (drivers/foo/bar.c:123)", also with what this decoder says beside it: " (a.c:1, start of b)"
std::size_t read_source(std::string_view line, std::size_t at, std::string_view& source) {
    const auto rest = line.substr(at, 4096);
    if (!rest.starts_with(" (")) return at;
    const auto end = rest.find_first_of("), ", 2);
    if (end == std::string_view::npos || rest[end] == ' ') return at;
    const auto close = rest[end] == ')' ? end : closing(rest, end);
    if (close == std::string_view::npos) return at;
    const auto inside = rest.substr(2, end - 2);
    const auto colon = inside.rfind(':');
    if (colon == std::string_view::npos || !contains(inside.substr(0, colon), ".")) return at;
    Cursor number(inside, colon + 1);
    if (!number.decimal() || !number.done()) return at;
    source = inside;
    return at + close + 1;
}

/// " <ffffffffa0c6a381>", which ftrace prints with sym-addr
std::size_t read_angle_address(std::string_view line, std::size_t at,
                               std::optional<std::uint64_t>& address) {
    Cursor cursor(line, at);
    if (!cursor.take(" <")) return at;
    const auto number = cursor.hex();
    if (!number || number->digits < 8 || !cursor.take('>')) return at;
    if (!is_hashed(*number)) address = number->value;
    return cursor.at();
}

/// Walks the line's '+' and "[<" from left to right.
class Scan {
public:
    explicit Scan(const LineContext& line) : line_(line), format_(format_of(line)) {}

    bool run() {
        const auto text = line_.line;
        for (std::size_t at = 0; at < text.size() && !line_.is_full();) {
            at = text.find_first_of("+<", at);
            if (at == std::string_view::npos) break;
            at = text[at] == '+' ? take_symbol(at) : take_bracket(at);
        }
        flush_bracket();
        return is_frame_;
    }

private:
    struct Bracket {
        Number address;
        Span span;
    };

    std::size_t take_symbol(std::size_t plus) {
        const auto symbol = read_symbol_text(line_.line, plus);
        if (!symbol) return plus + 1;
        const auto words = frame_words(line_.line, line_.start(), *symbol);
        // The brackets in front of a symbol are its address, not a place of their own.
        if (bracket_ && words.in_brackets && words.bracket_at <= bracket_->span.offset)
            bracket_.reset();
        if (bracket_ && bracket_->span.end() + 4 >= symbol->span.offset) bracket_.reset();
        flush_bracket();
        add_callee(*symbol);
        if (!is_generated_code(symbol->symbol)) add(*symbol, words);
        is_frame_ = is_frame_ || !words.labelled;
        return add_probed(symbol->span.end());
    }

    /// The first name of arm's " show_stack from dump_stack_lvl+0x40/0x4c", which has no offset.
    void add_callee(const SymbolText& caller) {
        const auto from = line_.start();
        Cursor at(line_.line, from);
        const auto symbol = at.symbol();
        if (symbol.empty() || !line_.result.occurrences.empty()) return;
        std::string_view module, build_id;
        const auto end = read_module(line_.line, at.at(), module, build_id);
        at.move_to(end);
        if (!at.take(" from ") || at.at() != caller.span.offset) return;
        add_definition(symbol, from, end, module);
        note_callee(symbol);
    }

    /// Of " __irq_svc from vfs_read+0x18/0xd0": only arm prints both names in a line.
    void note_callee(std::string_view symbol) {
        callee_of_arm_ = true;
        line_.state.after_trap = is_trap_entry(symbol);
    }

    /// The second name of a return probe's "(ksys_write+0x45/0x3f0 <- vfs_write)".
    std::size_t add_probed(std::size_t end) {
        Cursor at(line_.line, end);
        if (!at.take(" <- ")) return end;
        const auto from = at.at();
        const auto symbol = at.symbol();
        std::string_view module, build_id;
        const auto name_end = read_module(line_.line, at.at(), module, build_id);
        at.move_to(name_end);
        if (symbol.empty() || !at.take(')')) return end;
        add_definition(symbol, from, name_end, module);
        return name_end;
    }

    void add_definition(std::string_view symbol, std::size_t from, std::size_t end,
                        std::string_view module) {
        auto& added = line_.add(format_, Kind::definition, from, end);
        added.symbol = symbol;
        added.module = module;
    }

    void add(const SymbolText& symbol, const FrameWords& words) {
        auto& added = line_.add(format_, words.kind, symbol.span.offset, symbol.span.end());
        added.symbol = symbol.symbol;
        added.offset = symbol.offset;
        added.size = symbol.size;
        added.module = symbol.module;
        added.build_id = symbol.build_id;
        added.address = words.address;
        const auto end = symbol.span.end();
        added.insert_at = read_source(line_.line, end, added.source);
        added.insert_at = read_angle_address(line_.line, added.insert_at, added.address);
        // A probe's stack begins with the function itself.
        const bool of_report = format_ == Format::oops || format_ == Format::proc_stack;
        if (symbol.offset == 0 && !of_report) added.kind = Kind::exact;
        added.of_warning = words.of_warning;
        if (callee_of_arm_) added.machine = CodeMachine::arm;
        settle_kind(added, symbol, words);
    }

    void settle_kind(Occurrence& added, const SymbolText& symbol, const FrameWords& words) {
        const bool place = words.labelled || line_.line.substr(added.insert_at).starts_with(" <- ");
        auto& state = line_.state;
        if (added.kind == Kind::call && !place) {
            // A kprobe event's "(symbol)" is where the probe sits.
            const bool probe = format_ == Format::ftrace && words.in_parentheses && !words.address;
            if (probe || is_place_of_trap(symbol)) added.kind = Kind::exact;
        }
        settle_by_pc(added, words);
        if (added.kind != Kind::unreliable)
            state.after_trap = !place && is_trap_entry(symbol.symbol);
    }

    /// Since Linux 5.8 an interrupt's entry code calls a function named as the entry was before.
    bool is_place_of_trap(const SymbolText& symbol) const {
        return line_.state.after_trap && !is_entry_code(symbol.symbol);
    }

    /// "? symbol" of x86, and not s390's "([<ADDRESS>] symbol)", which stands for the pc, too.
    bool is_stale(const Occurrence& added) const {
        return added.kind == Kind::unreliable &&
               !line_.line.substr(added.insert_at).starts_with(')');
    }

    /// The first frame of a stack that begins at the saved registers is their program counter, as
    /// arm64, riscv, loongarch, s390 and KFENCE print it.
    void settle_by_pc(Occurrence& added, const FrameWords& words) {
        auto& state = line_.state;
        if (!words.labelled && state.pc == 0) return;
        const auto place = std::hash<std::string_view>()(added.symbol) ^
                           (added.offset.value_or(0) + 1) * 0x9e3779b97f4a7c15U;
        if (words.labelled) {
            // A warning that does not trap names its caller, which is a caller in the stack, too.
            if (added.kind == Kind::exact && format_ == Format::oops && !words.of_warning)
                state.pc = place;
        } else if (std::exchange(state.pc, 0) == place && !is_stale(added)) {
            added.kind = Kind::exact;
        }
    }

    /// "[<ADDRESS>]"
    std::size_t take_bracket(std::size_t angle) {
        const auto text = line_.line;
        if (angle == 0 || text[angle - 1] != '[') return angle + 1;
        Cursor at(text, angle + 1);
        const auto address = at.hex();
        if (!address || address->digits < 8 || !at.take(">]")) return angle + 1;
        if (ends_with_user_segment(text.substr(0, angle - 1))) return at.at();
        const Bracket found{*address, {angle - 1, at.at() - (angle - 1)}};
        // Old x86 prints the address of RIP twice, side by side.
        if (bracket_ && bracket_->address.value == found.address.value &&
            bracket_->span.end() + 2 >= found.span.offset)
            bracket_.reset();
        flush_bracket();
        bracket_ = found;
        return at.at();
    }

    /// An address without a name, or arm's "[<8010e300>] (show_stack) from".
    void flush_bracket() {
        if (!bracket_) return;
        const auto bracket = *bracket_;
        bracket_.reset();
        if (!is_kernel_address(bracket.address) || is_hashed(bracket.address)) return;
        if (add_named(bracket)) return;
        // Only the label in front counts: there is no offset that could be 0.
        SymbolText place;
        place.offset = 1;
        place.span = bracket.span;
        const auto words = frame_words(line_.line, line_.start(), place);
        auto& added = line_.add(format_, words.kind, bracket.span.offset, bracket.span.end());
        added.address = bracket.address.value;
        is_frame_ = is_frame_ || !words.labelled;
    }

    bool add_named(const Bracket& bracket) {
        Cursor at(line_.line, bracket.span.end());
        if (!at.take(" (")) return false;
        const auto from = at.at();
        const auto symbol = at.symbol();
        if (symbol.empty() || !at.take(')')) return false;
        auto& added = line_.add(format_, Kind::definition, from, from + symbol.size());
        added.symbol = symbol;
        added.address = bracket.address.value;
        is_frame_ = true;
        if (line_.line.substr(at.at()).starts_with(" from [<")) note_callee(symbol);
        return true;
    }

    const LineContext& line_;
    Format format_;
    std::optional<Bracket> bracket_;
    bool is_frame_ = false;
    bool callee_of_arm_ = false;  ///< "CALLEE from" stands in front
};

}  // namespace

bool read_kernel_frames(const LineContext& line) {
    return Scan(line).run();
}

bool read_bare_address(const LineContext& line) {
    Cursor at(line.line, line.start());
    const bool uncertain = at.take("? ");
    const auto from = at.at();
    const auto address = at.prefixed_hex();
    if (!address || address->digits != 16 || !is_kernel_address(*address)) return false;
    auto end = at.at();
    std::string_view module;
    if (at.take(" [")) {
        const auto name_from = at.at();
        const auto name = line.line.substr(name_from, line.line.substr(name_from, 64).find('@'));
        at.move_to(name_from + name.size());
        if (!at.take('@') || !at.hex() || !at.take('+') || !at.prefixed_hex() || !at.take(']'))
            return false;
        module = name;
        end = at.at();
    }
    if (!at.at_end()) return false;
    auto& added = line.add(Format::oops, uncertain ? Kind::unreliable : Kind::call, from, end);
    added.address = address->value;
    added.module = module;
    return true;
}

}  // namespace symline::log
