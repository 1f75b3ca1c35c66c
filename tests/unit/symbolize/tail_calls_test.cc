#include "symbolize/tail_calls.h"

#include <doctest/doctest.h>

#include "support/call_graph.h"

using namespace symline;
using namespace symline::test;
using symbolize::TailCalls;

namespace {

class Opened {
public:
    explicit Opened(CallGraph given) : graph(std::move(given)) {
        const auto path = folder_.write("program", graph.build());
        module_.emplace(*Module::open(path));
    }
    /// "last@1 first@0": the functions between the call of that number and a frame, with their
    /// jumps' numbers.
    std::string between(std::string_view caller, std::string_view callee, std::size_t call = 0) {
        std::string text;
        const symbolize::CodePlace below{&*module_, graph.inside(callee)};
        for (const auto& each : calls_.between({&*module_, graph.after(caller, call)}, below)) {
            if (!text.empty()) text += ' ';
            const auto name = (*module_->symbols().at(each.function.address))->name;
            text += std::string(name) + "@";
            CHECK(each.function.address == graph.begin(name));
            if (!each.site) {
                text += '?';
                continue;
            }
            for (std::size_t i = 0; i < 8; ++i) {
                const auto left = graph.after(name, i).value - each.site->value;
                if (left < CallGraph::kBranch) text += std::to_string(i);
            }
        }
        return text;
    }

    CallGraph graph;

private:
    TemporaryFolder folder_;
    std::optional<Module> module_;
    TailCalls calls_;
};

constexpr auto call = Branch::call, jump = Branch::jump, pointer_jump = Branch::pointer_jump;

}  // namespace

TEST_CASE("the function that jumped is the one that the caller calls") {
    for (const auto lister : {CallLister::gcc, CallLister::gnu, CallLister::clang}) {
        for (const auto code : {CodeOfGraph::there, CodeOfGraph::left_out}) {
            CAPTURE(static_cast<int>(lister));
            CAPTURE(static_cast<int>(code));
            Opened opened(CallGraph({{"main", {{call, "first"}, {call, "last"}}},
                                     {"first", {{call, "other"}, {jump, "last"}}},
                                     {"last"},
                                     {"other"}},
                                    lister, code));
            CHECK(opened.between("main", "last") == "first@1");
            // Called, and not jumped to; called by another one.
            CHECK(opened.between("main", "last", 1).empty());
            CHECK(opened.between("main", "first").empty());
            CHECK(opened.between("main", "other").empty());
        }
    }
}

TEST_CASE("a chain of tail calls, innermost first") {
    Opened opened(CallGraph({{"main", {{call, "first"}}},
                             {"first", {{jump, "second"}}},
                             {"second", {{jump, "third"}, {jump, "aside"}}},
                             {"third", {{jump, "last"}}},
                             {"last"},
                             {"aside"}}));
    CHECK(opened.between("main", "last") == "third@0 second@0 first@0");
    CHECK(opened.between("main", "aside") == "second@1 first@0");
}

TEST_CASE("of several ways what all have in common at the caller is certain") {
    Opened opened(CallGraph({{"main", {{call, "first"}}},
                             {"first", {{jump, "fork"}}},
                             {"fork", {{jump, "left"}, {jump, "right"}}},
                             {"left", {{jump, "last"}}},
                             {"right", {{jump, "last"}}},
                             {"last"}}));
    CHECK(opened.between("main", "last") == "fork@? first@0");
    CHECK(opened.between("main", "right") == "fork@1 first@0");
}

TEST_CASE("and what all have in common at the callee") {
    Opened opened(CallGraph({{"main", {{call, "fork"}, {call, "blind"}}},
                             {"fork", {{jump, "left"}, {jump, "right"}}},
                             {"left", {{jump, "join"}}},
                             {"right", {{jump, "join"}, {jump, "join"}}},
                             {"join", {{jump, "next"}, {jump, "aside"}}},
                             {"next", {{jump, "last"}}},
                             {"last"},
                             {"aside"},
                             {"blind", {{jump, "fork"}, {pointer_jump}}}}));
    CHECK(opened.between("main", "last") == "next@0 join@0 fork@?");
    CHECK(opened.between("main", "aside") == "join@1 fork@?");
    CHECK(opened.between("main", "join") == "fork@?");
    // A pointer may lead to what is below.
    CHECK(opened.between("main", "last", 1) == "blind@?");
}

