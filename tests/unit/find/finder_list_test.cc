#include "find/finder_list.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "elf/compression.h"
#include "find/disk_finders.h"
#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

struct Made {
    std::string build_id;  ///< hexadecimal; empty: none
    bool debug = false;    ///< has .debug_info
    std::string link = {};
    std::uint32_t link_crc = 0;
    std::uint16_t machine = EM_X86_64;
    std::uint8_t mark = 0;  ///< makes otherwise equal files differ
};

ByteVector make(const Made& made) {
    ElfBuilder builder({}, ET_EXEC, made.machine);
    builder.add_code(".text", 0x401000, 16);
    builder.add({.name = ".mark", .bytes = {made.mark}});
    if (const auto id = BuildId::parse(made.build_id)) {
        ByteWriter note;
        note.u32(4).u32(id->bytes().size()).u32(3).string("GNU");
        for (const std::byte b : id->bytes()) note.u8(std::to_integer<unsigned>(b));
        builder.add(
            {.name = ".note", .type = SHT_NOTE, .bytes = note.align(4).data(), .alignment = 4});
    }
    if (made.debug) builder.add({.name = ".debug_info", .bytes = ByteVector(4)});
    if (!made.link.empty()) {
        ByteWriter link;
        link.string(made.link).align(4).u32(made.link_crc);
        builder.add({.name = ".gnu_debuglink", .bytes = link.data()});
    }
    return builder.build();
}

constexpr const char* kId = "aabbccddeeff00112233";

struct Result {
    std::string path;
    FoundBy found_by = FoundBy::nothing;
    std::vector<Error> refused;
};

Result search(const std::string& file, const std::vector<std::string>& directories) {
    const auto elf = elf::ElfFile::open(file);
    REQUIRE(elf);
    DebugFileOptions options;
    options.debug_directories = directories;
    auto found = find::FinderList(find::finders_for(options)).find(find::debug_file_of(*elf));
    Result result{.refused = std::move(found.refused)};
    if (found.file) {
        result.path = found.file->path();
        result.found_by = found.found_by;
    }
    return result;
}

}  // namespace

TEST_CASE("the build-id tree: the first two digits are a folder") {
    const TemporaryFolder folder;
    const auto program = folder.write("bin/program", make({.build_id = kId}));
    const auto debug = folder.write("two/.build-id/aa/bbccddeeff00112233.debug",
                                    make({.build_id = kId, .debug = true}));
    const auto result = search(program, {folder.path("one"), folder.path("two")});
    CHECK(result.path == debug);
    CHECK(result.found_by == FoundBy::build_id_tree);
    CHECK(result.refused.empty());
    CHECK(search(program, {folder.path("one")}).path.empty());
    CHECK(search(program, {}).path.empty());
}

TEST_CASE("the first directory of several that hold the file") {
    const TemporaryFolder folder;
    const auto program = folder.write("program", make({.build_id = kId}));
    const auto bytes = make({.build_id = kId, .debug = true});
    const auto first = folder.write("one/.build-id/aa/bbccddeeff00112233.debug", bytes);
    folder.write("two/.build-id/aa/bbccddeeff00112233.debug", bytes);
    CHECK(search(program, {folder.path("one"), folder.path("two")}).path == first);
}

TEST_CASE("the debug link: beside, then in .debug, then under the debug directories") {
    const auto bytes = make({.debug = true});
    const auto crc = elf::debug_link_crc(bytes);
    const TemporaryFolder folder;
    const auto real = std::filesystem::canonical(folder.root()).string();
    const auto program = folder.write("bin/program", make({.link = "p.debug", .link_crc = crc}));
    const std::string places[] = {"bin/p.debug", "bin/.debug/p.debug",
                                  "debug" + real + "/bin/p.debug"};
    for (int first = 2; first >= 0; --first) {
        folder.write(places[first], bytes);
        const auto result = search(program, {folder.path("debug")});
        CHECK(std::filesystem::equivalent(result.path, folder.path(places[first])));
        CHECK(result.found_by == FoundBy::debug_link);
    }
}

TEST_CASE("the debug link of a file that is reached through a symbolic link") {
    const auto bytes = make({.debug = true});
    const TemporaryFolder folder;
    folder.write("real/program", make({.link = "p.debug", .link_crc = elf::debug_link_crc(bytes)}));
    folder.write("real/p.debug", bytes);
    REQUIRE(::symlink("real/program", folder.path("alias").c_str()) == 0);
    CHECK(search(folder.path("alias"), {}).found_by == FoundBy::debug_link);
}

