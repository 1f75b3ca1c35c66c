#include "kernel/running_kernel.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>

using namespace symline;
using namespace symline::kernel;

namespace {

void append_word(std::string& notes, std::uint32_t value) {
    notes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::string note(const std::string& name, std::uint32_t type, std::string content) {
    std::string text;
    append_word(text, static_cast<std::uint32_t>(name.size()));
    append_word(text, static_cast<std::uint32_t>(content.size()));
    append_word(text, type);
    const auto padded = [](std::string part) {
        part.resize((part.size() + 3) / 4 * 4);
        return part;
    };
    return text + padded(name) + padded(std::move(content));
}

std::optional<BuildId> id_in(const std::string& notes) {
    return build_id_in_notes(std::as_bytes(std::span(notes)));
}

}  // namespace

TEST_CASE("the build id among a kernel's notes") {
    const std::string gnu("GNU\0", 4);
    const auto others = note(std::string("Xen\0", 4), 6, "linux") + note("Linux", 0x101, "\1\2");
    const auto id = note(gnu, 3, "\x12\x34\x56\x78");
    REQUIRE(id_in(others + id));
    CHECK(id_in(others + id)->hex() == "12345678");
    CHECK(id_in(id + others)->hex() == "12345678");
    CHECK_FALSE(id_in(others));
    CHECK_FALSE(id_in(note(gnu, 1, "abcd")));
    CHECK_FALSE(id_in({}));
}

TEST_CASE("notes that end too early") {
    const auto id = note(std::string("GNU\0", 4), 3, "\x12\x34\x56\x78");
    for (std::size_t size = 0; size < id.size(); ++size) CHECK_FALSE(id_in(id.substr(0, size)));
    std::string huge;
    for (const auto value : {0xffffffffU, 0xffffffffU, 3U}) append_word(huge, value);
    CHECK_FALSE(id_in(huge + "GNU"));
}
