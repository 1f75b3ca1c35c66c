#include "verify/verification.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "support/files.h"
#include "verify/known_differences.h"
#include "verify/llvm_peer.h"

using namespace symline;
using namespace symline::verify;

namespace {

using Change = std::function<void(Lookup&)>;

/// Answers as symline does, but for a change.
class ChangedPeer : public Peer {
public:
    ChangedPeer(const Module& module, FrameParts parts, Change change)
        : module_(module), parts_(parts), change_(std::move(change)) {}

    std::string name() const override { return "changed"; }
    std::string version() const override { return "1"; }
    FrameParts parts() const override { return parts_; }
    std::string problem() const override { return {}; }
    std::vector<std::optional<OwnedLookup>> ask(std::span<const Question> questions) override {
        std::vector<std::optional<OwnedLookup>> answers;
        for (const Question& each : questions) {
            auto found = module_.lookup(each.address, Detail::declarations);
            REQUIRE(found);
            change_(*found);
            answers.emplace_back(own(*found));
        }
        return answers;
    }

private:
    const Module& module_;
    FrameParts parts_;
    Change change_;
};

class SilentPeer : public ChangedPeer {
public:
    explicit SilentPeer(const Module& module) : ChangedPeer(module, FrameParts::place, {}) {}
    std::vector<std::optional<OwnedLookup>> ask(std::span<const Question> questions) override {
        return std::vector<std::optional<OwnedLookup>>(questions.size());
    }
};

Module fixture(const char* name) {
    auto module = Module::open(test::fixture(name));
    REQUIRE(module);
    return *std::move(module);
}

using Patch = std::pair<std::string, std::string>;

std::string zero_ended(std::string_view name) {
    return std::string(1, '\0') + std::string(name) + '\0';
}

/// A fixture with other bytes of the same length where bytes are found last: the symbol table and
/// its names are the last sections.
Module patched_fixture(const char* file, const std::vector<Patch>& patches) {
    const auto bytes = test::read_whole(test::fixture(file));
    std::string text(bytes.begin(), bytes.end());
    for (const auto& [from, to] : patches) {
        REQUIRE(from.size() == to.size());
        const auto at = text.rfind(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
    }
    const test::TemporaryFolder folder;
    auto module = Module::open(folder.write("patched", text));
    REQUIRE(module);
    return *std::move(module);
}

/// What explains each difference of one address, "" for nothing.
std::vector<std::string> explanations(const Module& module, std::uint64_t address, Change change) {
    std::vector<std::unique_ptr<Peer>> peers;
    peers.push_back(std::make_unique<ChangedPeer>(module, FrameParts::all, std::move(change)));
    Verification verification(module, peers);
    verification.run({.addresses = {FileAddress{address}}});
    std::vector<std::string> ids;
    for (const Finding& each : verification.findings()) {
        ids.emplace_back(each.explanation == nullptr ? "" : each.explanation->id);
    }
    return ids;
}

Change outermost_name(std::string_view name) {
    return [name](Lookup& lookup) {
        lookup.frames.back().name = name;
        lookup.frames.back().linkage_name = {};
    };
}

}  // namespace

TEST_CASE("verification: equal, explained, unexplained and unanswered") {
    const Module module = fixture("c-gcc-dwarf5");
    std::vector<std::unique_ptr<Peer>> peers;
    peers.push_back(std::make_unique<ChangedPeer>(module, FrameParts::all, [](Lookup&) {}));
    peers.push_back(std::make_unique<ChangedPeer>(
        module, FrameParts::all, [](Lookup& lookup) { ++lookup.frames.front().location.line; }));
    peers.push_back(std::make_unique<SilentPeer>(module));
    Verification verification(module, peers);
    verification.run({.addresses = {FileAddress{0x4a1200}, FileAddress{0x4a12b2}}});
    const auto agreements = verification.agreements();
    CHECK(agreements[0].compared == 2);
    CHECK(agreements[0].equal == 2);
    CHECK(agreements[1].equal == 0);
    CHECK(agreements[1].explained == 0);
    CHECK(agreements[2].compared == 0);
    CHECK(agreements[2].unanswered == 2);
    REQUIRE(verification.findings().size() == 2);
    const Finding& finding = verification.findings()[1];
    CHECK(finding.peer == 1);
    CHECK(finding.difference.field == Field::line);
    CHECK(finding.difference.ours == "8");
    CHECK(finding.difference.theirs == "9");
    // What the debug information says there.
    const auto& evidence = verification.cases()[finding.number].evidence;
    REQUIRE(evidence);
    CHECK(evidence->source == "c/clones.c");
    CHECK(evidence->version == 5);
    CHECK(evidence->producer.starts_with("GNU C17 12.2.0"));
    REQUIRE(evidence->dies.size() == 3);
    CHECK(evidence->dies[0].name == "drain");
    CHECK_FALSE(evidence->dies[0].inlined);
    CHECK(evidence->dies[2].name == "square");
    CHECK(evidence->dies[2].inlined);
    REQUIRE(evidence->row);
    CHECK(evidence->row->row.address == 0x4a12b2);
    CHECK(evidence->row->row.line == 8);
    CHECK(evidence->row->file == "/usr/src/symline-fixtures/c/inline.h");
}

TEST_CASE("known_differences: names that are the symbol table's") {
    const Module module = fixture("c-gcc-dwarf5");
    using Ids = std::vector<std::string>;
    CHECK(explanations(module, 0x4a1200, outermost_name("scaled.constprop.0")) ==
          Ids{"clone-suffix"});
    CHECK(explanations(module, 0x4a1200, outermost_name("scaled@@V1")) == Ids{"symbol-version"});
    CHECK(explanations(module, 0x4a1200, outermost_name("scaled2")) == Ids{""});
    CHECK(explanations(module, 0x4a1200, outermost_name("left_of")) == Ids{""});
    CHECK(explanations(module, 0x4a1200, outermost_name("")) == Ids{""});
    // An inlined frame has no symbol.
    CHECK(explanations(module, 0x4a12b2, [](Lookup& lookup) {
              lookup.frames.front().name = "square.part.0";
          }) == Ids{""});
}

TEST_CASE("known_differences: starts") {
    const Module module = fixture("c-gcc-dwarf5");
    using Ids = std::vector<std::string>;
    const auto start = [](std::uint64_t address, std::string_view name) {
        return [=](Lookup& lookup) {
            lookup.frames.back().name = name;
            lookup.frames.back().start = FileAddress{address};
        };
    };
    CHECK(explanations(module, 0x4a2028, start(0x4a2028, "check.cold")) ==
          Ids{"clone-suffix", "start-of-a-part"});
    CHECK(explanations(module, 0x4a2028, start(0x4a2029, "check.cold")) == Ids{"clone-suffix", ""});
    // Of the function that both name, the start is its own.
    CHECK(explanations(module, 0x4a2028, start(0x4a1260, "check")) == Ids{});
    CHECK(explanations(module, 0x4a2028, start(0x4a2028, "check")) == Ids{""});
    CHECK(explanations(module, 0x4a1260, start(0x4a2028, "check")) == Ids{""});
    // Of a function whose symbol is of another definition.
    const auto replaced =
        patched_fixture("c-gcc-dwarf5", {{zero_ended("check"), zero_ended("chekk")}});
    CHECK(explanations(replaced, 0x4a2028, start(0x4a2028, "check.cold")) ==
          Ids{"clone-suffix", "start-of-a-part"});
    // Of a clone, which the symbol table has no symbol of DWARF's name for.
    const Patch part{zero_ended("assembled_without_lines"), zero_ended("scaled.constprop.0.cold")};
    const auto cold = start(0x4a152e, "scaled.constprop.0.cold");
    CHECK(explanations(patched_fixture("c-gcc-dwarf5", {part}), 0x4a1204, cold) ==
          Ids{"clone-suffix", "start-of-a-part"});
    CHECK(explanations(module, 0x4a1204, cold) == Ids{"clone-suffix", ""});
}

TEST_CASE("known_differences: a start before the code of the DIE") {
    const Module module = fixture("machines/vmlinux-aarch64");
    using Ids = std::vector<std::string>;
    const auto start = [](std::uint64_t address) {
        return [=](Lookup& lookup) { lookup.frames.back().start = FileAddress{address}; };
    };
    constexpr std::uint64_t kSymbol = 0xffff800008000018, kInside = 0xffff800008000030;
    CHECK(explanations(module, kInside, start(kSymbol)) == Ids{"patchable-entry"});
    CHECK(explanations(module, kInside, start(kSymbol + 4)) == Ids{""});
}

TEST_CASE("known_differences: two symbols of one address") {
    const Module module = fixture("icf-lld");
    using Ids = std::vector<std::string>;
    CHECK(explanations(module, 0x4a1100, outermost_name("second_total")) == Ids{"alias"});
    CHECK(explanations(module, 0x4a1100, outermost_name("_start")) == Ids{""});
}

TEST_CASE("known_differences: parts of two functions at one address") {
    using namespace std::string_literals;
    // Where left_of.isra.0 and its 39 bytes are in the symbol table.
    const Patch name{zero_ended("left_of.isra.0"), zero_ended("left_of.part.0")};
    const Patch value{"\x30\x12\x4a\0\0\0\0\0\x27\0\0\0\0\0\0\0"s,
                      "\x80\x12\x4a\0\0\0\0\0\x27\0\0\0\0\0\0\0"s};
    using Ids = std::vector<std::string>;
    const auto named = outermost_name("left_of.part.0");
    const auto together = patched_fixture("c-gcc-dwarf5", {name, value});
    CHECK(explanations(together, 0x4a1280, named) == Ids{"alias"});
    const auto apart = patched_fixture("c-gcc-dwarf5", {name});
    CHECK(explanations(apart, 0x4a1280, named) == Ids{""});
}

TEST_CASE("known_differences: a symbol that was given another name") {
    const Module module =
        patched_fixture("c-gcc-dwarf5", {{zero_ended("helper"), zero_ended("hidden")}});
    using Ids = std::vector<std::string>;
    CHECK(explanations(module, 0x4a1104, outermost_name("hidden")) == Ids{"renamed-symbol"});
    CHECK(explanations(module, 0x4a1104, outermost_name("check")) == Ids{""});
    CHECK(explanations(fixture("c-gcc-dwarf5"), 0x4a1104, outermost_name("hidden")) == Ids{""});
}

TEST_CASE("known_differences: a symbol inside a function") {
    const Module module = fixture("machines/mini-riscv64.ko");
    using Ids = std::vector<std::string>;
    const auto labels = module.symbols().named(".LFB2");
    REQUIRE(labels);
    REQUIRE_FALSE(labels->empty());
    const std::uint64_t at = labels->front().address.value;
    CHECK(explanations(module, at, outermost_name(".LFB2")) == Ids{"label-inside"});
    CHECK(explanations(module, at - 2, outermost_name(".LFB2")) != Ids{"label-inside"});
}

TEST_CASE("known_differences: a program where LLVM's reader names the file of a symbol") {
    const Module module = fixture("c-gcc-dwarf2-strict");
    constexpr std::uint64_t kWithoutLine = 0x4a104c;
    std::vector<std::unique_ptr<Peer>> peers;
    peers.push_back(std::make_unique<ChangedPeer>(module, FrameParts::all, [](Lookup& lookup) {
        for (Frame& frame : lookup.frames) {
            if (frame.location.line == 0) frame.location.file = "main.c";
        }
    }));
    peers.push_back(std::make_unique<ChangedPeer>(module, FrameParts::place, [](Lookup& lookup) {
        lookup.frames.front().location.line = 7;
    }));
    Verification verification(module, peers);
    verification.run({.addresses = {FileAddress{kWithoutLine}}});
    REQUIRE_FALSE(verification.findings().empty());
    for (const Finding& each : verification.findings()) {
        REQUIRE(each.explanation != nullptr);
        CHECK(each.explanation->id == (each.peer == 0 ? "file-symbol" : "program-alone"));
    }
}

TEST_CASE("known_differences: constructors of a complete and of a base object") {
    const Module module = fixture("cxx-gcc-dwarf5");
    using Ids = std::vector<std::string>;
    const auto named = [&](std::string_view ours, std::string_view theirs) {
        const auto symbols = module.symbols().named(ours);
        REQUIRE(symbols);
        REQUIRE_FALSE(symbols->empty());
        return explanations(module, symbols->front().address.value, outermost_name(theirs));
    };
    CHECK(named("_ZN8geometry7measureEi", "_ZN8geometry7measureEi.lto_priv.0") ==
          Ids{"clone-suffix"});
    CHECK(named("_ZN8geometry7measureEi", "_ZN8geometry7measureEl") == Ids{""});
    const auto known = known_differences();
    const auto variant = std::ranges::find(known, "constructor-variant", &KnownDifference::id);
    REQUIRE(variant != known.end());
    const std::vector<std::unique_ptr<Peer>> none;
    const auto explains = [&](const char* ours, const char* theirs) {
        Frame frame;
        frame.name = theirs;
        const Case asked{.question = {},
                         .ours = own({.frames = {}, .miss = Miss::not_covered}),
                         .theirs = {own({.frames = {frame}, .miss = {}})},
                         .evidence = {}};
        const Difference difference{Field::name, 0, ours, theirs};
        return variant->explains({module, none, asked, 0, difference});
    };
    CHECK(explains("_ZN1AD2Ev", "_ZN1AD1Ev.lto_priv.0"));
    CHECK(explains("_ZN1AC2Ev", "_ZN1AC1Ev"));
    CHECK_FALSE(explains("_ZN1AC2Ev", "_ZN1AD1Ev"));
    CHECK_FALSE(explains("_ZN1AC2Ev", "_ZN1BC1Ev"));
}

TEST_CASE("known_differences: a program that is alone") {
    const Module module = fixture("c-gcc-dwarf5");
    const auto wrong = [](Lookup& lookup) { lookup.frames.front().location.line = 1; };
    const auto nothing = [](Lookup&) {};
    const auto explained = [&](const Change& second) {
        std::vector<std::unique_ptr<Peer>> peers;
        peers.push_back(std::make_unique<ChangedPeer>(module, FrameParts::all, second));
        peers.push_back(std::make_unique<ChangedPeer>(module, FrameParts::place, wrong));
        Verification verification(module, peers);
        verification.run({.addresses = {FileAddress{0x4a1200}}});
        return verification.agreements()[1].explained;
    };
    CHECK(explained(nothing) == 1);
    CHECK(explained(wrong) == 0);
}

TEST_CASE("llvm_peer: agrees about linked and relocatable files, and in sections") {
    for (const char* name : {"c-clang-dwarf5", "mini-module.ko", "mini-module-clang.ko",
                             "i386-gcc.o", "ppc-gcc.o", "riscv64-gcc.o", "s390x-gcc.o"}) {
        CAPTURE(name);
        const Module module = fixture(name);
        std::vector<std::unique_ptr<Peer>> peers;
        auto llvm = LlvmPeer::open(module, module.files().debug_path(), SYMLINE_TEST_LLVM_READER);
        REQUIRE(llvm);
        CHECK_FALSE((*llvm)->version().empty());
        peers.push_back(*std::move(llvm));
        const Sample sample = sample_of(module, {});
        CHECK(sample.every_row);
        Verification verification(module, peers);
        verification.run(sample);
        CHECK(verification.agreements()[0].equal == sample.addresses.size());
        CHECK(verification.findings().empty());
    }
}

TEST_CASE("llvm_peer: a file that LLVM cannot read, and a reader that is not there") {
    const Module module = fixture("c-gcc-dwarf5");
    CHECK_FALSE(LlvmPeer::open(module, module.files().debug_path(), "/nonexistent/llvm-reader"));
    CHECK_FALSE(LlvmPeer::open(module, module.files().debug_path(), "/bin/true"));
}

TEST_CASE("llvm_peer: differences that are known of whole files") {
    const std::vector<std::pair<const char*, const char*>> files{
        {"objects/alpha.o", "relocations-unknown"},
        {"objects/x32.o", "relocations-unknown"},
        {"objects/sparc64.o", ""},
        {"languages/ada.o", "no-linkage-name"},
        {"compressed-zlib-gnu", "gnu-compressed"},
        {"split/c-gcc-dwarf5-split", "split-file-moved"},
        {"cxx-dwz-alt", "supplementary-file"},
        {"type-units/gcc-v5.o", "several-sections"},
        {"type-units/gcc-v5-merged.o", "several-sections"},
        {"type-units/gcc-v4-merged.o", ""},
        {"mini-nested.ko", "assembler-label"}};
    for (const auto& [name, id] : files) {
        CAPTURE(name);
        const Module module = fixture(name);
        std::vector<std::unique_ptr<Peer>> peers;
        auto llvm = LlvmPeer::open(module, module.files().debug_path(), SYMLINE_TEST_LLVM_READER);
        REQUIRE(llvm);
        peers.push_back(*std::move(llvm));
        Verification verification(module, peers);
        verification.run(sample_of(module, {}));
        std::size_t found = 0;
        for (const Finding& each : verification.findings()) {
            REQUIRE(each.explanation != nullptr);
            found += each.explanation->id == id ? 1 : 0;
        }
        CHECK((found > 0) == (*id != '\0'));
    }
}
