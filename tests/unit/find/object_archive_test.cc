#include "find/object_archive.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

using namespace symline;
using namespace symline::find;

namespace {

std::string padded(std::string text, std::size_t size) {
    text.resize(size, ' ');
    return text;
}

std::string member(const std::string& name, std::string_view content,
                   const std::string& size = {}) {
    std::string text = padded(name, 16) + padded("0", 12) + padded("0", 6) + padded("0", 6) +
                       padded("644", 8) +
                       padded(size.empty() ? std::to_string(content.size()) : size, 10) + "`\n";
    text += content;
    if (content.size() % 2 != 0) text += '\n';
    return text;
}

base::Bytes bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The contents of the members of a name, each in brackets, or the error.
std::string contents(const std::string& archive, std::string_view name) {
    const auto found = members_named(bytes_of(archive), name);
    if (!found) return found.error().message;
    std::string text;
    for (const ArchiveMember& each : *found) {
        text += '[' + each.thin_path + std::string(each.bytes.begin(), each.bytes.end()) + ']';
    }
    return text;
}

/// A member of AIX's big archive at `at`, whose next one is at `next`.
std::string big_member(const std::string& name, std::string_view content, std::uint64_t next) {
    std::string text = padded(std::to_string(content.size()), 20) +
                       padded(std::to_string(next), 20) + padded("0", 20) + padded("0", 48) +
                       padded(std::to_string(name.size()), 4) + name;
    if (name.size() % 2 != 0) text += '\0';
    return text + "`\n" + std::string(content);
}

std::string big_archive(const std::string& members) {
    return "<bigaf>\n" + padded("0", 60) + padded("128", 20) + padded("0", 40) + members;
}

}  // namespace

TEST_CASE("object archive: names of System V and GNU, short and long") {
    const std::string archive = "!<arch>\n" + member("/", "symbols") +
                                member("//", "a-name-longer-than-that.o/\nanother-one.o/\n") +
                                member("x.o/", "odd") + member("/0", "long") +
                                member("/27", "more") + member("x.o/", "second");
    CHECK(contents(archive, "x.o") == "[odd][second]");
    CHECK(contents(archive, "a-name-longer-than-that.o") == "[long]");
    CHECK(contents(archive, "another-one.o") == "[more]");
    CHECK(contents(archive, "y.o").empty());
    CHECK(contents(archive, "").empty());
    CHECK(contents(archive, "/").empty());
}

TEST_CASE("object archive: BSD's long names are in front of the bytes") {
    const std::string archive = "!<arch>\n" + member("__.SYMDEF", "0000") +
                                member("#1/12", std::string("long-name.o\0bytes", 17)) +
                                member("#1/99", "short");
    CHECK(contents(archive, "long-name.o") == "[bytes]");
}

TEST_CASE("object archive: thin ones name files") {
    const std::string archive = "!<thin>\n" + member("//", "../dir/x.o/\n") +
                                member("/0", "", "1234") + member("y.o/", "", "9");
    CHECK(contents(archive, "x.o") == "[../dir/x.o]");
    CHECK(contents(archive, "../dir/x.o") == "[../dir/x.o]");
    CHECK(contents(archive, "y.o") == "[y.o]");
}

TEST_CASE("object archive: AIX's big ones are lists") {
    const std::string first = big_member("a.o", "one", 128 + 121);
    REQUIRE(first.size() == 121);
    CHECK(contents(big_archive(first + big_member("b.o", "two", 0)), "b.o") == "[two]");
    CHECK(contents(big_archive(first + big_member("b.o", "two", 0)), "a.o") == "[one]");
    CHECK(contents(big_archive(big_member("a.o", "one", 0)), "").empty());
    // A circle ends.
    CHECK(contents(big_archive(big_member("a.o", "one", 128)), "b.o").empty());
}

TEST_CASE("object archive: damage") {
    CHECK(contents("!<arch>\nnothing that is a header of one member, but long enough for that",
                   "x.o") == "a damaged header of an archive member");
    CHECK(contents("!<arch>\n" + member("x.o/", "bytes", "6000"), "x.o") ==
          "an archive member lies beyond the end");
    CHECK(contents("!<arch>\n" + member("x.o/", "bytes", "5x"), "x.o") ==
          "a damaged header of an archive member");
    CHECK(contents("!<arch>\n" + member("/9", "bytes"), "x.o").empty());
    CHECK(contents(big_archive(""), "x.o") == "a damaged header of an archive member");
    CHECK(contents(big_archive(big_member("x.o", "one", 0).substr(0, 118)), "x.o") ==
          "an archive member lies beyond the end");
    for (const char* text : {"", "!<arch>", "\177ELF"}) {
        const auto found = members_named(bytes_of(text), "x.o");
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error().code == ErrorCode::archive);
    }
}

TEST_CASE("object archive: machines as LLVM calls them") {
    const auto elf = [](char wide, char order, char high, char low) {
        std::string text = std::string("\177ELF") + wide + order + std::string(12, '\0');
        text += order == 2 ? std::string{high, low} : std::string{low, high};
        return std::string(architecture_of(bytes_of(text)));
    };
    CHECK(elf(2, 1, 0, 62) == "x86_64");
    CHECK(elf(1, 1, 0, 3) == "i386");
    CHECK(elf(2, 1, 0, 21) == "ppc64le");
    CHECK(elf(2, 2, 0, 21) == "ppc64");
    CHECK(elf(1, 2, 0, 20) == "ppc");
    CHECK(elf(2, 1, 0, '\xb7') == "aarch64");
    CHECK(elf(1, 1, 0, 8) == "mipsel");
    CHECK(elf(2, 1, 0x7f, 0x7f).empty());
    CHECK(architecture_of(bytes_of("\x01\xf7")) == "ppc64");
    CHECK(architecture_of(bytes_of("\177ELF\x02\x01")).empty());
    CHECK(architecture_of(bytes_of("")).empty());
}
