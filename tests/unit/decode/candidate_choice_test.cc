#include "decode/candidate_choice.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "decode/frame_lookup.h"
#include "support/files.h"

using namespace symline;
using namespace symline::decode;
using namespace std::literals;
using symline::test::fixture;

namespace {

/// The kernel of the fixtures, whose names are asked for as a log would give them.
struct FixtureKernel {
    DecoderOptions options;
    KernelsOfText kernels;
    FrameLookup lookup{options, kernels};

    explicit FixtureKernel(std::vector<std::string> module_directories = {})
        : options(options_with(std::move(module_directories))), kernels(options) {}

    static DecoderOptions options_with(std::vector<std::string> module_directories) {
        DecoderOptions options;
        options.vmlinux = fixture("mini-vmlinux-gcc");
        options.module_directories = std::move(module_directories);
        return options;
    }
    static log::Occurrence named(std::string_view symbol, std::uint64_t offset,
                                 std::optional<std::uint64_t> size = {}) {
        log::Occurrence occurrence;
        occurrence.kind = log::Kind::call;
        occurrence.symbol = symbol;
        occurrence.offset = offset;
        occurrence.size = size;
        return occurrence;
    }
    Entry entry(std::string_view symbol, std::uint64_t offset,
                std::optional<std::uint64_t> size = {}) {
        return lookup.look_up(named(symbol, offset, size));
    }
};

/// The innermost function's file of the chosen candidate; "?" where none was chosen.
std::string file_of(const Entry& entry, std::optional<std::size_t> chosen) {
    if (!chosen) return "?";
    const std::string path(entry.answer->candidates.at(*chosen).frames.back().location.file);
    return path.substr(path.rfind('/') + 1);
}

const Entry* none() {
    return nullptr;
}

}  // namespace

TEST_CASE("candidate choice: nothing tells two functions of one name and size apart") {
    FixtureKernel kernel;
    const Entry reset = kernel.entry("reset", 0x4, 0x20);
    REQUIRE(reset.places.size() == 2);
    const CandidateChoice choice;
    CHECK(file_of(reset, choice.choose(reset, FixtureKernel::named("reset", 4, 0x20), {}, none)) ==
          "?");
}

TEST_CASE("candidate choice: the address decides, once the slide is known") {
    FixtureKernel kernel;
    const Entry reset = kernel.entry("reset", 0x4, 0x20);
    const CandidateChoice choice;
    const LoadBias slide{0x4000000};
    for (std::size_t i = 0; i < reset.places.size(); ++i) {
        auto occurrence = FixtureKernel::named("reset", 0x4, 0x20);
        occurrence.address = reset.places[i].address.value + slide.value;
        CHECK(choice.choose(reset, occurrence, slide, none) == i);
        CHECK(choice.choose(reset, occurrence, std::nullopt, none) == std::nullopt);
        // A hashed address is none of the candidates'.
        occurrence.address = *occurrence.address + 1;
        CHECK(choice.choose(reset, occurrence, slide, none) == std::nullopt);
    }
}

TEST_CASE("candidate choice: a warning's file and line, until the next report") {
    FixtureKernel kernel;
    const Entry reset = kernel.entry("reset", 0x4, 0x20);
    const auto occurrence = FixtureKernel::named("reset", 0x4, 0x20);
    CandidateChoice choice;
    log::Facts warning;
    warning.warning_file = "drivers/second.c";
    warning.warning_line = 4;
    choice.take(warning);
    CHECK(file_of(reset, choice.choose(reset, occurrence, {}, none)) == "second.c");
    choice.take({});
    CHECK(file_of(reset, choice.choose(reset, occurrence, {}, none)) == "second.c");
    // The end of a path is whole components.
    warning.warning_file = "econd.c";
    choice.take(warning);
    CHECK(file_of(reset, choice.choose(reset, occurrence, {}, none)) == "?");
    warning.warning_file = "./drivers/first.c";
    choice.take(warning);
    CHECK(file_of(reset, choice.choose(reset, occurrence, {}, none)) == "first.c");
    log::Facts report;
    report.begins_report = true;
    choice.take(report);
    CHECK(file_of(reset, choice.choose(reset, occurrence, {}, none)) == "?");
}