TEST_CASE("the debug link of a symbolic link is found beside it as well") {
    const auto bytes = make({.debug = true});
    const TemporaryFolder folder;
    folder.write("store/1", make({.link = "p.debug", .link_crc = elf::debug_link_crc(bytes)}));
    folder.write("store/2", bytes);
    std::filesystem::create_directory(folder.path("farm"));
    REQUIRE(::symlink("../store/1", folder.path("farm/p").c_str()) == 0);
    REQUIRE(::symlink("../store/2", folder.path("farm/p.debug").c_str()) == 0);
    const auto result = search(folder.path("farm/p"), {});
    CHECK(result.path == folder.path("farm/p.debug"));
    CHECK(result.found_by == FoundBy::debug_link);
    // Below a debug directory too.
    const TemporaryFolder other;
    other.write("d" + folder.path("farm/p.debug"), bytes);
    std::filesystem::remove(folder.path("farm/p.debug"));
    CHECK(search(folder.path("farm/p"), {other.path("d")}).found_by == FoundBy::debug_link);
}

TEST_CASE("a debug directory may mirror the end of the file's folder alone") {
    const auto bytes = make({.debug = true});
    const TemporaryFolder folder;
    const auto program = folder.write(
        "build/usr/bin/p", make({.link = "p.debug", .link_crc = elf::debug_link_crc(bytes)}));
    const TemporaryFolder debug;
    // Each is nearer to the whole path than the one before, and so is taken first.
    for (const char* place : {"p.debug", "bin/p.debug", "usr/bin/p.debug"}) {
        const auto written = debug.write(place, bytes);
        CHECK(search(program, {debug.root()}).path == written);
    }
    debug.write("build/usr/bin/p.debug", make({.debug = true, .machine = EM_386}));
    CHECK(search(program, {debug.root()}).found_by == FoundBy::debug_link);
}

TEST_CASE("the build-id tree comes before the debug link") {
    const TemporaryFolder folder;
    const auto debug = make({.build_id = kId, .debug = true});
    const auto program = folder.write(
        "program",
        make({.build_id = kId, .link = "p.debug", .link_crc = elf::debug_link_crc(debug)}));
    folder.write("p.debug", debug);
    CHECK(search(program, {folder.path("d")}).found_by == FoundBy::debug_link);
    folder.write("d/.build-id/aa/bbccddeeff00112233.debug", debug);
    CHECK(search(program, {folder.path("d")}).found_by == FoundBy::build_id_tree);
}

TEST_CASE("a build id decides even where the CRC differs") {
    const TemporaryFolder folder;
    const auto program =
        folder.write("program", make({.build_id = kId, .link = "p.debug", .link_crc = 1}));
    folder.write("p.debug", make({.build_id = kId, .debug = true}));
    CHECK(search(program, {}).found_by == FoundBy::debug_link);
}

TEST_CASE("candidates that are refused, and why") {
    const auto good = make({.debug = true});
    const auto other_machine = make({.debug = true, .machine = EM_386});
    const struct {
        const char* what;
        Made program;
        ByteVector candidate;
        ErrorCode code;
    } cases[] = {
        {"wrong CRC", {.link = "p.debug", .link_crc = 1}, good, ErrorCode::mismatch},
        {"wrong build id",
         {.build_id = kId, .link = "p.debug"},
         make({.build_id = "0011", .debug = true}),
         ErrorCode::mismatch},
        {"no build id", {.build_id = kId, .link = "p.debug"}, good, ErrorCode::mismatch},
        {"another machine",
         {.link = "p.debug", .link_crc = elf::debug_link_crc(other_machine)},
         other_machine,
         ErrorCode::mismatch},
        {"no debug information",
         {.build_id = kId, .link = "p.debug"},
         make({.build_id = kId}),
         ErrorCode::mismatch},
        {"empty", {.link = "p.debug"}, {}, ErrorCode::empty},
        {"not ELF", {.link = "p.debug"}, {'h', 'i', '\n', 0, 0}, ErrorCode::not_elf},
    };
    for (const auto& each : cases) {
        CAPTURE(each.what);
        const TemporaryFolder folder;
        const auto program = folder.write("program", make(each.program));
        const auto candidate = folder.write("p.debug", each.candidate);
        const auto result = search(program, {});
        CHECK(result.path.empty());
        REQUIRE(result.refused.size() == 1);
        CHECK(result.refused[0].code == each.code);
        CHECK(std::filesystem::equivalent(result.refused[0].file, candidate));
        CHECK_FALSE(result.refused[0].message.empty());
    }
}

TEST_CASE("after a refused candidate the next one is tried") {
    const auto good = make({.debug = true, .mark = 1});
    const TemporaryFolder folder;
    const auto program =
        folder.write("program", make({.link = "p.debug", .link_crc = elf::debug_link_crc(good)}));
    folder.write("p.debug", make({.debug = true, .mark = 2}));
    folder.write(".debug/p.debug", good);
    const auto result = search(program, {});
    CHECK(std::filesystem::equivalent(result.path, folder.path(".debug/p.debug")));
    CHECK(result.refused.size() == 1);
}

