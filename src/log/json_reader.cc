#include "log/json_reader.h"

#include "log/text.h"

namespace symline::log {
namespace {

/// Loggers nest a few levels; each one is a call.
constexpr int kMaxDepth = 64;

constexpr std::string_view kSpace = " \t\r";

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
    if (!read_pair({}, 0)) return false;
    skip(" \t\r,");
    return at_ == text_.size();
}

/// The place is after the opening brace.
bool JsonReader::read_object(std::string_view key, int depth) {
    if (depth >= kMaxDepth) return false;
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
    return take_char(':') && read_value(key, depth);
}

bool JsonReader::read_array(std::string_view key, int depth) {
    if (depth >= kMaxDepth) return false;
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
