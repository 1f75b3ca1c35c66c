#include "log/json_reader.h"

#include "log/text.h"

namespace symline::log {
namespace {

/// Loggers nest a few levels; each one is a call.
constexpr int kMaxDepth = 256;

constexpr std::string_view kSpace = " \t\r";
/// Strings that are no members of objects are the lines of a log: as if they were of this key.
constexpr std::string_view kListKey = "message";
/// What may follow on the line.
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

bool JsonReader::is_at_end(std::string_view skipped) {
    skip(skipped);
    return at_ == text_.size();
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

bool JsonReader::read_member(std::size_t from) {
    at_ = from;
    JsonString first{.key = kListKey};
    if (!read_string(first)) return false;
    if (is_at_end(kSpaceOrEnd)) {
        take_(first);
        return true;
    }
    if (text_[at_] != ':') return false;
    const auto value = text_.find_first_not_of(kSpace, at_ + 1);
    if (value != text_.npos && std::string_view("[{").contains(text_[value])) {
        // Its members are on the lines below.
        at_ = value + 1;
        if (is_at_end(kSpace)) return true;
    }
    at_ = from;
    return read_pair({}, 0) && is_at_end(kSpaceOrEnd);
}

bool JsonReader::read_list(std::size_t from) {
    at_ = from;
    return take_char('[') && read_array(kListKey, 0) && is_at_end(kSpaceOrEnd);
}

/// The place is after the opening brace.
bool JsonReader::read_object(std::string_view key, int depth) {
    if (!enter(depth)) return false;
    if (take_char('}')) return true;
    do {
        if (!read_pair(key, depth)) return false;
    } while (take_char(','));
    return take_char('}');
}

bool JsonReader::read_pair(std::string_view outer_key, int depth) {
    JsonString name{.key = outer_key, .is_key = true};
    skip(kSpace);
    if (!read_string(name)) return false;
    take_(name);
    auto key = text_.substr(name.begin, name.end - name.begin);
    // OpenTelemetry's "body": {"stringValue": "…"}, ECS's "host": {"name": "…"}
    if ((key == "stringValue" || key == "name") && !outer_key.empty()) key = outer_key;
    return take_colon() && read_value(key, depth);
}

bool JsonReader::read_array(std::string_view key, int depth) {
    if (!enter(depth)) return false;
    if (take_char(']') || read_bytes(key)) return true;
    do {
        if (!read_value(key, depth)) return false;
    } while (take_char(','));
    return take_char(']');
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