TEST_CASE("a circle at the callee says how it was left, not how often it was run through") {
    Opened opened(CallGraph({{"main", {{call, "fork"}}},
                             {"fork", {{jump, "left"}, {jump, "right"}}},
                             {"left", {{jump, "spin"}}},
                             {"right", {{jump, "spin"}}},
                             {"spin", {{jump, "spin"}, {jump, "last"}}},
                             {"last"}}));
    CHECK(opened.between("main", "last") == "spin@1 fork@?");
}

TEST_CASE("a call through a table of addresses leads where the compiler says") {
    Opened opened(CallGraph(
        {{"main", {{Branch::table_call, "first"}}}, {"first", {{jump, "last"}}}, {"last"}}));
    CHECK(opened.between("main", "last") == "first@0");
    CHECK(opened.between("main", "first").empty());
}

TEST_CASE("a function with two jumps to the next one is certain, and its line is not") {
    Opened opened(CallGraph({{"main", {{call, "first"}}},
                             {"first", {{jump, "second"}, {jump, "second"}}},
                             {"second", {{jump, "last"}}},
                             {"last"}}));
    CHECK(opened.between("main", "last") == "second@0 first@?");
}

TEST_CASE("a jump through a pointer may lead anywhere") {
    Opened opened(CallGraph({{"main", {{call, "first"}, {call, "blind"}}},
                             {"first", {{jump, "last"}, {pointer_jump}}},
                             {"blind", {{pointer_jump}}},
                             {"last"}}));
    CHECK(opened.between("main", "last") == "first@?");
    CHECK(opened.between("main", "last", 1).empty());
}

TEST_CASE("a call through a pointer says nothing") {
    for (const auto code : {CodeOfGraph::there, CodeOfGraph::left_out}) {
        Opened opened(CallGraph({{"main", {{call}}}, {"first", {{jump, "last"}}}, {"last"}},
                                CallLister::gcc, code));
        CHECK(opened.between("main", "last").empty());
    }
}

TEST_CASE("code tells of calls that no compiler lists") {
    Opened opened(CallGraph(
        {{"entry", {{Branch::unlisted_call, "first"}}}, {"first", {{jump, "last"}}}, {"last"}}));
    CHECK(opened.between("entry", "last") == "first@0");
    Opened without(CallGraph(
        {{"entry", {{Branch::unlisted_call, "first"}}}, {"first", {{jump, "last"}}}, {"last"}},
        CallLister::gcc, CodeOfGraph::left_out));
    CHECK(without.between("entry", "last").empty());
}

TEST_CASE("functions that jump in a circle") {
    Opened opened(CallGraph({{"main", {{call, "even"}}},
                             {"even", {{jump, "odd"}, {jump, "last"}}},
                             {"odd", {{jump, "even"}}},
                             {"last"}}));
    CHECK(opened.between("main", "last") == "even@?");
    CHECK(opened.between("main", "main").empty());
}

TEST_CASE("a kernel's static call leads where it was patched to") {
    Opened opened(CallGraph({{"main", {{call, "first"}}},
                             {"first", {{jump, "__SCT__sched"}, {jump, "last"}}},
                             {"__SCT__sched", {{jump, "last"}}},
                             {"last"}}));
    CHECK(opened.between("main", "last") == "first@?");
}

TEST_CASE("a search among too many functions is given up") {
    std::vector<CallingFunction> functions = {{"main", {{call, "f0"}}}};
    for (int i = 0; i < 300; ++i) {
        functions.push_back({"f" + std::to_string(i), {{jump, "f" + std::to_string(i + 1)}}});
    }
    functions.push_back({"f300"});
    Opened opened{CallGraph(functions)};
    CHECK(opened.between("main", "f100").size() > 400);
    CHECK(opened.between("main", "f300").empty());
}
