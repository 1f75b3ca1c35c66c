#include "verify/difference.h"

#include <doctest/doctest.h>

using namespace symline;
using namespace symline::verify;

namespace {

Frame frame(std::string_view name, std::string_view file, std::uint32_t line) {
    Frame made;
    made.name = name;
    made.location.file = file;
    made.location.line = line;
    return made;
}

Lookup lookup(std::vector<Frame> frames) {
    return {.frames = std::move(frames), .miss = {}};
}

std::vector<std::string> shown(const std::vector<Difference>& found) {
    std::vector<std::string> lines;
    for (const Difference& each : found) {
        lines.push_back(std::string(name_of(each.field)) + ' ' + std::to_string(each.frame) + ' ' +
                        each.ours + '|' + each.theirs);
    }
    return lines;
}

}  // namespace

TEST_CASE("difference: every field of every frame") {
    const Lookup ours = lookup({frame("f", "a.c", 1), frame("main", "a.c", 9)});
    CHECK(differences(ours, ours, FrameParts::all).empty());
    const Lookup theirs = lookup({frame("f", "b.c", 1), frame("start", "a.c", 8)});
    CHECK(shown(differences(ours, theirs, FrameParts::all)) ==
          std::vector<std::string>{"file 0 a.c|b.c", "name 1 main|start", "line 1 9|8"});
}

TEST_CASE("difference: of another depth, the innermost frame alone") {
    const Lookup ours = lookup({frame("f", "a.c", 1), frame("main", "a.c", 9)});
    const Lookup theirs = lookup({frame("main", "a.c", 1)});
    CHECK(shown(differences(ours, theirs, FrameParts::all)) ==
          std::vector<std::string>{"depth 0 2|1", "name 0 f|main"});
    CHECK(shown(differences(ours, lookup({}), FrameParts::all)) ==
          std::vector<std::string>{"depth 0 2|0"});
}

TEST_CASE("difference: what the other leaves open is none, what it says is compared") {
    Frame full = frame("f", "a.c", 1);
    full.location.column = 3;
    full.location.discriminator = 2;
    full.start = FileAddress{0x10};
    full.declaration.file = "a.h";
    full.declaration.line = 7;
    CHECK(differences(lookup({full}), lookup({frame("f", "a.c", 1)}), FrameParts::all).empty());
    Frame other = full;
    other.location.column = 4;
    other.location.discriminator = 1;
    other.start = FileAddress{0x20};
    other.declaration.line = 8;
    CHECK(shown(differences(lookup({full}), lookup({other}), FrameParts::all)) ==
          std::vector<std::string>{"column 0 3|4", "discriminator 0 2|1", "start 0 0x10|0x20",
                                   "declaration 0 a.h:7|a.h:8"});
    CHECK(differences(lookup({full}), lookup({other}), FrameParts::place).empty());
    full.start.reset();
    CHECK(shown(differences(lookup({full}), lookup({other}), FrameParts::all))[2] ==
          "start 0 |0x20");
}

TEST_CASE("difference: the linker's name is compared where there is one") {
    Frame ours = frame("area", "a.cc", 1);
    ours.linkage_name = "_Z4areav";
    CHECK(differences(lookup({ours}), lookup({frame("_Z4areav", "a.cc", 1)}), FrameParts::place)
              .empty());
}