TEST_CASE("a loop of symbolic links and a folder are refused, the file itself is passed over") {
    const TemporaryFolder folder;
    const auto program = folder.write("program", make({.link = "p.debug"}));
    REQUIRE(::symlink("p.debug", folder.path("p.debug").c_str()) == 0);
    std::filesystem::create_directories(folder.path(".debug/p.debug"));
    const auto result = search(program, {});
    CHECK(result.path.empty());
    REQUIRE(result.refused.size() == 2);
    CHECK(result.refused[0].code == ErrorCode::unreadable);
    CHECK(result.refused[1].code == ErrorCode::is_directory);
    const auto itself = folder.write("self", make({.link = "self"}));
    const auto none = search(itself, {});
    CHECK(none.path.empty());
    CHECK(none.refused.empty());
}

TEST_CASE("a build id of one byte names no path of the tree") {
    find::WantedFile wanted;
    wanted.build_id = BuildId::parse("ab");
    CHECK(find::build_id_tree({"/d"}, "")->candidates(wanted).paths.empty());
}

TEST_CASE("a file that is named comes first, and one that does not belong is skipped") {
    const TemporaryFolder folder;
    const auto program = folder.write("program", make({.build_id = kId}));
    const auto bytes = make({.build_id = kId, .debug = true});
    const auto in_tree = folder.write("d/.build-id/aa/bbccddeeff00112233.debug", bytes);
    const auto named = folder.write("named", bytes);
    const auto other = folder.write("other", make({.build_id = "0011", .debug = true}));
    const auto elf = elf::ElfFile::open(program);
    REQUIRE(elf);
    DebugFileOptions options;
    options.debug_directories = {folder.path("d")};
    options.debug_files = {other, folder.path("missing"), named};
    const auto first = find::FinderList(find::finders_for(options)).find(find::debug_file_of(*elf));
    REQUIRE(first.file);
    CHECK(first.file->path() == named);
    CHECK(first.found_by == FoundBy::explicit_path);
    REQUIRE(first.refused.size() == 2);
    // The two finders disagree: the next one answers.
    options.debug_files = {other};
    const auto second =
        find::FinderList(find::finders_for(options)).find(find::debug_file_of(*elf));
    REQUIRE(second.file);
    CHECK(second.file->path() == in_tree);
    REQUIRE(second.tried.size() == 2);
    CHECK(second.tried[0].outcome == TriedOutcome::refused);
    CHECK(describe(second.tried[0]) == "build id 0011 instead of " + std::string(kId));
    CHECK(second.tried[1].outcome == TriedOutcome::used);
    CHECK(second.tried[1].found_by == FoundBy::build_id_tree);
}

TEST_CASE("a question is asked once in a run, whatever its answer is") {
    const TemporaryFolder folder;
    const auto id = BuildId::parse(kId);
    DebugFileOptions options;
    options.debug_directories = {folder.path("d")};
    DebugFiles files(options);
    CHECK(files.debug_file(*id).path.empty());
    const auto path = folder.write("d/.build-id/aa/bbccddeeff00112233.debug",
                                   make({.build_id = kId, .debug = true}));
    CHECK(files.debug_file(*id).path.empty());
    CHECK(DebugFiles(options).debug_file(*id).path == path);
    // Debug information is one question, the code another.
    CHECK(files.code_file(*id).path == path);
}

TEST_CASE("an empty debug file and one past a loop of links: the next directory is asked") {
    const TemporaryFolder folder;
    const auto program = folder.write("program", make({.build_id = kId}));
    const std::string name = "/.build-id/aa/bbccddeeff00112233.debug";
    folder.write("empty" + name, "");
    std::filesystem::create_directories(folder.path("loop/.build-id"));
    REQUIRE(::symlink("aa", folder.path("loop/.build-id/aa").c_str()) == 0);
    const auto good = folder.write("good" + name, make({.build_id = kId, .debug = true}));
    const auto result =
        search(program, {folder.path("empty"), folder.path("loop"), folder.path("good")});
    CHECK(result.path == good);
    REQUIRE(result.refused.size() == 2);
    CHECK(result.refused[0].code == ErrorCode::empty);
    CHECK(result.refused[1].code == ErrorCode::unreadable);
}

