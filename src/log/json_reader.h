// A line that is JSON, read for the strings in it.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace symline::log {

/// A string, or an array of numbers from 0 to 255, which may stand for one.
struct JsonString {
    std::size_t begin = 0;  ///< without quotes and brackets
    std::size_t end = 0;
    std::string_view key;  ///< of the member whose value it is or is in, with its escapes
    bool is_key = false;
    bool is_bytes = false;
};

class JsonReader {
public:
    using Take = std::function<void(const JsonString&)>;

    /// `take` is called for each string from left to right, also when what follows is no JSON.
    JsonReader(std::string_view text, const Take& take) : text_(text), take_(take) {}

    /// One object or several, with the brackets and commas of an array around them or only some of
    /// these. False where there is something else up to the end of the text.
    bool read_objects(std::size_t from);
    /// The same of a line, which may also hold arrays, members of objects, and what closes objects
    /// that lines above have opened, and may leave open what lines below close. False where it
    /// holds no string, or something that is no JSON.
    bool read_line(std::size_t from);
    /// Whether the line has left an object or an array open.
    bool is_open() const { return is_open_; }
    /// Whether objects are in each other deeper than they are read.
    bool is_too_deep() const { return is_too_deep_; }

private:
    bool read_value(std::string_view key, int depth);
    bool read_object(std::string_view key, int depth);
    bool read_array(std::string_view key, int depth);
    bool read_bytes(std::string_view key);
    bool read_string(JsonString& found);
    bool read_word();
    bool read_pair(std::string_view outer_key, int depth);
    bool read_item();
    bool take_char(char c);
    bool take_colon();
    bool enter(int depth);
    bool is_left_open();
    void skip(std::string_view any);

    std::string_view text_;
    std::size_t at_ = 0;
    bool is_too_deep_ = false;
    bool may_be_open_ = false;
    bool is_open_ = false;
    bool has_string_ = false;
    const Take& take_;
};

}  // namespace symline::log
