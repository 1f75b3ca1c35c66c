#include "output/quoted.h"

#include <doctest/doctest.h>

using namespace symline;

namespace {

/// What a field of CSV becomes when `text` is added to it.
std::string with(std::string field, std::string_view text, char separator) {
    std::string out = "1,";
    out += field;
    output::append_quoted(out, text, Quoting::bare_csv, 0);
    if (output::needs_quotes(text, separator)) output::quote_field(out, 2);
    return out.substr(2);
}

}  // namespace

TEST_CASE("quoted: a bare field of CSV gets quotes where the text needs them") {
    CHECK(with("a+0x1", " (a b.c:1)", ',') == "a+0x1 (a b.c:1)");
    CHECK(with("a+0x1", " (a,b.c:1)", ',') == "\"a+0x1 (a,b.c:1)\"");
    CHECK(with("a+0x1", " (a,b.c:1)", ';') == "a+0x1 (a,b.c:1)");
    CHECK(with("a+0x1", " (a;b.c:1)", ';') == "\"a+0x1 (a;b.c:1)\"");
    CHECK(with("a+0x1", " (a\tb.c:1)", '\t') == "\"a+0x1 (a\tb.c:1)\"");
    CHECK(with("a+0x1", " (\"b\".c:1)", ',') == "\"a+0x1 (\"\"b\"\".c:1)\"");
    CHECK(with("a+0x1", "\noperator,", ';') == "\"a+0x1\noperator,\"");
}

TEST_CASE("quoted: quotes that a bare field has are doubled with those that are added") {
    CHECK(with("say \"a\"", " (b)", ',') == "say \"a\" (b)");
    CHECK(with("say \"a\"", " (b, c)", ',') == "\"say \"\"a\"\" (b, c)\"");
}
