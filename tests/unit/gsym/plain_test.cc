// A GSYM file as llvm-gsymutil writes it, of both byte orders, whole and damaged in each part.
#include <doctest/doctest.h>

#include <random>

#include "gsym/plain_reader.h"

using namespace symline;
using namespace symline::gsym;

namespace {

using Image = std::vector<std::uint8_t>;

/// Appends numbers in one byte order.
class Writer {
public:
    explicit Writer(bool big) : big_(big) {}

    Image bytes;

    Writer& number(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) {
            const unsigned byte = big_ ? size - 1 - i : i;
            bytes.push_back(static_cast<std::uint8_t>(value >> (8 * byte)));
        }
        return *this;
    }
    Writer& u8(std::uint64_t value) { return number(value, 1); }
    Writer& u32(std::uint64_t value) { return number(value, 4); }
    Writer& part(std::uint32_t type, const Image& data) {
        u32(type).u32(data.size());
        bytes.insert(bytes.end(), data.begin(), data.end());
        return *this;
    }

private:
    bool big_;
};

constexpr std::uint64_t kBase = 0x1000;
constexpr std::string_view kStrings{"\0outer\0middle\0inner\0/src\0a.c\0b.h\0symbol\0", 41};

std::uint32_t string(std::string_view text) {
    return static_cast<std::uint32_t>(kStrings.find(text));
}

/// 0x1000: a.c:10, 0x1010: b.h:400, 0x1020: a.c:12
Image lines() {
    // Lines advance from -1 to 2 in one opcode: 4 + (lines + 1) + 4 * distance.
    return {0x7f,  2, 10,                       // least, most, first line
            4 + 1,                              // 0x1000 a.c:10
            1,     2, 3,  0x86, 3,    2, 0x10,  // file 2, 390 lines, 16 bytes
            1,     1, 3,  0xfc, 0x7c, 2, 0x10, 0};
}

/// middle at [0x1008, 0x1020) called at a.c:11, and in it inner at [0x1010, 0x1018) and
/// [0x101a, 0x1020), called at b.h:7; before it one that is elsewhere and has a child.
Image inlines(bool big) {
    Writer out(big);
    const auto call = [&](std::initializer_list<int> ranges, int children, std::string_view name,
                          int file, int line) {
        out.u8(ranges.size() / 2);
        for (const int each : ranges) out.u8(static_cast<std::uint64_t>(each));
        out.u8(static_cast<std::uint64_t>(children)).u32(name.empty() ? 0 : string(name));
        out.u8(static_cast<std::uint64_t>(file)).u8(static_cast<std::uint64_t>(line));
    };
    call({0, 0x70}, 1, "", 0, 0);
    call({0x40, 8}, 1, "middle", 1, 9);
    call({0, 4}, 0, "inner", 1, 9);
    out.u8(0);
    call({8, 0x18}, 1, "middle", 1, 11);
    call({8, 8, 0x12, 6}, 0, "inner", 2, 7);
    out.u8(0).u8(0);
    return out.bytes;
}

/// outer at [0x1000, 0x1070); symbol at 0x1100, without a size; a shorter outer at 0x1000, too.
Image example(bool big, std::uint16_t version = 1) {
    Writer out(big);
    out.u32(0x4753594d).number(version, 2).u8(2).u8(4).number(kBase, 8).u32(3);
    const std::size_t tables = 48 + 8 + 12 + 4 + 3 * 8;
    out.u32(tables).u32(kStrings.size());
    for (const int byte : {0xaa, 0xbb, 0xcc, 0xdd}) out.u8(static_cast<std::uint64_t>(byte));
    out.bytes.resize(48);
    out.number(0, 2).number(0, 2).number(0x100, 2).number(0, 2);
    Writer shorter(big), outer(big), symbol(big);
    shorter.u32(8).u32(string("inner")).part(0, {});
    outer.u32(0x70).u32(string("outer")).part(4, {1, 2, 3});
    outer.part(1, lines()).part(2, inlines(big)).part(0, {});
    symbol.u32(0).u32(string("symbol")).part(0, {});
    const std::size_t first = tables + kStrings.size();
    out.u32(first).u32(first + shorter.bytes.size());
    out.u32(first + shorter.bytes.size() + outer.bytes.size());
    out.u32(3).u32(0).u32(0).u32(string("/src")).u32(string("a.c")).u32(0).u32(string("b.h"));
    out.bytes.insert(out.bytes.end(), kStrings.begin(), kStrings.end());
    for (const Writer* each : {&shorter, &outer, &symbol}) {
        out.bytes.insert(out.bytes.end(), each->bytes.begin(), each->bytes.end());
    }
    return out.bytes;
}

