// Source lines need source files that can be read: these run in the folders of the fixtures'
// sources.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "support/files.h"
#include "tools/addr2line_run.h"
#include "tools/faddr2line_run.h"

using namespace symline;
using namespace symline::tools;

namespace {

/// Goes to a folder, and back at the end.
class WorkingDirectory {
public:
    explicit WorkingDirectory(const std::string& path) : old_(::open(".", O_RDONLY | O_DIRECTORY)) {
        REQUIRE(old_ >= 0);
        REQUIRE(::chdir(path.c_str()) == 0);
    }
    ~WorkingDirectory() {
        if (::fchdir(old_) != 0) std::abort();
        ::close(old_);
    }
    WorkingDirectory(const WorkingDirectory&) = delete;
    WorkingDirectory& operator=(const WorkingDirectory&) = delete;

private:
    int old_;
};

const std::string fixtures = symline::test::fixtures_folder();

}  // namespace

TEST_CASE("faddr2line --list: the lines around a place, from the tree that one stands in") {
    const WorkingDirectory tree(fixtures + "/src/mini-linux");
    const auto module = Module::open(fixtures + "/mini-vmlinux-gcc");
    REQUIRE(module.has_value());
    Diagnostics diagnostics("");
    StandardOutput output;
    Faddr2line program(*module, {}, diagnostics, output, true);
    program.answer("do_fork+0x10/0x30");
    const auto& text = output.buffer();
    CHECK(text.starts_with("do_fork+0x10/0x30:\n\ndo_fork at kernel/fork.c:19\n 14 \t"));
    CHECK(text.find("\n>19<\t") != std::string::npos);
    CHECK(text.find("\n 20 \t") != std::string::npos);
    CHECK_FALSE(program.failed());
}

TEST_CASE("addr2line --print-source-context-lines: the lines around a place") {
    const WorkingDirectory sources(fixtures + "/src/paths");
    Addr2lineOptions options;
    options.file = fixtures + "/paths-relative-v5";
    options.context_lines = 3;
    options.inputs = {"sort_entry"};
    Diagnostics diagnostics("test");
    StandardOutput output;
    CHECK(Addr2line(options, diagnostics, output).run());
    CHECK(output.buffer() ==
          "./stdlib/../include/far.h:4\n"
          "3  : {\n"
          "4 >: \tsink = value + 2;\n"
          "5  : \treturn sink * value;\n");
}
