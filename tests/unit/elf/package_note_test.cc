#include "elf/package_note.h"

#include <doctest/doctest.h>

#include "support/byte_writer.h"

using namespace symline;
using namespace symline::elf;
using symline::test::ByteVector;
using symline::test::ByteWriter;

namespace {

constexpr std::uint32_t kType = 0xcafe1a7e;

ByteVector note(std::uint32_t type, std::string_view owner, std::string_view contents,
                bool big_endian = false) {
    ByteWriter writer(big_endian);
    writer.u32(owner.size() + 1).u32(contents.size() + 1).u32(type).string(owner).align(4);
    return writer.string(contents).align(4).data();
}

}  // namespace

TEST_CASE("package note: of Fedora and of Debian") {
    const auto fedora = parse_package(
        R"({"type":"rpm","name":"glibc","version":"2.39-1.fc40","architecture":"x86_64",)"
        R"("osCpe":"cpe:/o:fedoraproject:fedora:40","debugInfoUrl":"https://d.example"})");
    REQUIRE(fedora);
    CHECK(*fedora == Package{.origin = Package::Origin::note,
                             .type = "rpm",
                             .name = "glibc",
                             .version = "2.39-1.fc40",
                             .architecture = "x86_64",
                             .os = "cpe:/o:fedoraproject:fedora:40",
                             .debuginfod = "https://d.example"});
    const auto debian = parse_package(
        "{ \"type\" : \"deb\",\n\t\"os\": \"debian\", \"osCpe\": \"x\", \"name\":\"a\\u002d\\\"b\" "
        "}");
    REQUIRE(debian);
    CHECK(debian->name == "a-\"b");
    CHECK(debian->os == "debian");
}

TEST_CASE("package note: what else JSON may hold is skipped") {
    const auto package = parse_package(
        R"({"n":1,"more":{"name":"inner","list":[1,"}",[{}]]},"x":null,"name":"outer","\n":true})");
    REQUIRE(package);
    CHECK(package->name == "outer");
    CHECK(parse_package("{}") == Package());
    CHECK(parse_package(R"({"name":"\u00e9\b\f\n\r\t\/\\"})")->name == "?\b\f\n\r\t/\\");
}

TEST_CASE("package note: what is no whole object") {
    for (const char* const text :
         {"", "x", "{", "[]", "{\"name\"}", "{\"name\":", "{\"name\":\"a\"", "{\"name\":\"a",
          "{\"name\":\"a\",}", "{\"a\":]}", "{\"a\":[1}", "{\"name\":\"\\", "{\"name\":\"\\u12",
          "{\"name\":\"\\ug000\"}", "{\"name\":\"\\x\"}", "{\"a\":[\"", "{name:1}"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_package(text));
    }
    CHECK_FALSE(parse_package("{\"name\":\"" + std::string(5000, 'a') + "\"}"));
    CHECK_FALSE(parse_package("{\"a\":" + std::string(4000, '[')));
}

TEST_CASE("package note: among other notes, in either byte order") {
    for (const bool big_endian : {false, true}) {
        auto notes = note(3, "GNU", "0123", big_endian);
        for (const auto& each :
             {note(kType, "GNU", R"({"name":"a"})", big_endian),
              note(1, "FDO", R"({"name":"b"})", big_endian), note(kType, "FDO", "{", big_endian),
              note(kType, "FDO", R"({"name":"c"})", big_endian)}) {
            notes.insert(notes.end(), each.begin(), each.end());
        }
        const auto package = package_in_notes(notes, big_endian);
        REQUIRE(package);
        CHECK(package->name == "c");
        notes.resize(notes.size() - 4);
        CHECK_FALSE(package_in_notes(notes, big_endian));
    }
    CHECK_FALSE(package_in_notes({}, false));
}