TEST_CASE("a debug directory without permission is said, and the next one is asked") {
    namespace fs = std::filesystem;
    const TemporaryFolder folder;
    fs::permissions(folder.root(), fs::perms{0755});
    const auto program = folder.write("program", make({.build_id = kId}));
    const std::string name = "/.build-id/aa/bbccddeeff00112233.debug";
    folder.write("closed" + name, make({.build_id = kId, .debug = true}));
    const auto good = folder.write("good" + name, make({.build_id = kId, .debug = true}));
    fs::permissions(folder.path("closed"), fs::perms::none);
    // Root may read everything.
    constexpr uid_t nobody = 65534;
    const uid_t self = ::geteuid();
    if (self == 0) REQUIRE(::seteuid(nobody) == 0);
    const auto result = search(program, {folder.path("closed"), folder.path("good")});
    if (self == 0) REQUIRE(::seteuid(self) == 0);
    fs::permissions(folder.path("closed"), fs::perms{0755});
    CHECK(result.path == good);
    REQUIRE(result.refused.size() == 1);
    CHECK(result.refused[0].code == ErrorCode::unreadable);
}

namespace {

/// Names the files that it was made with, and remembers what it was asked.
class Farm : public FileFinder {
public:
    explicit Farm(std::vector<std::string> paths) : paths_(std::move(paths)) {}

    std::string_view name() const override { return "farm"; }
    FileCandidates candidates(const FileRequest& wanted) override {
        asked.push_back(wanted);
        FileCandidates found{.paths = paths_};
        if (paths_.empty()) found.asked.push_back({"farm.example", "has no such build"});
        return found;
    }

    std::vector<FileRequest> asked;

private:
    std::vector<std::string> paths_;
};

}  // namespace

TEST_CASE("a finder of the caller is asked at its place in the order, and its files are checked") {
    const TemporaryFolder folder;
    const auto bytes = make({.build_id = kId, .debug = true});
    const auto in_tree = folder.write("d/.build-id/aa/bbccddeeff00112233.debug", bytes);
    const auto stored = folder.write("stored", bytes);
    const auto other = folder.write("other", make({.build_id = "0011", .debug = true}));
    const auto farm = std::make_shared<Farm>(std::vector{other, stored});
    DebugFileOptions options;
    options.debug_directories = {folder.path("d")};
    options.finders.insert(options.finders.begin(), farm);
    const auto first = DebugFiles(options).debug_file(*BuildId::parse(kId));
    CHECK(first.path == stored);
    CHECK(first.found_by == FoundBy::custom);
    CHECK(first.finder == "farm");
    REQUIRE(first.refused.size() == 1);
    CHECK(first.refused[0].file == other);
    REQUIRE(farm->asked.size() == 1);
    CHECK(farm->asked[0].build_id == BuildId::parse(kId));
    CHECK(farm->asked[0].content == FileContent::debug);
    // After the tree, which has the file.
    options.finders = {FoundBy::build_id_tree, farm};
    CHECK(DebugFiles(options).debug_file(*BuildId::parse(kId)).path == in_tree);
    CHECK(farm->asked.size() == 1);
    options.finders.clear();
    CHECK(DebugFiles(options).debug_file(*BuildId::parse(kId)).path.empty());
}

TEST_CASE("a finder of the caller learns what is known of the file, and can say why it has none") {
    const TemporaryFolder folder;
    const auto program =
        folder.write("program", make({.build_id = kId, .link = "p.debug", .link_crc = 7}));
    const auto farm = std::make_shared<Farm>(std::vector<std::string>{});
    DebugFileOptions options;
    options.finders = {farm};
    DebugFiles files(options);
    const auto elf = elf::ElfFile::open(program);
    REQUIRE(elf);
    const auto answer = find::finders_of(files).find(find::debug_file_of(*elf));
    CHECK_FALSE(answer.file);
    REQUIRE(answer.tried.size() == 1);
    CHECK(answer.tried[0].place == "farm.example");
    CHECK(answer.tried[0].outcome == TriedOutcome::no_file);
    CHECK(describe(answer.tried[0]) == "has no such build");
    CHECK(answer.tried[0].finder == "farm");
    REQUIRE(farm->asked.size() == 1);
    CHECK(farm->asked[0].file_path == program);
    CHECK(farm->asked[0].debug_link == "p.debug");
    CHECK(farm->asked[0].debug_link_crc == 7);
}

TEST_CASE("a kernel that a caller's finder names without a build id has to be of the release") {
    const auto farm =
        std::make_shared<Farm>(std::vector{fixture("mini-module.ko"), fixture("mini-vmlinux-gcc")});
    DebugFileOptions options;
    options.finders = {farm};
    const auto found = DebugFiles(options).kernel("6.1.0-99-test", std::nullopt);
    CHECK(found.path == fixture("mini-vmlinux-gcc"));
    REQUIRE(found.refused.size() == 1);
    CHECK(found.refused[0].message == "is not of vmlinux");
    CHECK(farm->asked.at(0).kernel_name == "vmlinux");
    CHECK(farm->asked.at(0).kernel_release == "6.1.0-99-test");
}
