#include "log/embedded_text.h"

#include <algorithm>
#include <array>
#include <optional>

#include "log/json_reader.h"
#include "log/parser.h"
#include "log/text.h"

namespace symline::log {
namespace {

/// JSON in a string of JSON in a string of JSON: docker around a program that logs another's.
constexpr int kMaxNesting = 3;

/// What stands in front of an object where a collector or `docker compose logs` prints it.
constexpr std::size_t kMaxPrefix = 256;

constexpr auto kNone = std::string_view::npos;

std::size_t object_start(std::string_view line) {
    const auto front = line.find_first_not_of(" \t\x1e,[");
    if (front == kNone) return kNone;
    if (line[front] == '{') return front;
    return line.substr(0, kMaxPrefix).find("{\"");
}

/// The character after the brackets of ["a line", "another"], [["1700", "a line"]].
char first_of_list(std::string_view line, std::size_t bracket) {
    const auto first = line.find_first_not_of(" [", bracket + 1);
    return first == kNone ? '\0' : line[first];
}

/// Members that loggers keep messages in, in small letters.
constexpr std::array<std::string_view, 19> kMessageKeys{
    "log",         "message",  "msg",  "line",     "text",       "raw",           "body",
    "textpayload", "values",   "logs", "logentry", "logmessage", "short_message", "full_message",
    "event",       "original", "data", "output",   "content"};

std::string_view last_part(std::string_view key) {
    const auto end = key.find_last_of(".@/");
    if (end != kNone) key.remove_prefix(end + 1);
    while (key.starts_with('_')) key.remove_prefix(1);
    return key;
}

bool is_message_key(std::string_view key) {
    return EmbeddedText::rank_message_name(key) != EmbeddedText::kNoMessageName;
}

/// Fluent Bit's [1726865990.8, {"log": …}]
bool begins_record(std::string_view line) {
    const auto end = line.find_first_not_of("[0123456789. \t");
    return end != kNone && line.substr(end).starts_with(", {");
}

/// What stands in front of an object says more than the object.
bool has_frame(std::string_view prefix) {
    return contains(prefix, "+0x") || contains(prefix, "[<");
}

bool is_host_key(std::string_view key) {
    return key == "_HOSTNAME" || key == "host" || key == "hostname" || key == "HOSTNAME";
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | ((code >> shift) & 0x3fU));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0U | code >> 6U);
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0U | code >> 12U);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0U | code >> 18U);
        tail(12);
        tail(6);
        tail(0);
    }
}

std::optional<std::uint32_t> four_digits(std::string_view text) {
    Cursor at(text.substr(0, 4));
    const auto number = at.hex();
    if (!number || number->digits != 4) return std::nullopt;
    return static_cast<std::uint32_t>(number->value);
}

/// Of "\u1234", also of two of them for one character: appends it and returns the size, 0: none.
std::size_t append_unicode(std::string& out, std::string_view rest) {
    if (!rest.starts_with("\\u")) return 0;
    const auto code = four_digits(rest.substr(2));
    if (!code) return 0;
    const bool high = *code >= 0xd800 && *code < 0xdc00;
    const auto low = high && rest.substr(6).starts_with("\\u") ? four_digits(rest.substr(8))
                                                               : std::optional<std::uint32_t>();
    if (low && *low >= 0xdc00 && *low < 0xe000) {
        append_utf8(out, 0x10000 + ((*code - 0xd800) << 10U) + (*low - 0xdc00));
        return 12;
    }
    const bool half = *code >= 0xd800 && *code < 0xe000;
    append_utf8(out, half ? 0xfffd : *code);
    return 6;
}

/// The size of the escape at the start of `rest`, whose character is appended.
std::size_t append_unescaped(std::string& out, std::string_view rest) {
    if (const auto size = append_unicode(out, rest); size != 0) return size;
    if (rest.size() < 2) {
        out += rest;
        return rest.size();
    }
    switch (rest[1]) {
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case 'r': out += '\r'; break;
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        default: out += rest[1];
    }
    return 2;
}

bool may_match(std::string_view text) {
    for (std::size_t from = 0; from < text.size();) {
        const auto end = std::min(text.find('\n', from), text.size());
        if (Parser::may_match(text.substr(from, end - from))) return true;
        from = end + 1;
    }
    return false;
}

}  // namespace

