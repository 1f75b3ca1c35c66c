#include "llvm_reader/messages.h"

#include <doctest/doctest.h>

#include <span>

using namespace symline;
using namespace symline::llvm_reader;

namespace {

/// The bytes behind the size, which is checked.
std::vector<std::uint8_t> body(const std::string& message) {
    const std::vector<std::uint8_t> bytes(message.begin(), message.end());
    REQUIRE(bytes.size() >= 4);
    CHECK(base::load<std::uint32_t>(bytes.data(), false) == bytes.size() - 4);
    return {bytes.begin() + 4, bytes.end()};
}

const Place kPlace{.function = "f",
                   .file = "/src/f.c",
                   .line = 7,
                   .column = 3,
                   .discriminator = 2,
                   .declaration_file = "/src/f.h",
                   .declaration_line = 5,
                   .start = 0x1000};

}  // namespace

TEST_CASE("llvm_reader messages: a request to open a file") {
    const OpenRequest request{.path = "/a b",
                              .functions = FunctionNames::source,
                              .demangle = true,
                              .relative_paths = false,
                              .relative_addresses = true,
                              .architecture = "arm64",
                              .dsym_hints = {"x.dSYM", ""},
                              .debug_directories = {"/d"},
                              .split_package = "p.dwp"};
    const auto read = parse_open_request(body(to_message(request)));
    REQUIRE(read);
    CHECK(read->path == "/a b");
    CHECK(read->functions == FunctionNames::source);
    CHECK(read->demangle);
    CHECK_FALSE(read->relative_paths);
    CHECK(read->relative_addresses);
    CHECK(read->architecture == "arm64");
    CHECK(read->dsym_hints == std::vector<std::string>{"x.dSYM", ""});
    CHECK(read->debug_directories == std::vector<std::string>{"/d"});
    CHECK(read->split_package == "p.dwp");
}

TEST_CASE("llvm_reader messages: questions and answers") {
    const auto asked = parse_request(
        body(to_message(Request{.question = Question::symbol, .address = 9, .symbol = "g"})));
    REQUIRE(asked);
    CHECK(asked->question == Question::symbol);
    CHECK(asked->address == 9);
    CHECK(asked->symbol == "g");

    const auto places = parse_places(body(to_message(Expected<std::vector<Place>>({kPlace, {}}))));
    REQUIRE(places);
    REQUIRE(places->size() == 2);
    CHECK(places->front().function == "f");
    CHECK(places->front().declaration_line == 5);
    CHECK(places->front().start == 0x1000);
    CHECK_FALSE(places->back().start);

    const auto datum = parse_datum(body(to_message(
        Expected<Datum>({.name = "d", .start = 16, .size = 4, .file = "/d.c", .line = 2}))));
    REQUIRE(datum);
    CHECK(datum->name == "d");
    CHECK(datum->size == 4);
    CHECK(datum->line == 2);

    const Variable variable{.function = "f",
                            .name = "x",
                            .file = "/f.c",
                            .line = 3,
                            .frame_offset = -36,
                            .size = 4,
                            .tag_offset = std::nullopt};
    const auto variables =
        parse_variables(body(to_message(Expected<std::vector<Variable>>({variable}))));
    REQUIRE(variables);
    CHECK(variables->front().frame_offset == -36);
    CHECK(variables->front().size == 4U);
    CHECK_FALSE(variables->front().tag_offset);
}

TEST_CASE("llvm_reader messages: an error comes over as it is") {
    const Error error{ErrorCode::not_found, {}, "no such file"};
    const auto opened = parse_opened(body(to_message(Expected<Opened>(std::unexpected(error)))));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::not_found);
    CHECK(opened.error().message == "no such file");
}

TEST_CASE("llvm_reader messages: a message that is cut, or too long, is damage") {
    const auto whole = body(to_message(Expected<std::vector<Place>>({kPlace, kPlace})));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto read = parse_places(base::Bytes(whole).first(size));
        REQUIRE_FALSE(read);
        CHECK(read.error().code == ErrorCode::malformed);
    }
    auto longer = whole;
    longer.push_back(0);
    CHECK_FALSE(parse_places(longer));
}

TEST_CASE("llvm_reader messages: counts and sizes beyond the message allocate nothing") {
    Writer writer;
    writer.numbers({~std::uint64_t{0}, ~std::uint64_t{0}});  // no error; as many places
    CHECK_FALSE(parse_places(body(std::move(writer).message())));
    Writer text;
    text.number(~std::uint64_t{0} - 7);  // the size of the path
    CHECK_FALSE(parse_open_request(body(std::move(text).message())));
    Writer code;
    code.number(12345);  // no code of an error
    code.text("x");
    const auto opened = parse_opened(body(std::move(code).message()));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::malformed);
}

TEST_CASE("llvm_reader messages: a message beyond the limit is not made") {
    Writer writer;
    writer.text(std::string(kMaxMessageSize, 'x'));
    CHECK(std::move(writer).message().empty());
}