std::string text(const Expected<std::vector<Frame>>& frames) {
    if (!frames) return "error: " + frames.error().message;
    std::string all;
    for (const Frame& frame : *frames) {
        if (!all.empty()) all += " < ";
        (all += frame.name) += frame.inlined ? "* " : " ";
        (all += frame.location.file) += ":" + std::to_string(frame.location.line);
    }
    return all;
}

std::string at(const Image& image, std::uint64_t address) {
    const auto file = PlainFile::of(image);
    if (!file) return "error: " + file.error().message;
    PlainReader reader(*file);
    return text(reader.lookup(address));
}

/// All that can be asked, for damaged files: what comes of it is not looked at.
void ask_all(const Image& image) {
    const auto file = PlainFile::of(image);
    if (!file) return;
    PlainReader reader(*file);
    for (const std::uint64_t address :
         {0x0UL, 0xfffUL, 0x1000UL, 0x1012UL, 0x101bUL, 0x1042UL, 0x1080UL, 0x1105UL, ~0UL}) {
        text(reader.lookup(address));
    }
    for (std::uint32_t i = 0; i < std::min(file->functions(), 8U); ++i) file->name_of(i);
}

}  // namespace

TEST_CASE("a GSYM file gives the frames of an address, in either byte order") {
    for (const bool big : {false, true}) {
        const Image image = example(big);
        CHECK(at(image, 0xfff).empty());
        CHECK(at(image, 0x1004) == "inner :0");
        CHECK(at(image, 0x1008) == "middle* /src/a.c:10 < outer /src/a.c:11");
        CHECK(at(image, 0x1010) == "inner* b.h:400 < middle* b.h:7 < outer /src/a.c:11");
        CHECK(at(image, 0x1019) == "middle* b.h:400 < outer /src/a.c:11");
        CHECK(at(image, 0x101b) == "inner* b.h:400 < middle* b.h:7 < outer /src/a.c:11");
        CHECK(at(image, 0x1020) == "outer /src/a.c:12");
        CHECK(at(image, 0x1041) == "inner* /src/a.c:12 < middle* /src/a.c:9 < outer /src/a.c:9");
        CHECK(at(image, 0x1070).empty());
        CHECK(at(image, 0x1100) == "symbol :0");
        CHECK(at(image, 0x5000) == "symbol :0");
    }
}

TEST_CASE("a GSYM file says what it was made from and where its frames begin") {
    const Image image = example(true);
    const auto file = PlainFile::of(image);
    REQUIRE(file);
    CHECK(file->build_id().hex() == "aabbccdd");
    CHECK(file->name_of(1) == "outer");
    CHECK(file->address_of(2) == 0x1100);
    PlainReader reader(*file);
    const auto frames = reader.lookup(0x101b);
    REQUIRE(frames);
    REQUIRE(frames->size() == 3);
    CHECK((*frames)[0].start->value == 0x1010);
    CHECK((*frames)[1].start->value == 0x1008);
    CHECK((*frames)[2].start->value == 0x1000);
    CHECK((*frames)[2].name_source == NameSource::gsym);
}