/// Fills an EmbeddedText in.
class EmbeddedText::Builder {
public:
    Builder(EmbeddedText& result, std::string_view log_line, int nesting)
        : result_(result), line_(log_line), nesting_(nesting) {}

    void take(const JsonString& found);
    void take(const CsvField& field, bool is_message);
    void take_bare(const CsvField& field, bool is_message);
    void take_escaped();

private:
    void mark(std::size_t in_log);
    void unescape(const JsonString& found);
    void read_bytes(const JsonString& found);
    void note_host(const JsonString& found);
    bool take_nested(std::size_t begin, std::size_t first_place, Quoting outer);
    void append_nested(const EmbeddedText& inner, std::size_t begin, std::size_t first_place);
    void cut(std::size_t begin, Line like);
    void drop(std::size_t begin, std::size_t first_place);

    EmbeddedText& result_;
    std::string_view line_;
    int nesting_;
};

/// The text, as far as it is there, ends where `in_log` is.
void EmbeddedText::Builder::mark(std::size_t in_log) {
    auto& places = result_.places_;
    const auto at = result_.text_.size();
    if (!places.empty() && places.back().in_log + (at - places.back().at) == in_log) return;
    places.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(in_log)});
}

void EmbeddedText::Builder::unescape(const JsonString& found) {
    mark(found.begin);
    // A line may hold as many strings as there is room: none looks beyond its own end.
    const auto text = line_.substr(0, found.end);
    for (std::size_t at = found.begin; at < found.end;) {
        const auto escape = std::min(text.find('\\', at), found.end);
        result_.text_ += text.substr(at, escape - at);
        at = escape;
        if (at == found.end) break;
        at += append_unescaped(result_.text_, text.substr(at));
        mark(at);
    }
}

void EmbeddedText::Builder::read_bytes(const JsonString& found) {
    mark(found.begin);
    Cursor at(line_.substr(0, found.end), found.begin);
    do {
        at.skip_spaces();
        const auto number = at.decimal();
        if (!number) break;
        result_.text_ += static_cast<char>(number->value);
        mark(at.at());
        at.skip_spaces();
    } while (at.take(','));
}

void EmbeddedText::Builder::note_host(const JsonString& found) {
    if (found.is_key || found.is_bytes || nesting_ != 0 || !result_.host_.empty()) return;
    if (!is_host_key(found.key)) return;
    const auto host = line_.substr(found.begin, found.end - found.begin);
    if (!host.contains('\\')) result_.host_ = host;
}

void EmbeddedText::Builder::drop(std::size_t begin, std::size_t first_place) {
    result_.text_.resize(begin);
    result_.places_.resize(first_place);
}

void EmbeddedText::Builder::take(const JsonString& found) {
    note_host(found);
    const bool is_message = !found.is_key && is_message_key(found.key);
    if (found.is_bytes && !is_message) return;
    const auto begin = result_.text_.size();
    const auto first_place = result_.places_.size();
    found.is_bytes ? read_bytes(found) : unescape(found);
    const auto text = std::string_view(result_.text_).substr(begin);
    // Loki has a time in front of each line.
    const bool is_number = !text.empty() && std::ranges::all_of(text, is_digit);
    // A key is a name, but bpftrace's, which may be a stack.
    const bool is_name = found.is_key && !text.contains('\n');
    const bool is_text = is_message ? !is_number : !is_name && may_match(text);
    if (!is_text) return drop(begin, first_place);
    const auto quoting = found.is_bytes ? Quoting::bytes : Quoting::json;
    if (take_nested(begin, first_place, quoting)) return;
    cut(begin, {.quoting = quoting,
                .depth = static_cast<std::uint8_t>(found.is_bytes ? 0 : 1),
                .is_message = is_message});
}

void EmbeddedText::Builder::take(const CsvField& field, bool is_message) {
    if (!field.quoted) return take_bare(field, is_message);
    const auto begin = result_.text_.size();
    const auto first_place = result_.places_.size();
    mark(field.begin);
    for (auto at = field.begin; at < field.end; ++at) {
        result_.text_ += line_[at];
        if (line_[at] == '"') mark(++at + 1);
    }
    const auto text = std::string_view(result_.text_).substr(begin);
    if (!is_message && (is_csv_time(text) || !may_match(text))) return drop(begin, first_place);
    if (take_nested(begin, first_place, Quoting::csv)) return;
    cut(begin, {.quoting = Quoting::csv, .depth = 0, .is_message = is_message});
}

