#include "log/function_graph.h"

#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// "1)" or, with absolute times, "27.056766 |   1)" at the start.
bool begins_with_cpu(std::string_view message) {
    Cursor at(message);
    for (int columns = 0; columns < 2; ++columns) {
        at.skip_spaces();
        if (!at.decimal()) return false;
        if (at.take(')')) return true;
        if (!at.take('.') || !at.decimal()) return false;
        at.skip_spaces();
        if (!at.take('|')) return false;
    }
    return false;
}

/// The name in "foo() {", "foo [module]();", "foo(arg=1);", "} /* foo */", "} /* foo ret=0x1 */".
std::string_view read_name(Cursor& at) {
    at.skip_spaces();
    if (at.take('}')) {
        at.skip_spaces();
        if (!at.take("/* ")) return {};
        const auto name = at.symbol();
        return is_space(at.peek()) ? name : std::string_view();
    }
    const auto name = at.symbol();
    if (at.peek() == '(') return name;
    return at.rest().starts_with(" [") ? name : std::string_view();
}

}  // namespace

bool read_function_graph(const LineContext& line) {
    if (!begins_with_cpu(line.message)) return false;
    // The last bar in front of the name: times and process columns have bars too.
    const auto head = line.message.substr(0, 160);
    const auto bar = head.rfind(kGraphBar, head.find_first_of("(}", head.find(')') + 1));
    if (bar == std::string_view::npos) return false;
    Cursor at(line.line, line.start() + bar + 1);
    const auto name = read_name(at);
    if (name.empty() || is_generated_code(name)) return true;
    const auto from = line.offset_of(name);
    auto& added = line.add(Format::function_graph, Kind::definition, from, from + name.size());
    added.symbol = name;
    const auto end = read_module(line.line, from + name.size(), added.module, added.build_id);
    added.text.size = end - from;
    // After what belongs to the name: "foo();", "foo() {", "} /* foo */".
    added.insert_at = line.start() + line.message.size();
    return true;
}

}  // namespace symline::log
