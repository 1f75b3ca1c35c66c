#include "tools/response_file.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/files.h"

using namespace symline::tools;
using symline::test::TemporaryFolder;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("response file: words, quotes and backslashes") {
    CHECK(split_words("") == Words{});
    CHECK(split_words(" -e a.out\n-f\t10\r\n") == Words{"-e", "a.out", "-f", "10"});
    CHECK(split_words(R"(-e "my prog" 'x "y' a\ b)") == Words{"-e", "my prog", "x \"y", "a b"});
    CHECK(split_words("\"\" end") == Words{"", "end"});
    CHECK(split_words("\"open") == Words{"open"});
}

TEST_CASE("response file: replaced where it stands, a missing one stays") {
    const TemporaryFolder folder;
    const auto inner = folder.write("inner", "-e prog -f");
    const auto outer = folder.write("outer", "-a @" + inner + " 30");
    CHECK(expand_response_files({"10", "@" + inner, "20"}) ==
          Words{"10", "-e", "prog", "-f", "20"});
    CHECK(expand_response_files({"@" + outer}) == Words{"-a", "-e", "prog", "-f", "30"});
    CHECK(expand_response_files({"@/nonexistent", "@", "@/"}) == Words{"@/nonexistent", "@", "@/"});
}

TEST_CASE("response file: one that names itself comes to an end") {
    const TemporaryFolder folder;
    const auto path = folder.path("loop");
    folder.write("loop", "x @" + path);
    const auto words = expand_response_files({"@" + path});
    CHECK(words.front() == "x");
    CHECK(words.back() == "@" + path);
    CHECK(words.size() == 2001);
}