/// JSON without quotes around it is left alone: it would need its own escapes, and quotes.
void EmbeddedText::Builder::take_bare(const CsvField& field, bool is_message) {
    const auto text = line_.substr(field.begin, field.end - field.begin);
    if (object_start(text) != kNone) return;
    if (!is_message && (is_csv_time(text) || !Parser::may_match(text))) return;
    const auto begin = result_.text_.size();
    mark(field.begin);
    result_.text_ += text;
    cut(begin, {.quoting = Quoting::bare_csv, .depth = 0, .is_message = is_message});
}

/// All of the line.
void EmbeddedText::Builder::take_escaped() {
    mark(0);
    for (std::size_t at = 0; at < line_.size();) {
        const auto end = std::min(line_.find(kEscapedLineEnd, at), line_.size());
        result_.text_ += line_.substr(at, end - at);
        at = end;
        if (at == line_.size()) break;
        result_.text_ += '\n';
        mark(at += kEscapedLineEnd.size());
    }
    cut(0, {.quoting = Quoting::octal, .depth = 0, .is_message = true});
}

/// A string that is JSON itself: its strings are taken instead.
bool EmbeddedText::Builder::take_nested(std::size_t begin, std::size_t first_place, Quoting outer) {
    const auto text = std::string_view(result_.text_).substr(begin);
    if (nesting_ >= kMaxNesting || object_start(text) == kNone) return false;
    EmbeddedText inner;
    if (!inner.read_nested(text, nesting_ + 1)) return false;
    if (inner.lines_.empty() && !trimmed(text).starts_with('{')) return false;
    for (Line& line : inner.lines_) {
        // Numbers need no quoting.
        if (line.quoting != Quoting::json) continue;
        if (outer == Quoting::json) {
            ++line.depth;
        } else {
            line.quoting = outer;
        }
    }
    append_nested(inner, begin, first_place);
    return true;
}

/// In place of the text from `begin` on, of which `inner` was made.
void EmbeddedText::Builder::append_nested(const EmbeddedText& inner, std::size_t begin,
                                          std::size_t first_place) {
    const std::vector<EmbeddedLine::Place> outer(
        result_.places_.begin() + static_cast<std::ptrdiff_t>(first_place), result_.places_.end());
    drop(begin, first_place);
    if (inner.lines_.empty()) return;
    const auto in_log = [&](std::size_t at) {
        return EmbeddedLine::in_log(outer, begin + EmbeddedLine::in_log(inner.places_, at));
    };
    mark(in_log(0));
    for (std::size_t at = 0; at < inner.text_.size(); ++at) {
        result_.text_ += inner.text_[at];
        mark(in_log(at + 1));
    }
    for (Line line : inner.lines_) {
        line.begin += static_cast<std::uint32_t>(begin);
        line.end += static_cast<std::uint32_t>(begin);
        result_.lines_.push_back(line);
    }
}

/// Makes lines like `like` of the text from `begin` on. After each text stands a character that no
/// line has, so that the end of one does not begin the next.
void EmbeddedText::Builder::cut(std::size_t begin, Line like) {
    auto& text = result_.text_;
    const auto size = text.size();
    do {
        const auto end = std::min(text.find('\n', begin), size);
        const bool has_return = end > begin && text[end - 1] == '\r';
        like.begin = static_cast<std::uint32_t>(begin);
        like.end = static_cast<std::uint32_t>(has_return ? end - 1 : end);
        result_.lines_.push_back(like);
        begin = end + 1;
    } while (begin < size);
    text += '\n';
}

bool EmbeddedText::may_begin(std::string_view line) {
    std::size_t front = 0;
    while (front < line.size() && is_space(line[front])) ++front;
    if (front == line.size()) return false;
    switch (line[front]) {
        case '{':
        case '"':
        case ',':
        case '\x1e': return true;
        case '[': {
            const char first = first_of_list(line, front);
            return first == '{' || first == '"' || (is_digit(first) && begins_record(line));
        }
        default: return false;
    }
}

bool EmbeddedText::may_go_on(std::string_view line) {
    const auto front = line.find_first_not_of(" \t");
    return front != kNone && (line[front] == '}' || line[front] == ']');
}

