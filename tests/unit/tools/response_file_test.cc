#include "tools/response_file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

using namespace symline::tools;

namespace {

using Words = std::vector<std::string>;

/// A file that is gone at the end of the test.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& text) {
        const int descriptor = ::mkstemp(path_.data());
        REQUIRE(descriptor >= 0);
        REQUIRE(::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        ::close(descriptor);
    }
    ~TemporaryFile() { std::remove(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_ = "/tmp/symline-test-XXXXXX";
};

}  // namespace

TEST_CASE("response file: words, quotes and backslashes") {
    CHECK(split_words("") == Words{});
    CHECK(split_words(" -e a.out\n-f\t10\r\n") == Words{"-e", "a.out", "-f", "10"});
    CHECK(split_words(R"(-e "my prog" 'x "y' a\ b)") == Words{"-e", "my prog", "x \"y", "a b"});
    CHECK(split_words("\"\" end") == Words{"", "end"});
    CHECK(split_words("\"open") == Words{"open"});
}

TEST_CASE("response file: replaced where it stands, a missing one stays") {
    const TemporaryFile file("-e prog -f");
    const TemporaryFile outer("-a @" + file.path() + " 30");
    CHECK(expand_response_files({"10", "@" + file.path(), "20"}) ==
          Words{"10", "-e", "prog", "-f", "20"});
    CHECK(expand_response_files({"@" + outer.path()}) == Words{"-a", "-e", "prog", "-f", "30"});
    CHECK(expand_response_files({"@/nonexistent", "@", "@/"}) == Words{"@/nonexistent", "@", "@/"});
}

TEST_CASE("response file: one that names itself comes to an end") {
    std::string path;
    {
        const TemporaryFile file("");
        path = file.path();
    }
    std::FILE* file = std::fopen(path.c_str(), "w");
    REQUIRE(file != nullptr);
    std::fputs(("x @" + path).c_str(), file);
    std::fclose(file);
    const auto words = expand_response_files({"@" + path});
    std::remove(path.c_str());
    CHECK(words.front() == "x");
    CHECK(words.back() == "@" + path);
    CHECK(words.size() == 2001);
}