TEST_CASE("what is no GSYM file, or one of another version, is refused") {
    CHECK(at({}, 0) == "error: too small for a GSYM file");
    CHECK(at(Image(64), 0) == "error: not a GSYM file");
    CHECK(at(example(false, 2), 0) == "error: a GSYM file of version 2, which is not known");
    const auto changed = [](std::size_t offset, std::uint8_t value) {
        Image image = example(false);
        image[offset] = value;
        return at(image, 0x1010);
    };
    CHECK(changed(6, 3) == "error: damaged GSYM header");
    CHECK(changed(6, 16) == "error: damaged GSYM header");
    CHECK(changed(7, 21) == "error: damaged GSYM header");
    CHECK(changed(19, 0x7f) == "error: truncated or damaged GSYM tables");
    CHECK(changed(23, 0x7f) == "error: truncated or damaged GSYM tables");
    CHECK(changed(27, 0x7f) == "error: truncated or damaged GSYM tables");
}

TEST_CASE("damage in a function's record is that function's alone") {
    const Image whole = example(false);
    const auto find = [&](const Image& part) {
        return static_cast<std::size_t>(std::ranges::search(whole, part).begin() - whole.begin());
    };
    const std::size_t table = find(lines()), calls = find(inlines(false));
    const auto changed = [&](std::size_t offset, std::uint8_t value) {
        Image image = whole;
        REQUIRE(offset < image.size());
        image[offset] = value;
        CHECK(at(image, 0x1100) == "symbol :0");
        return at(image, 0x1010);
    };
    // The greatest advance is less than the least one.
    CHECK(changed(table + 1, 0x7e) == "error: damaged GSYM line table");
    // A file that the table does not have.
    CHECK(changed(table + 5, 99) == "error: damaged GSYM file numbers");
    CHECK(changed(calls + 8, 99) == "error: damaged GSYM file numbers");
    // The part is longer than the file.
    CHECK(changed(table - 1, 0x7f) == "error: damaged GSYM function record");
    CHECK(changed(calls - 1, 0x7f) == "error: damaged GSYM function record");
    // More ranges than there are bytes.
    CHECK(changed(calls, 0xff) == "error: damaged GSYM inline information");
    // No name.
    CHECK(changed(table - 8 - 11 - 4, 0) == "error: damaged GSYM function record");
}

TEST_CASE("a line table that ends before the address has no opcode for it is damaged") {
    Image image = example(false);
    const auto part = lines();
    const auto found = std::ranges::search(image, part);
    REQUIRE_FALSE(found.empty());
    *(found.end() - 1) = 1;
    CHECK(at(image, 0x1025) == "error: damaged GSYM line table");
    CHECK(at(image, 0x1000 + 9) == "middle* /src/a.c:10 < outer /src/a.c:11");
}

TEST_CASE("GSYM files that are cut off or damaged anywhere are read to an end") {
    const Image whole = example(false);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        ask_all(Image(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
        for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
            Image image = whole;
            image[i] = static_cast<std::uint8_t>(value);
            ask_all(image);
        }
    }
    std::mt19937 random(7);
    for (int round = 0; round < 2000; ++round) {
        Image image = example(round % 2 == 0);
        for (int i = 0; i < 4; ++i) {
            image[random() % image.size()] = static_cast<std::uint8_t>(random());
        }
        ask_all(image);
    }
}

TEST_CASE("inlined calls are followed to a limit") {
    // Each call holds the next one.
    Writer calls(false);
    for (int i = 0; i < 5000; ++i) calls.u8(1).u8(0).u8(0x70).u8(1).u32(1).u8(1).u8(1);
    calls.u8(0);
    Writer record(false);
    record.u32(0x70).u32(1).part(1, lines()).part(2, calls.bytes).part(0, {});
    const auto found = read_plain_record({0x1000, record.bytes}, false, 0x1004);
    REQUIRE_FALSE(found);
    CHECK(found.error().message == "damaged GSYM inline information");
}