TEST_CASE("candidate choice: the file and line that the frame's own line gives") {
    FixtureKernel kernel;
    const Entry reset = kernel.entry("reset", 4);
    const CandidateChoice choice;
    auto occurrence = FixtureKernel::named("reset", 4);
    for (const DecodedCandidate& each : reset.answer->candidates) {
        const auto& location = each.frames.front().location;
        const std::string source(location.file);
        const std::string whole = source + ":" + std::to_string(location.line);
        occurrence.source = whole;
        CHECK(source.ends_with(file_of(reset, choice.choose(reset, occurrence, {}, none))));
    }
    occurrence.source = "drivers/third.c:7";
    CHECK(file_of(reset, choice.choose(reset, occurrence, {}, none)) == "?");
}

TEST_CASE("candidate choice: the function that the frame below calls") {
    FixtureKernel kernel({fixture("two-kernels/lib/modules/6.1.0-gcc")});
    auto occurrence = FixtureKernel::named("worker", 16);
    occurrence.format = log::Format::bpftrace;
    const Entry worker = kernel.lookup.look_up(occurrence);
    REQUIRE(worker.places.size() == 2);
    const CandidateChoice choice;
    for (const auto& [caller, offset, file] :
         {std::tuple{"mini_second"s, 9, "second.c"s}, std::tuple{"mini_entry"s, 20, "first.c"s}}) {
        CAPTURE(caller);
        auto below = FixtureKernel::named(caller, static_cast<std::uint64_t>(offset));
        below.format = log::Format::bpftrace;
        const Entry next = kernel.lookup.look_up(below);
        REQUIRE(next.places.size() == 1);
        CHECK(file_of(worker, choice.choose(worker, occurrence, {}, [&] { return &next; })) ==
              file);
    }
}

TEST_CASE("candidate choice: the function that calls the frame above, also once that was let go") {
    FixtureKernel kernel({fixture("two-kernels/lib/modules/6.1.0-gcc")});
    const auto look_up = [&](std::string_view symbol, std::uint64_t offset) {
        auto occurrence = FixtureKernel::named(symbol, offset);
        occurrence.format = log::Format::bpftrace;
        return kernel.lookup.look_up(occurrence);
    };
    const Entry worker = look_up("worker", 16);
    REQUIRE(worker.places.size() == 2);
    // One name for both callers.
    Entry callers = look_up("mini_second", 9);
    auto both = std::make_shared<DecodedPlace>(*callers.answer);
    const Entry other = look_up("mini_entry", 20);
    both->candidates.push_back(other.answer->candidates.at(0));
    callers.answer = both;
    callers.places.push_back(other.places.at(0));
    const auto occurrence = FixtureKernel::named("caller", 9);

    for (const std::size_t called : {std::size_t{0}, std::size_t{1}}) {
        CAPTURE(called);
        const auto file = file_of(worker, called);
        CandidateChoice choice;
        auto above = std::make_unique<Entry>(worker);
        choice.went_by(above.get(), called);
        CHECK(file_of(callers, choice.choose(callers, occurrence, {}, none)) == file);
        choice.let_go();
        above->places.clear();
        above.reset();
        CHECK(file_of(callers, choice.choose(callers, occurrence, {}, none)) == file);
        choice.let_go();
        CHECK(file_of(callers, choice.choose(callers, occurrence, {}, none)) == file);
        choice.went_by(nullptr);
        CHECK(file_of(callers, choice.choose(callers, occurrence, {}, none)) == "?");
    }
    // Where it is not known which one the frame above is, both callers may be meant.
    CandidateChoice choice;
    choice.went_by(&worker);
    CHECK(file_of(callers, choice.choose(callers, occurrence, {}, none)) == "?");
}
