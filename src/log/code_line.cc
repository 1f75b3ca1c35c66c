#include "log/code_line.h"

#include <algorithm>

#include "log/text.h"

namespace symline::log {

namespace {

/// x86's code_bytes= takes up to 8192; what is longer is no such line.
constexpr std::size_t kMaxBytes = 8192;

bool is_unreadable(std::string_view word) {
    return word.size() >= 2 && (word.find_first_not_of('?') == std::string_view::npos ||
                                word.find_first_not_of('X') == std::string_view::npos);
}

/// "<48>", "(f9400021)": true when the brackets, if any, belong together.
bool take_marks(std::string_view& word, bool& marked) {
    const bool angle = word.starts_with('<');
    marked = angle || word.starts_with('(');
    if (!marked) return true;
    if (word.size() < 3 || word.back() != (angle ? '>' : ')')) return false;
    word = word.substr(1, word.size() - 2);
    return true;
}

/// What the label at the start of a line says of the machine.
struct PcLabel {
    std::string_view label;
    CodeMachine machine;
};
// The longer ones first.
constexpr PcLabel kPcLabels[] = {
    {"RIP: ", CodeMachine::x86_64},      {"RIP  ", CodeMachine::x86_64},
    {"EIP: ", CodeMachine::i386},        {"EIP is at ", CodeMachine::i386},
    {"PC is at ", CodeMachine::unknown}, {"pc : ", CodeMachine::arm64},
    {"epc : ", CodeMachine::riscv},      {"epc   : ", CodeMachine::mips},
    {"NIP [", CodeMachine::ppc},         {"Krnl PSW : ", CodeMachine::s390},
    {"pc ", CodeMachine::loongarch},     {"ERA: ", CodeMachine::loongarch},
    {"era ", CodeMachine::loongarch}};

const PcLabel* pc_label_of(std::string_view message) {
    static constexpr auto kFirst = CharSet::first_of(kPcLabels, &PcLabel::label);
    if (!kFirst(message.front())) return nullptr;
    const auto found = std::ranges::find_if(
        kPcLabels, [&](const PcLabel& each) { return message.starts_with(each.label); });
    return found == std::end(kPcLabels) ? nullptr : found;
}

/// What was said before is of another report. "Call trace:" is not there: registers may be above
/// it.
bool begins_oops(std::string_view message) {
    static constexpr std::string_view kFronts[] = {"------------[ cut here ]", "BUG: ", "Oops",
                                                   "Internal error: "};
    static constexpr auto kFirst = CharSet::first_of(kFronts, std::identity{});
    return kFirst(message.front()) && std::ranges::any_of(kFronts, [&](std::string_view front) {
               return message.starts_with(front);
           });
}

/// "0010:" of a kernel, whose privilege level is 0; 0 where the segment is a program's or missing.
std::uint32_t segment_in(std::string_view text) {
    Cursor at(text);
    const auto selector = at.hex();
    if (!selector || selector->digits != 4 || !at.take(':') || (selector->value & 3) != 0) return 0;
    return static_cast<std::uint32_t>(selector->value);
}

/// arm's "pc : [<c019d604>]    lr : …"
bool is_short_address(std::string_view text) {
    return text.starts_with("[<") && text.substr(2, 16).find(">]") == 8;
}

}  // namespace

std::optional<CodeText> parse_code(std::string_view text) {
    CodeText code;
    std::size_t digits = 0;
    Cursor at(text);
    for (at.skip_spaces(); !at.done(); at.skip_spaces()) {
        std::string_view word = at.word();
        bool marked = false;
        if (!take_marks(word, marked)) return std::nullopt;
        if (is_unreadable(word)) {
            if (marked || code.marked) break;
            code.units.clear();
            continue;
        }
        Cursor number(word);
        const auto value = number.hex();
        if (!value || !number.done() || (marked && code.marked)) return std::nullopt;
        if (digits == 0) digits = value->digits;
        // A line may be cut off within its last word.
        const bool cut = value->digits < digits && !marked && at.done();
        if (cut && code.units.size() >= kMinCodeWords) break;
        if (value->digits != digits) return std::nullopt;
        if (marked) code.marked = code.units.size();
        code.units.push_back(static_cast<std::uint32_t>(value->value));
        if (code.units.size() * digits > 2 * kMaxBytes) return std::nullopt;
    }
    if (code.units.empty() || (digits != 2 && digits != 4 && digits != 8)) return std::nullopt;
    code.unit = static_cast<unsigned>(digits / 2);
    return code;
}

void read_pc(const LineContext& line) {
    if (line.message.empty()) return;
    auto& facts = line.result.facts;
    if (begins_oops(line.message)) {
        facts.names_pc = true;
        return;
    }
    const auto& places = line.result.occurrences;
    if (places.size() == 1 && places[0].format == Format::segfault) {
        facts.names_pc = true;
        facts.pc = 0;
        return;
    }
    const PcLabel* label = pc_label_of(line.message);
    if (label == nullptr) return;
    facts.names_pc = true;
    facts.machine = label->machine;
    if (facts.machine == CodeMachine::x86_64) {
        facts.kernel_segment = segment_in(line.message.substr(label->label.size()));
    }
    if (label->machine == CodeMachine::arm64 &&
        is_short_address(line.message.substr(label->label.size()))) {
        facts.machine = CodeMachine::arm;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i].format != Format::oops || places[i].kind != Kind::exact) continue;
        facts.pc = i;
        return;
    }
}

}  // namespace symline::log
