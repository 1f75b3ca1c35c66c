#include "base/frame_stack.h"

#include <doctest/doctest.h>

using namespace symline;

TEST_CASE("each frame stands where the one before is called") {
    std::vector<Frame> frames;
    base::FrameStack stack(frames, 3);
    stack.begin() = {.file = "a.c", .line = 1};
    stack.copy({.name = "inner", .inlined = true});
    stack.begin() = {.file = "b.c", .line = 2};
    stack.copy({.name = "middle", .inlined = true});
    stack.begin() = {.line = 3};
    stack.frame().name = "outer";
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].name == "inner");
    CHECK(frames[0].location.file == "a.c");
    CHECK(frames[0].location.line == 1);
    CHECK(frames[1].location.file == "b.c");
    CHECK(frames[1].location.line == 2);
    CHECK(frames[2].name == "outer");
    CHECK(frames[2].location.file.empty());
    CHECK(frames[2].location.line == 3);
    CHECK_FALSE(frames[2].inlined);
}
