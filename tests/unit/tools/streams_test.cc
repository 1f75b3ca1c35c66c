#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "support/files.h"
#include "tools/line_reader.h"
#include "tools/standard_output.h"

using namespace symline::tools;

namespace {

/// Both ends of a pipe.
struct Pipe {
    Pipe() { REQUIRE(::pipe(ends) == 0); }
    ~Pipe() {
        close_reader();
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void write(const std::string& text) const {
        REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    void close_reader() { close(ends[0]); }
    void close_writer() { close(ends[1]); }

    int ends[2] = {-1, -1};

private:
    static void close(int& descriptor) {
        if (descriptor >= 0) ::close(descriptor);
        descriptor = -1;
    }
};

std::vector<std::string> all_lines(int descriptor) {
    LineReader reader(descriptor);
    std::vector<std::string> lines;
    while (const auto line = reader.next([] { return true; })) lines.emplace_back(*line);
    return lines;
}

}  // namespace

TEST_CASE("line reader: line ends, empty lines, no end on the last line, NUL bytes") {
    Pipe pipe;
    pipe.write(std::string("10\r\n\n2\0000\n30", 11));
    pipe.close_writer();
    const std::vector<std::string> expected{"10\r", "", std::string("2\0000", 3), "30"};
    CHECK(all_lines(pipe.ends[0]) == expected);
}

TEST_CASE("line reader: lines that are there already, without waiting for others") {
    Pipe pipe;
    pipe.write("10\n20\n3");
    LineReader reader(pipe.ends[0]);
    CHECK(reader.ready_lines() == "10\n20\n");
    CHECK(reader.ready_lines().empty());
    CHECK(reader.ready_lines(1).empty());
    pipe.write("0\n40");
    CHECK(reader.ready_lines() == "30\n");
    pipe.close_writer();
    // A last line without its end is next()'s.
    CHECK(reader.ready_lines().empty());
    CHECK(reader.next([] { return true; }) == "40");
}

TEST_CASE("line reader: nothing at all") {
    Pipe pipe;
    pipe.close_writer();
    CHECK(all_lines(pipe.ends[0]).empty());
}

TEST_CASE("line reader: what exceeds the longest line is dropped") {
    const symline::test::TemporaryFolder folder;
    const auto path =
        folder.write("long", std::string(3 * LineReader::kMaxLine + 5, 'a') + "\nb\n");
    const int descriptor = ::open(path.c_str(), O_RDONLY);
    REQUIRE(descriptor >= 0);
    const auto lines = all_lines(descriptor);
    ::close(descriptor);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].size() == LineReader::kMaxLine);
    CHECK(lines[1] == "b");
}

TEST_CASE("line reader: the caller hears of it before a read would wait, and only then") {
    Pipe pipe;
    pipe.write("1\n2\n");
    LineReader reader(pipe.ends[0]);
    int waits = 0;
    const auto count = [&] { return ++waits < 2; };
    CHECK(reader.next(count) == "1");
    CHECK(reader.next(count) == "2");
    CHECK(waits == 0);
    // Nothing is there: the caller is told, and here brings the next line itself.
    const auto refill = [&] {
        ++waits;
        pipe.write("3\n");
        return true;
    };
    CHECK(reader.next(refill) == "3");
    CHECK(waits == 1);
    // A caller that sees no use in going on ends it.
    CHECK_FALSE(reader.next([] { return false; }).has_value());
}

TEST_CASE("line reader: a descriptor that cannot be read") {
    LineReader reader(-1);
    CHECK_FALSE(reader.next([] { return true; }).has_value());
    CHECK(reader.error() == EBADF);
}

TEST_CASE("standard output: written on flush") {
    Pipe pipe;
    StandardOutput output(pipe.ends[1]);
    output.buffer() = "answer\n";
    CHECK(output.flush_if_large());
    CHECK(output.buffer() == "answer\n");
    CHECK(output.flush());
    CHECK(output.buffer().empty());
    pipe.close_writer();
    CHECK(all_lines(pipe.ends[0]) == std::vector<std::string>{"answer"});
}

TEST_CASE("standard output: a reader that has gone is no error, a full disk is") {
    const auto old_handler = std::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    pipe.close_reader();
    StandardOutput gone(pipe.ends[1]);
    gone.buffer() = "answer\n";
    CHECK_FALSE(gone.flush());
    CHECK(gone.reader_gone());
    CHECK(gone.error() == 0);
    std::signal(SIGPIPE, old_handler);

    const int full_disk = ::open("/dev/full", O_WRONLY);
    REQUIRE(full_disk >= 0);
    StandardOutput full(full_disk);
    full.buffer() = "answer\n";
    CHECK_FALSE(full.flush());
    CHECK_FALSE(full.reader_gone());
    CHECK(full.error() == ENOSPC);
    ::close(full_disk);
}

TEST_CASE("standard output: on a terminal only markup keeps its control characters") {
    const auto written = [](symline::output::Reader reader) {
        Pipe pipe;
        StandardOutput output(pipe.ends[1], reader);
        output.buffer() += "\x1b[2Jlog\r";
        output.append_markup("\x1b[36m(file.c:1)\x1b[m");
        output.buffer() += "\ttail\r\n\x1b]0;x\x07\n";
        REQUIRE(output.flush());
        output.buffer() += "after\x7f\n";
        REQUIRE(output.flush());
        pipe.close_writer();
        return all_lines(pipe.ends[0]);
    };
    using Lines = std::vector<std::string>;
    CHECK(
        written(symline::output::Reader::terminal) ==
        Lines{"\\x1b[2Jlog\\x0d\x1b[36m(file.c:1)\x1b[m\ttail\r", "\\x1b]0;x\\x07", "after\\x7f"});
    CHECK(written(symline::output::Reader::program) ==
          Lines{"\x1b[2Jlog\r\x1b[36m(file.c:1)\x1b[m\ttail\r", "\x1b]0;x\x07", "after\x7f"});
}

TEST_CASE("standard output: a pipe's reader is a program") {
    Pipe pipe;
    CHECK(StandardOutput(pipe.ends[1]).reader() == symline::output::Reader::program);
}
