#include "tools/stack_report.h"

#include <doctest/doctest.h>

#include <string>

#include "tools/place_details.h"

using namespace symline;
using namespace symline::tools;

namespace {

/// Addresses below 0x1000 are those of a module; it counts how often it was asked.
class CountedSpace : public AddressSpace {
public:
    int asked = 0;

    ResolvedAddress resolve(CodeAddress address, Detail) override {
        ++asked;
        ResolvedAddress found;
        if (address.address.value < 0x1000) {
            found.module_name = "libdemo.so";
            found.offset = address.address.value + 0x10;
        }
        return found;
    }
};

StackTrace stack(int tid, std::string name, std::initializer_list<std::uint64_t> pcs) {
    StackTrace made;
    made.tid = tid;
    made.name = std::move(name);
    for (const std::uint64_t pc : pcs) {
        StackFrame frame;
        frame.pc = {RuntimeAddress{pc},
                    made.frames.empty() ? CodeKind::exact : CodeKind::after_call};
        made.frames.push_back(frame);
    }
    return made;
}

}  // namespace

TEST_CASE("stack report: threads of one stack are shown together, where that is wanted") {
    CountedSpace space;
    const DisplayOptions display;
    PlaceDetailer detailer(display, Links::no, {}, std::make_shared<DebugFiles>());
    const std::vector stacks{stack(1, "main", {0x100, 0x200}), stack(2, "work", {0x300}),
                             stack(3, "work", {0x300})};
    StackReport together(space, detailer, {});
    const auto folded = together.threads(stacks);
    REQUIRE(folded.size() == 2);
    CHECK(folded[1].tids == std::vector{2, 3});
    CHECK(folded[1].name == "work");
    StackReport apart(space, detailer, {.folding = StackReport::Folding::apart});
    CHECK(apart.threads(stacks).size() == 3);
    // Two names are none.
    const std::vector named{stack(2, "reader", {0x300}), stack(3, "writer", {0x300})};
    CHECK(together.threads(named).at(0).name.empty());
}

TEST_CASE("stack report: an address is resolved once; as a return address it is another one") {
    CountedSpace space;
    const DisplayOptions display;
    PlaceDetailer detailer(display, Links::no, {}, std::make_shared<DebugFiles>());
    StackReport report(space, detailer, {.folding = StackReport::Folding::apart});
    const std::vector stacks{stack(1, "a", {0x100, 0x200}), stack(2, "b", {0x100, 0x200}),
                             stack(3, "c", {0x200})};
    const auto threads = report.threads(stacks);
    CHECK(space.asked == 3);
    CHECK(threads[1].frames[1].pc == 0x200);
    CHECK(threads[1].frames[1].module == "libdemo.so");
    CHECK(threads[1].frames[1].offset == 0x210);
}

TEST_CASE("stack report: user space is not looked up in the kernel, nor registers shown unasked") {
    CountedSpace space;
    const DisplayOptions display;
    PlaceDetailer detailer(display, Links::no, {}, std::make_shared<DebugFiles>());
    StackReport plain(space, detailer, {});
    StackReport full(space, detailer, {.registers = true});
    std::vector stacks{stack(-1, "", {0x100, 0x7f00})};
    stacks[0].frames[1].user = true;
    stacks[0].registers.push_back({"rip", 0x100});
    const auto threads = plain.threads(stacks);
    CHECK(threads[0].frames[1].miss == "in user space");
    CHECK(threads[0].frames[1].module.empty());
    CHECK(space.asked == 1);
    CHECK(threads[0].tids.empty());
    CHECK_FALSE(threads[0].frames[0].unwound_by.has_value());
    CHECK(threads[0].registers.empty());
    CHECK(full.threads(stacks)[0].registers.size() == 1);
}
