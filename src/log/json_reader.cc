#include "log/json_reader.h"

#include "log/text.h"

namespace symline::log {
namespace {

/// Loggers nest a few levels; each one is a call.
constexpr int kMaxDepth = 256;

constexpr std::string_view kSpace = " \t\r";
/// Strings that are no members of objects are the lines of a log: as if they were of this key.
constexpr std::string_view kListKey = "message";
/// What may stand between the values of a line.
constexpr std::string_view kSpaceOrEnd = " \t\r,]}";

}  // namespace

void JsonReader::skip(std::string_view any) {
    while (at_ < text_.size() && any.contains(text_[at_])) ++at_;
}

bool JsonReader::take_char(char c) {
    skip(kSpace);
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

/// Inside of an object or array: whether the line ends here, so that those below go on.
bool JsonReader::is_left_open() {
    skip(kSpace);
    is_open_ = is_open_ || (may_be_open_ && at_ == text_.size());
    return is_open_;
}

bool JsonReader::enter(int depth) {
    is_too_deep_ = is_too_deep_ || depth >= kMaxDepth;
    return !is_too_deep_;
}

/// Fluent Bit prints "=>".
bool JsonReader::take_colon() {
    return take_char(':') || (take_char('=') && take_char('>'));
}

bool JsonReader::read_objects(std::size_t from) {
    at_ = from;
    do {
        if (!take_char('{') || !read_object({}, 0)) return false;
        skip(" \t\r\n,[]");
    } while (at_ < text_.size());
    return true;
}

bool JsonReader::read_line(std::size_t from) {
    may_be_open_ = true;
    at_ = from;
    for (skip(kSpaceOrEnd); at_ < text_.size() && !is_open_; skip(kSpaceOrEnd)) {
        if (!read_item()) return false;
        const bool closed = text_[at_ - 1] == '}' || text_[at_ - 1] == ']';
        skip(kSpace);
        if (at_ == text_.size() || kSpaceOrEnd.contains(text_[at_])) continue;
        // Nothing has to stand between two objects.
        if (!closed || (text_[at_] != '{' && text_[at_] != '[')) return false;
    }
    return has_string_;
}

/// A value, or a member of an object.
bool JsonReader::read_item() {
    if (!std::string_view("\"{[-0123456789").contains(text_[at_])) return false;
    if (text_[at_] != '"') return read_value(text_[at_] == '{' ? "" : kListKey, 0);
    const auto from = at_;
    JsonString text{.key = kListKey};
    if (!read_string(text)) return false;
    const auto end = at_;
    if (take_colon()) {
        at_ = from;
        return read_pair({}, 0);
    }
    at_ = end;
    take_(text);
    return true;
}

/// The place is after the opening brace.
bool JsonReader::read_object(std::string_view key, int depth) {
    if (!enter(depth)) return false;
    if (take_char('}')) return true;
    do {
        if (is_left_open()) return true;
        if (!read_pair(key, depth)) return false;
    } while (take_char(','));
    return is_left_open() || take_char('}');
}

bool JsonReader::read_pair(std::string_view outer_key, int depth) {
    JsonString name{.key = outer_key, .is_key = true};
    skip(kSpace);
    if (!read_string(name)) return false;
    take_(name);
    auto key = text_.substr(name.begin, name.end - name.begin);
    // OpenTelemetry's "body": {"stringValue": "…"}, ECS's "host": {"name": "…"}
    if ((key == "stringValue" || key == "name") && !outer_key.empty()) key = outer_key;
    return take_colon() && (is_left_open() || read_value(key, depth));
}

bool JsonReader::read_array(std::string_view key, int depth) {
    if (!enter(depth)) return false;
    if (take_char(']') || read_bytes(key)) return true;
    do {
        if (is_left_open()) return true;
        if (!read_value(key, depth)) return false;
    } while (take_char(','));
    return is_left_open() || take_char(']');
}

/// Leaves the place as it is where the array holds anything else.
bool JsonReader::read_bytes(std::string_view key) {
    JsonString bytes{.begin = at_, .key = key, .is_bytes = true};
    Cursor at(text_, at_);
    do {
        at.skip_spaces();
        const auto number = at.decimal();
        if (!number || number->value > 255) return false;
        bytes.end = at.at();
        at.skip_spaces();
    } while (at.take(','));
    if (!at.take(']')) return false;
    at_ = at.at();
    take_(bytes);
    return true;
}

bool JsonReader::read_value(std::string_view key, int depth) {
    skip(kSpace);
    if (at_ >= text_.size()) return false;
    switch (text_[at_]) {
        case '{': ++at_; return read_object(key, depth + 1);
        case '[': ++at_; return read_array(key, depth + 1);
        case '"': {
            JsonString found{.key = key};
            if (!read_string(found)) return false;
            take_(found);
            return true;
        }
        default: return read_word();
    }
}

bool JsonReader::read_string(JsonString& found) {
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    found.begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    found.end = at_++;
    has_string_ = true;
    return true;
}

/// Numbers, true, false, null
bool JsonReader::read_word() {
    const auto from = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) ||
                                  std::string_view("+-.").contains(text_[at_])))
        ++at_;
    return at_ != from;
}

}  // namespace symline::log
