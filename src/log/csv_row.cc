#include "log/csv_row.h"

#include <algorithm>

#include "log/embedded_text.h"
#include "log/text.h"

namespace symline::log {
namespace {

constexpr std::string_view kSeparators = ",;\t";

/// What stands in front of the first quote, or after the field that it opens.
char separator_of(std::string_view line) {
    const auto quote = line.find('"');
    if (quote == std::string_view::npos) return '\0';
    auto at = quote - 1;
    if (quote == 0) {
        at = line.find('"', 1);
        while (at < line.size() && line.substr(at + 1).starts_with('"'))
            at = line.find('"', at + 2);
        if (at == std::string_view::npos) return '\0';
        ++at;
    }
    return at < line.size() && kSeparators.contains(line[at]) ? line[at] : '\0';
}

bool is_name_char(char c) {
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    return is_letter(c) || is_digit(c) || !is_ascii || std::string_view("_-.@/ \"()%$").contains(c);
}

bool tells_separator(std::string_view line) {
    return line.size() == 5 && line.starts_with("sep=") && kSeparators.contains(line.back());
}

std::string_view without_quotes(std::string_view name) {
    if (name.size() < 2 || !name.starts_with('"') || !name.ends_with('"')) return name;
    return name.substr(1, name.size() - 2);
}

bool is_message_name(std::string_view name) {
    return EmbeddedText::rank_message_name(name) != EmbeddedText::kNoMessageName;
}

/// "swapper/0;start_kernel;rest_init 42": a stack and how often it was seen, and not
/// "time;message;cpu 0".
bool is_folded_stack(std::string_view line) {
    const auto name_end = line.find_last_not_of("0123456789");
    const bool counts = name_end + 1 < line.size() && line.find(' ') == name_end;
    if (!counts || !line.contains(';')) return false;
    for (std::size_t at = 0; at < line.size();) {
        const auto end = std::min(line.find(';', at), line.size());
        if (is_message_name(line.substr(at, end - at))) return false;
        at = end + 1;
    }
    return true;
}

/// What is between the names of columns; '\0' where the line has others than names.
char separator_of_names(std::string_view line) {
    constexpr std::size_t kMaxHeader = 4096;
    // The numbers of the rows, which come first, may have no name.
    const bool has_unnamed = !line.empty() && kSeparators.contains(line.front());
    const auto names = line.substr(has_unnamed ? 1 : 0);
    const auto first = std::min(names.find_first_of(kSeparators), names.size());
    if (first == names.size() || line.size() > kMaxHeader || is_folded_stack(line)) return '\0';
    const char separator = names[first];
    if (has_unnamed && line.front() != separator) return '\0';
    // A row may begin with its number or a date.
    const bool is_number =
        names.substr(0, first).find_first_not_of("0123456789-./ ") == std::string_view::npos;
    if (!has_unnamed && is_number) return '\0';
    bool after_separator = true;
    for (const char c : names) {
        const bool separates = c == separator;
        if (!separates && !is_name_char(c)) return '\0';
        if (after_separator && (separates || c == ' ')) return '\0';
        after_separator = separates;
    }
    return after_separator ? '\0' : separator;
}

/// "2026-11-27 19:40:05+0200" or a part of it.
constexpr std::string_view kTimeChars = "0123456789-:.+TZ ";

/// What ends the time that the line begins with, where the line may be a row without quotes; '\0'
/// elsewhere. The comma of "19:40:05,123 WARN" belongs to the time. Tabs are in front of messages
/// that are in no table.
char separator_after_time(std::string_view line) {
    const auto end = std::min(line.find_first_not_of(kTimeChars), line.size());
    if (end == line.size() || line[end] == '\t' || !kSeparators.contains(line[end])) return '\0';
    const auto time = line.substr(0, end);
    if (!is_csv_time(time) || !time.contains(':')) return '\0';
    const auto next = line.substr(end + 1, line.find(line[end], end + 1) - (end + 1));
    const bool is_number = next.find_first_not_of("0123456789") == std::string_view::npos;
    const bool is_field = next.empty() || is_number || !(is_digit(next[0]) || next[0] == ' ');
    return is_field ? line[end] : '\0';
}

/// A table that is none, or no longer one, costs a look at so many lines.
constexpr std::size_t kMaxMisfits = 8;
/// Of a table that has no header.
constexpr std::size_t kMinColumns = 3;

}  // namespace

bool is_csv_time(std::string_view text) {
    constexpr std::string_view kForm = "0000-00-00";
    const auto agrees = [](char c, char form) { return form == '0' ? is_digit(c) : c == form; };
    return text.size() >= kForm.size() &&
           std::ranges::equal(text.substr(0, kForm.size()), kForm, agrees) &&
           text.find_first_not_of(kTimeChars) == std::string_view::npos;
}

void CsvReader::read_header(std::string_view line) {
    at_header_ = tells_separator(line);
    if (at_header_) return;
    const char separator = first_row_.columns == 0 ? separator_of_names(line) : '\0';
    if (separator == '\0') return read_first_row(line);
    separator_ = separator;
    read_names(line);
}

/// Two rows that begin with a time show a table as a header does.
void CsvReader::read_first_row(std::string_view line) {
    const char separator = separator_after_time(line);
    if (separator == '\0' || columns_ != 0) return;
    const auto columns = static_cast<std::size_t>(std::ranges::count(line, separator)) + 1;
    if (columns < kMinColumns) return;
    at_header_ = first_row_.columns == 0;
    if (at_header_) {
        first_row_ = {separator, columns};
    } else if (first_row_.separator == separator && first_row_.columns == columns) {
        separator_ = separator;
        columns_ = columns;
    }
}

/// Of several columns that could have messages the one counts whose name says it best.
void CsvReader::read_names(std::string_view line) {
    columns_ = 0;
    has_rows_ = false;
    misfits_ = 0;
    std::size_t best = EmbeddedText::kNoMessageName;
    for (std::size_t at = 0; at <= line.size(); ++columns_) {
        const auto end = std::min(line.find(separator_, at), line.size());
        const auto name = without_quotes(line.substr(at, end - at));
        if (const auto rank = EmbeddedText::rank_message_name(name); rank < best) {
            best = rank;
            message_column_ = columns_;
        }
        at = end + 1;
    }
}

bool CsvReader::is_rather_row(std::string_view line) const {
    if (open_) return true;
    if (!line.starts_with('"')) return false;
    // JSON has escapes, and most of it spaces.
    return columns_ != 0 || (line.contains(R"(",")") && !line.contains('\\'));
}

/// Leaves the place after the field. False where the line is no row.
bool CsvReader::read_field(std::string_view line, std::size_t& at) {
    const bool goes_on = open_;
    if (!goes_on && (at == line.size() || line[at] != '"')) {
        const auto end = std::min(line.find(separator_, at), line.size());
        fields_.push_back({at, end, column_, false});
        at = end;
        return true;
    }
    const auto begin = goes_on ? at : at + 1;
    auto end = line.find('"', begin);
    while (end != std::string_view::npos && line.substr(end + 1).starts_with('"'))
        end = line.find('"', end + 2);
    open_ = end == std::string_view::npos;
    end = std::min(end, line.size());
    fields_.push_back({begin, end, column_, true});
    at = std::min(end + 1, line.size());
    return at == line.size() || line[at] == separator_;
}

bool CsvReader::read_fields(std::string_view line) {
    fields_.clear();
    for (std::size_t at = 0;; ++at, ++column_) {
        if (!read_field(line, at)) return false;
        if (at == line.size()) return true;
    }
}

/// Whether the row has as many fields as the table, as far as it stands in the lines so far.
bool CsvReader::fits() const {
    if (columns_ == 0) return false;
    return open_ ? column_ < columns_ : column_ + 1 == columns_;
}

void CsvReader::note_misfit(std::string_view line) {
    if (columns_ == 0 || line.empty()) return;
    if (!has_rows_ || ++misfits_ > kMaxMisfits) columns_ = 0;
}

/// In a table a row of it. The next line may have none of the quotes that made this a row.
void CsvReader::note_row(bool in_table, bool is_whole) {
    if (in_table) {
        has_rows_ = has_rows_ || !open_;
        misfits_ = 0;
    } else if (is_whole && columns_ == 0 && column_ + 1 >= kMinColumns) {
        columns_ = column_ + 1;
        has_rows_ = false;
    }
}

CsvRow CsvReader::read(std::string_view line) {
    // Without a row above only whole ones are believed.
    const bool known = separator_ != '\0';
    if (!known) separator_ = separator_of(line);
    const bool goes_on = open_;
    if (!open_) column_ = 0;
    bool is_row = separator_ != '\0' && read_fields(line);
    const bool is_whole = !goes_on && !open_;
    const bool in_table = is_row && fits();
    const bool believed = known || (!open_ && column_ != 0);
    const auto has_quote = [&](const CsvField& field) {
        return !field.quoted && line.substr(field.begin, field.end - field.begin).contains('"');
    };
    // A quote inside of a field is one of a text, or closes nothing.
    if (is_row && !(in_table && is_whole)) is_row = std::ranges::none_of(fields_, has_quote);
    if (!in_table) {
        note_misfit(line);
        std::erase_if(fields_, [](const CsvField& field) { return !field.quoted; });
    }
    if (is_row && believed && !fields_.empty()) {
        note_row(in_table, is_whole);
        return {fields_, separator_, message_column_};
    }
    // What seemed to be a field is none.
    if (!known) separator_ = '\0';
    open_ = false;
    return {};
}

}  // namespace symline::log
