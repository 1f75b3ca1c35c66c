#include "symline/core_dump.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"
#include "process/crashed_program.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

CrashedProgram three_threads() {
    CrashedProgram program;
    program.crash(10);
    program.idle(11);
    program.idle(12);
    return program;
}

CoreDump opened(const TemporaryFolder& folder, CrashedProgram program,
                const ProcessOptions& options = {}) {
    auto core = CoreDump::open(folder.write("core", program.build()), options);
    REQUIRE(core);
    return std::move(*core);
}

std::vector<std::string> names(Process& process, const StackTrace& trace) {
    std::vector<std::string> found;
    for (const StackFrame& each : trace.frames) {
        for (const Frame& frame : process.resolve(each.pc).lookup.frames) {
            found.emplace_back(frame.name);
        }
    }
    return found;
}

}  // namespace

TEST_CASE("every thread of a core, unwound by the files that were mapped") {
    const TemporaryFolder folder;
    auto core = opened(folder, three_threads());
    CHECK(core.path() == folder.path("core"));
    CHECK(core.facts().pid == 10);
    CHECK(core.facts().signal == 11);
    CHECK(core.facts().program == fixture("c-gcc-dwarf5"));
    CHECK(core.facts().build_id);
    CHECK(core.address_size() == 8);
    CHECK(core.thread_ids() == std::vector{10, 11, 12});
    const auto threads = core.threads();
    REQUIRE(threads);
    REQUIRE(threads->size() == 3);
    const StackTrace& crashed = threads->front();
    CHECK(crashed.crashing);
    CHECK(crashed.registers.size() == 18);
    REQUIRE(crashed.frames.size() == 3);
    CHECK(crashed.frames[0].unwound_by == UnwoundBy::registers);
    CHECK(crashed.frames[1].pc == CodeAddress{{CrashedProgram::kInOuter}, CodeKind::after_call});
    CHECK(crashed.frames[1].unwound_by == UnwoundBy::cfi);
    CHECK(names(core, crashed).front() == "helper");
    CHECK(names(core, crashed).back() == "_start");
    CHECK_FALSE((*threads)[1].crashing);
    CHECK(names(core, (*threads)[1]) == std::vector<std::string>{"check", "clones", "_start"});
    CHECK(core.problems().empty());
    CHECK(fold_stacks(*threads) == std::vector<std::vector<std::size_t>>{{0}, {1, 2}});
}

TEST_CASE("which threads, and how much of them") {
    const TemporaryFolder folder;
    auto core = opened(folder, three_threads());
    const auto tids = [&](const StackOptions& options) {
        const auto threads = core.threads(options);
        REQUIRE(threads);
        std::vector<int> found;
        for (const auto& each : *threads) found.push_back(each.tid);
        return found;
    };
    CHECK(tids({.crashing_only = true}) == std::vector{10});
    CHECK(tids({.tids = {12, 10}}) == std::vector{10, 12});
    CHECK(tids({.tids = {12}, .crashing_only = true}).empty());
    CHECK(tids({.tids = {99}}).empty());
    const auto cut = core.threads({.tids = {11}, .max_frames = 1});
    REQUIRE(cut);
    CHECK(cut->front().frames.size() == 1);
    CHECK(cut->front().stopped == "more than 1 frames");
}

TEST_CASE("an address of a core: the file, the place in it, and the call") {
    const TemporaryFolder folder;
    auto core = opened(folder, three_threads());
    const auto place = core.resolve({{CrashedProgram::kOuterInStart}, CodeKind::after_call});
    CHECK(place.module_name == fixture("c-gcc-dwarf5"));
    CHECK(place.build_id == core.facts().build_id);
    CHECK(place.offset == CrashedProgram::kOuterInStart - CrashedProgram::kBase);
    CHECK(place.address.value == CrashedProgram::kOuterInStart);
    REQUIRE(place.module != nullptr);
    REQUIRE_FALSE(place.lookup.frames.empty());
    const auto call = place.module->lookup({CrashedProgram::kOuterInStart - 1});
    REQUIRE(call);
    CHECK(place.lookup.frames.front().location.line == call->frames.front().location.line);
    const auto outside = core.resolve({{0x10}});
    CHECK(outside.module_name.empty());
    CHECK(outside.lookup.miss == Miss::not_mapped);
}

TEST_CASE("executable memory that shows no file") {
    const TemporaryFolder folder;
    auto program = three_threads();
    program.builder.segments.push_back({0x600000, ByteVector(16), 0x1000, 5});
    program.builder.segments.push_back({0x700000, ByteVector(16), 0x1000, 6});
    auto core = opened(folder, program);
    CHECK(core.resolve({{0x600010}}).lookup.miss == Miss::anonymous_code);
    CHECK(core.resolve({{0x601000}, CodeKind::after_call}).lookup.miss == Miss::anonymous_code);
    CHECK(core.resolve({{0x601000}}).lookup.miss == Miss::not_mapped);
    CHECK(core.resolve({{0x700010}}).lookup.miss == Miss::not_mapped);
}