void EmbeddedText::clear() {
    text_.clear();
    places_.clear();
    lines_.clear();
    host_ = {};
    is_part_ = false;
    separator_ = '\0';
}

std::size_t EmbeddedText::rank_message_name(std::string_view name) {
    const auto key = last_part(name);
    const auto agrees = [](char small, char c) { return small == (is_upper(c) ? c + 32 : c); };
    const auto found = std::ranges::find_if(kMessageKeys, [&](std::string_view known) {
        return std::ranges::equal(known, key, agrees);
    });
    if (found == kMessageKeys.end()) return kNoMessageName;
    return static_cast<std::size_t>(found - kMessageKeys.begin());
}

bool EmbeddedText::may_match_any(std::string_view line, const CsvRow& row) {
    return std::ranges::any_of(row.fields, [&](const CsvField& field) {
        const auto text = line.substr(field.begin, field.end - field.begin);
        return Parser::may_match(text) && !is_csv_time(text);
    });
}

/// The message is in the column where something was found last: the others are times and names. A
/// column whose name says so keeps it.
bool EmbeddedText::assign(std::string_view line, const CsvRow& row,
                          std::optional<std::size_t>& message_column) {
    clear();
    if (line.size() > kMaxLine) return false;
    separator_ = row.separator;
    const CsvField* found = nullptr;
    for (const CsvField& field : row.fields) {
        const auto size = field.end - field.begin;
        const auto text = line.substr(field.begin, size);
        if (is_csv_time(text) || !Parser::may_match(text)) continue;
        if (found == nullptr || size > found->end - found->begin) found = &field;
        if (field.column != row.message_column) continue;
        found = &field;
        break;
    }
    const bool is_settled = row.message_column && message_column == row.message_column;
    if (found != nullptr && !is_settled) message_column = found->column;
    Builder builder(*this, line, 0);
    for (const CsvField& field : row.fields) builder.take(field, field.column == message_column);
    return !lines_.empty();
}

bool EmbeddedText::assign_escaped(std::string_view line) {
    clear();
    if (line.size() > kMaxLine) return false;
    Builder(*this, line, 0).take_escaped();
    return true;
}

bool EmbeddedText::assign(std::string_view line, Above above) {
    clear();
    if (line.size() > kMaxLine) return false;
    Builder builder(*this, line, 0);
    const JsonReader::Take take = [&](const JsonString& found) { builder.take(found); };
    JsonReader reader(line, take);
    auto from = line.find_first_not_of(" \t,");
    if (from == kNone) return false;
    const bool is_part = line[from] == '"' || (above == Above::object && may_go_on(line));
    const bool is_list = line[from] == '[' && first_of_list(line, from) == '"';
    if (!is_part && !is_list) from = object_start(line);
    const bool read = from != kNone && !has_frame(line.substr(0, from)) && reader.read_line(from);
    is_part_ = read && (is_part || reader.is_open());
    // What is not read to its end is left as it is, rather than taken for no JSON.
    if (!read) lines_.clear();
    return read || reader.is_too_deep();
}

/// A string that may be JSON.
bool EmbeddedText::read_nested(std::string_view text, int nesting) {
    clear();
    Builder builder(*this, text, nesting);
    const JsonReader::Take take = [&](const JsonString& found) { builder.take(found); };
    JsonReader reader(text, take);
    const auto start = object_start(text);
    const bool read =
        start != kNone && !has_frame(text.substr(0, start)) && reader.read_objects(start);
    if (!read) lines_.clear();
    return read || reader.is_too_deep();
}

EmbeddedLine EmbeddedText::place(std::size_t index, std::string_view log_line) const {
    const Line& line = lines_[index];
    const auto begin = index == 0 ? 0 : EmbeddedLine::in_log(places_, lines_[index - 1].end);
    const bool last = index + 1 == lines_.size();
    const auto end = last ? log_line.size() : EmbeddedLine::in_log(places_, line.end);
    return {.raw = log_line.substr(begin, end - begin),
            .places = places_,
            .text_begin = line.begin,
            .raw_begin = static_cast<std::uint32_t>(begin),
            .last = last,
            .quoting = line.quoting,
            .depth = line.depth,
            .separator = separator_};
}

}  // namespace symline::log
