// What a program and LLVM's reader, its child process, say to each other over two pipes.
//
// Each message is its size in bytes, 4 bytes little-endian, and its fields one after the other:
// numbers of 8 bytes, texts as their size and their bytes. The first request opens a file; each one
// has one answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "symline/error.h"

namespace symline::llvm_reader {

/// Larger messages are damage: one of 100,000 inlined calls with long names has 40 MB.
constexpr std::uint32_t kMaxMessageSize = 1U << 26;
/// The exit status of a reader that ran out of memory.
constexpr int kOutOfMemory = 12;

class Writer {
public:
    void number(std::uint64_t value);
    void text(std::string_view value);
    void numbers(std::initializer_list<std::uint64_t> values) {
        for (const std::uint64_t value : values) number(value);
    }
    void texts(const std::vector<std::string>& values);
    void list(const std::vector<std::uint64_t>& values);
    /// The whole message. Empty where it is larger than kMaxMessageSize.
    std::string message() &&;

private:
    std::string bytes_;
};

/// Of the bytes behind the size. What is not there reads as 0 and empty, and ok() is false from
/// then on.
class Reader {
public:
    explicit Reader(base::Bytes bytes) : cursor_(bytes, false) {}

    bool ok() const { return cursor_.ok(); }
    bool at_end() const { return cursor_.at_end(); }
    std::uint64_t number() { return cursor_.u64(); }
    std::string text();
    std::vector<std::string> texts();
    std::vector<std::uint64_t> list();
    /// How many elements follow, each of at least one number.
    std::uint64_t count();

private:
    base::Cursor cursor_;
};

/// Which names of functions are wanted.
enum class FunctionNames : std::uint64_t { none, source, linkage };

/// How a file is to be read: llvm-symbolizer's options.
struct OpenRequest {
    std::string path;
    FunctionNames functions = FunctionNames::linkage;
    bool demangle = false;
    bool relative_paths = false;      ///< as they were given to the compiler
    bool relative_addresses = false;  ///< from the image base, for PE
    std::string architecture;         ///< which part of a universal file
    std::vector<std::string> dsym_hints;
    std::vector<std::string> debug_directories;
    std::string split_package;  ///< .dwp
    /// Of a relocatable file: where each section is, by index. Then addresses and the starts of
    /// functions are those, and symbols name nothing.
    std::vector<std::uint64_t> section_addresses{};
};

enum class Question : std::uint64_t { code, data, variables, symbol };

struct Request {
    Question question = Question::code;
    std::uint64_t address = 0;  ///< of a symbol: the offset from it
    std::string symbol{};
    std::optional<std::uint64_t> section{};  ///< its index, of an address in a relocatable file
};

/// As LLVM has them; what it calls "<invalid>" is empty.
struct Place {
    std::string function;
    std::string file;
    std::uint64_t line = 0;
    std::uint64_t column = 0;
    std::uint64_t discriminator = 0;
    std::string declaration_file;
    std::uint64_t declaration_line = 0;
    std::optional<std::uint64_t> start;
};

struct Datum {
    std::string name;
    std::uint64_t start = 0;
    std::uint64_t size = 0;
    std::string file;
    std::uint64_t line = 0;
};

/// A variable in the frame of a function.
struct Variable {
    std::string function;
    std::string name;
    std::string file;
    std::uint64_t line = 0;
    std::optional<std::int64_t> frame_offset;
    std::optional<std::uint64_t> size;
    std::optional<std::uint64_t> tag_offset;
};

/// What kind of file was opened.
struct Opened {
    std::string format;  ///< LLVM's words, such as "Mach-O 64-bit x86-64"
    std::uint64_t address_size = 8;
    /// Why its debug information cannot be read, only its symbols; or empty.
    std::string problem{};
    std::string llvm_version{};  ///< "19"
};

std::string to_message(const OpenRequest& request);
std::string to_message(const Request& request);
std::string to_message(const Expected<Opened>& answer);
std::string to_message(const Expected<std::vector<Place>>& answer);
std::string to_message(const Expected<Datum>& answer);
std::string to_message(const Expected<std::vector<Variable>>& answer);

// From the bytes behind the size. Error: malformed, in a message that the other side did not write;
// of answers also what it says went wrong.
Expected<OpenRequest> parse_open_request(base::Bytes bytes);
Expected<Request> parse_request(base::Bytes bytes);
Expected<Opened> parse_opened(base::Bytes bytes);
Expected<std::vector<Place>> parse_places(base::Bytes bytes);
Expected<Datum> parse_datum(base::Bytes bytes);
Expected<std::vector<Variable>> parse_variables(base::Bytes bytes);

}  // namespace symline::llvm_reader
