#include "output/hyperlink.h"

#include <doctest/doctest.h>

using namespace symline::output;

namespace {

std::string filled(std::string_view text, const UrlParts& parts) {
    const auto parsed = UrlTemplate::parse(text);
    REQUIRE(parsed.has_value());
    return parsed->fill(parts);
}

std::string problem(std::string_view text) {
    const auto parsed = UrlTemplate::parse(text);
    return parsed ? "none" : parsed.error();
}

}  // namespace

TEST_CASE("URL template: parts are filled in, percent-encoded") {
    const UrlParts parts{.path = "net/ipv4/tcp.c", .line = 12, .release = "6.1.0+"};
    CHECK(filled("https://h/t/{path}?h=v{release}#n{line}", parts) ==
          "https://h/t/net/ipv4/tcp.c?h=v6.1.0%2B#n12");
    CHECK(filled("x:{path}{path}", {.path = "a"}) == "x:aa");
    CHECK(filled("x:{path}", {.path = "a b\x1b\n%\"\xc3\xb6"}) == "x:a%20b%1B%0A%25%22%C3%B6");
}

TEST_CASE("URL template: no URL when a part is not known, or it is too long") {
    CHECK(filled("x:{path}", {.line = 1, .release = "r"}).empty());
    CHECK(filled("x:{path}:{line}", {.path = "a"}).empty());
    CHECK(filled("x:{path}:{release}", {.path = "a"}).empty());
    CHECK(filled("x:{path}", {.path = std::string(2081, 'a')}).size() == 2083);
    CHECK(filled("x:{path}", {.path = std::string(2082, 'a')}).empty());
}

TEST_CASE("URL template: what is wrong with it") {
    CHECK(problem("https://h/{path}") == "none");
    CHECK(problem("") == "a URL begins with a scheme, such as https:");
    CHECK(problem("h/{path}") == "a URL begins with a scheme, such as https:");
    CHECK(problem("{path}:") == "a URL begins with a scheme, such as https:");
    CHECK(problem("https://h/{file}") == "{file} is none of {path}, {line} and {release}");
    CHECK(problem("https://h/{}") == "{} is none of {path}, {line} and {release}");
    CHECK(problem("https://h/{line}") == "{path} is missing");
    for (const auto* text : {"x:{path", "x:path}", "x:{{path}}", "x:{path}}", "x:{path}{"}) {
        CHECK(problem(text) == "a brace without its other one");
    }
    for (const auto* text : {"x: {path}", "x:\x1b{path}", "x:\xc3\xb6{path}"}) {
        CHECK(problem(text) == "a URL has no spaces, control or non-ASCII characters");
    }
}

TEST_CASE("links: the bytes of OSC 8") {
    CHECK(file_uri("host", "/a b/c.c") == "file://host/a%20b/c.c");
    CHECK(file_uri("", std::string(3000, '/')).empty());
    std::string out;
    append_link(out, "x:a", "a:1");
    CHECK(out == "\x1b]8;;x:a\x1b\\a:1\x1b]8;;\x1b\\");
    out.clear();
    append_link(out, "", "a:1");
    CHECK(out == "a:1");
}