TEST_CASE("a frame of AArch64 is found through addresses with a tag") {
    constexpr std::uint64_t kTag = std::uint64_t{0xa} << 56;
    constexpr std::uint64_t kStack = 0x7f0000, kCode = 0x600000;
    CoreBuilder builder;
    builder.machine = elf::kArm64;
    std::vector<std::uint64_t> registers(34);
    registers[29] = kTag | kStack;
    registers[31] = kTag | kStack;
    registers[32] = kCode + 8;
    builder.thread(10, 11, registers);
    // nop; bl
    builder.segments.push_back(
        {kCode, ByteWriter().u32(0xd503201f).u32(0x97ffffff).zeros(8).data(), 0x1000, 5});
    builder.segments.push_back(
        {kStack, ByteWriter().u64(kTag | (kStack + 16)).u64(kCode + 8).zeros(16).data(), 0, 6});
    const TemporaryFolder folder;
    auto core = CoreDump::open(folder.write("core", builder.build()));
    REQUIRE(core);
    const auto threads = core->threads();
    REQUIRE(threads);
    REQUIRE(threads->front().frames.size() == 2);
    CHECK(threads->front().frames[1].pc == CodeAddress{{kCode + 8}, CodeKind::after_call});
    CHECK(threads->front().frames[1].unwound_by == UnwoundBy::frame_pointer);
}

TEST_CASE("a file that could not be compared is used, and that is said once") {
    const TemporaryFolder folder;
    auto program = three_threads();
    program.has_headers = false;
    auto core = opened(folder, program);
    CHECK(core.problems().empty());
    for (int round = 0; round < 2; ++round) {
        CHECK(core.resolve({{CrashedProgram::kHelper}}).module != nullptr);
    }
    REQUIRE(core.problems().size() == 1);
    CHECK(core.problems().front() == "'" + program.path +
                                         "': there is no build id to tell whether '" +
                                         program.path + "' is the file that was mapped");
}

TEST_CASE("a file with damaged debug information: the error is kept") {
    const TemporaryFolder folder;
    auto program = three_threads();
    program.path = fixture("bad/unit-version-99");
    auto core = opened(folder, program);
    // Between two functions, where no symbol helps out.
    const auto place = core.resolve({{CrashedProgram::kHelper + 0x38}});
    CHECK(place.module != nullptr);
    CHECK(place.lookup.miss == Miss::no_debug_info);
    CHECK(describe(*place.lookup.miss) == "the debug information is damaged");
    REQUIRE(place.error);
    CHECK(place.error->code == ErrorCode::malformed);
    CHECK(place.error->file == program.path);
    CHECK_FALSE(place.error->message.empty());
}

TEST_CASE("a program that lies elsewhere is found by its name, beside the core, or not at all") {
    auto program = three_threads();
    program.path = "/nowhere/c-gcc-dwarf5";
    {
        const TemporaryFolder folder;
        auto core = opened(folder, program);
        const auto place = core.resolve({{CrashedProgram::kHelper}});
        CHECK(place.module == nullptr);
        CHECK(place.lookup.miss == Miss::module_not_found);
        CHECK(describe(*place.lookup.miss) ==
              "no file '/nowhere/c-gcc-dwarf5'; no other file of that build id was found");
        // Without it there is no way to unwind either.
        CHECK(core.threads()->front().frames.size() == 1);
    }
    const TemporaryFolder folder;
    auto named = opened(folder, program, {.program = fixture("c-gcc-dwarf5")});
    CHECK(named.resolve({{CrashedProgram::kHelper}}).module != nullptr);
    CHECK(named.threads()->front().frames.size() == 3);
    folder.copy("c-gcc-dwarf5", fixture("c-gcc-dwarf5"));
    CHECK(opened(folder, program).resolve({{CrashedProgram::kHelper}}).module != nullptr);
}

TEST_CASE("a core that lists a file more often than there can be mappings") {
    const TemporaryFolder folder;
    CrashedProgram program;
    program.crash(10);
    program.copies = 70000;
    const auto core = opened(folder, program);
    CHECK(core.mappings().size() > 70000);
    REQUIRE(core.problems().size() == 1);
    CHECK(core.problems().front() ==
          "more than 65536 files are mapped: the build ids of the others are not read");
}

TEST_CASE("a core is a process: it can be handed on as one") {
    const TemporaryFolder folder;
    Process process = opened(folder, three_threads());
    CHECK(process.thread_ids().size() == 3);
    std::array<std::uint8_t, 4> magic{};
    CHECK(process.read({CrashedProgram::kBase}, magic));
    CHECK(magic[1] == 'E');
    CHECK_FALSE(process.read({CrashedProgram::kBase + 0x1000}, magic));
}
