#include "vmcore/layout/btf.h"

#include <doctest/doctest.h>

#include "support/byte_writer.h"

using namespace symline;
using namespace symline::test;
using vmcore::Btf;

namespace {

struct Kinds {
    static constexpr unsigned kInt = 1, kPtr = 2, kArray = 3, kStruct = 4, kUnion = 5, kTypedef = 8;
};

/// Types and strings one after another, then the header before them.
class BtfImage {
public:
    explicit BtfImage(bool big_endian = false) : big_(big_endian), types_(big_endian) {}

    std::uint32_t name(std::string_view text) {
        if (text.empty()) return 0;
        const auto at = static_cast<std::uint32_t>(strings_.size());
        (strings_ += text) += '\0';
        return at;
    }
    ByteWriter& type(std::string_view text, unsigned kind, unsigned count, std::uint32_t content,
                     bool flag = false) {
        const std::uint32_t info = (kind << 24) | count | (flag ? 1U << 31 : 0);
        return types_.u32(name(text)).u32(info).u32(content);
    }
    void member(std::string_view text, std::uint32_t type, std::uint32_t bits) {
        types_.u32(name(text)).u32(type).u32(bits);
    }
    ByteVector bytes() const {
        ByteWriter out(big_);
        out.u16(0xeb9f).u8(1).u8(0).u32(24).u32(0).u32(types_.size());
        out.u32(types_.size()).u32(strings_.size()).bytes(types_.data());
        out.text_only(strings_);
        return out.data();
    }

private:
    bool big_;
    ByteWriter types_;
    std::string strings_ = std::string(1, '\0');
};

/// int; long; int as number_t; an unnamed union of both; a structure of all.
BtfImage sample(bool big_endian) {
    BtfImage image(big_endian);
    image.type("int", Kinds::kInt, 0, 4).u32(32);
    image.type("long", Kinds::kInt, 0, 8).u32(64);
    image.type("number_t", Kinds::kTypedef, 0, 1);
    image.type("", Kinds::kUnion, 2, 8);
    image.member("small", 3, 0);
    image.member("large", 2, 0);
    image.type("inner", Kinds::kStruct, 2, 16);
    image.member("first", 2, 0);
    image.member("bits", 1, (64 + 5) | (3U << 24));
    image.type("task", Kinds::kStruct, 4, 48, true);
    image.member("pid", 1, 0);
    image.member("", 4, 64);
    image.member("thread", 5, 128);
    image.member("flag", 1, (256 + 11) | (2U << 24));
    return image;
}

}  // namespace

TEST_CASE("BTF: members of structures, of unnamed unions in them, and of structures in them") {
    for (const bool big : {false, true}) {
        const auto btf = Btf::parse(sample(big).bytes(), big);
        REQUIRE(btf);
        CHECK(btf->size("task") == 48);
        CHECK(btf->size("inner") == 16);
        CHECK_FALSE(btf->size("int"));
        CHECK(btf->member("task", "pid")->size == 4);
        CHECK(btf->member("task", "small")->offset == 8);
        CHECK(btf->member("task", "small")->size == 4);
        CHECK(btf->member("task", "large")->size == 8);
        CHECK(btf->member("task", "thread.first")->offset == 16);
        CHECK(btf->member("task", "thread")->size == 16);
        CHECK_FALSE(btf->member("task", "thread.none"));
        CHECK_FALSE(btf->member("task", "pid.none"));
        CHECK_FALSE(btf->member("none", "pid"));
        CHECK_FALSE(btf->member("task", ""));
    }
}

TEST_CASE("BTF: bit fields") {
    const auto btf = Btf::parse(sample(false).bytes(), false);
    REQUIRE(btf);
    const auto flag = btf->member("task", "flag");
    REQUIRE(flag);
    CHECK(flag->offset == 33);
    CHECK(flag->bit_offset == 3);
    CHECK(flag->bit_size == 2);
}

TEST_CASE("BTF: structures that hold themselves without a name end") {
    BtfImage image;
    image.type("loop", Kinds::kStruct, 1000, 8);
    for (int i = 0; i < 1000; ++i) image.member("", 1, 0);
    image.type("a", Kinds::kTypedef, 0, 3);
    image.type("b", Kinds::kTypedef, 0, 2);
    image.type("holder", Kinds::kStruct, 1, 8);
    image.member("x", 2, 0);
    const auto btf = Btf::parse(image.bytes(), false);
    REQUIRE(btf);
    CHECK_FALSE(btf->member("loop", "missing"));
    CHECK(btf->member("holder", "x")->size == 0);
    CHECK_FALSE(btf->member("holder", "x.y"));
}

TEST_CASE("BTF: what is damaged is refused") {
    CHECK_FALSE(Btf::parse({}, false));
    CHECK_FALSE(Btf::parse(ByteVector(100), false));
    const auto whole = sample(false).bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(
            Btf::parse(ByteVector(whole.begin(), whole.begin() + static_cast<long>(size)), false));
    }
    // Every byte wrong once: no answer is out of bounds.
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const unsigned value : {0x00U, 0x7fU, 0xffU}) {
            auto bytes = whole;
            bytes[at] = static_cast<std::uint8_t>(value);
            const auto btf = Btf::parse(std::move(bytes), false);
            if (btf) static_cast<void>(btf->member("task", "thread.first"));
        }
    }
    BtfImage image;
    image.type("new", 27, 0, 0);
    CHECK_FALSE(Btf::parse(image.bytes(), false));
}
