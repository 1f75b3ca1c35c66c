#include "log/csv_row.h"

#include <algorithm>

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
    return is_letter(c) || is_digit(c) || std::string_view("_-.@/ \"").contains(c);
}

}  // namespace

void CsvReader::read_header(std::string_view line) {
    constexpr std::size_t kMaxHeader = 4096;
    const auto first = std::min(line.find_first_of(kSeparators), line.size());
    if (first == 0 || first == line.size() || line.size() > kMaxHeader) return;
    bool after_separator = true;
    for (const char c : line) {
        const bool separates = c == line[first];
        if (!separates && !is_name_char(c)) return;
        if (after_separator && (separates || c == ' ')) return;
        after_separator = separates;
    }
    if (!after_separator) separator_ = line[first];
}

/// Leaves the place after the field. False where the line is no row.
bool CsvReader::read_field(std::string_view line, std::size_t& at, std::vector<CsvField>& fields) {
    const bool goes_on = open_;
    if (!goes_on && (at == line.size() || line[at] != '"')) {
        const auto end = std::min(line.find(separator_, at), line.size());
        const bool has_quote = line.substr(at, end - at).contains('"');
        at = end;
        return !has_quote;
    }
    const auto begin = goes_on ? at : at + 1;
    auto end = line.find('"', begin);
    while (end != std::string_view::npos && line.substr(end + 1).starts_with('"'))
        end = line.find('"', end + 2);
    open_ = end == std::string_view::npos;
    end = std::min(end, line.size());
    fields.push_back({begin, end, column_});
    at = std::min(end + 1, line.size());
    return at == line.size() || line[at] == separator_;
}

std::vector<CsvField> CsvReader::read(std::string_view line) {
    const auto before = *this;
    // Without a row above only whole ones are believed.
    const bool known = separator_ != '\0';
    if (!known) separator_ = separator_of(line);
    if (!open_) column_ = 0;
    std::vector<CsvField> fields;
    std::size_t at = 0;
    bool is_row = separator_ != '\0';
    while (is_row) {
        is_row = read_field(line, at, fields);
        if (at == line.size()) break;
        ++column_;
        ++at;
    }
    const bool believed = known || (!open_ && column_ != 0);
    if (is_row && believed && !fields.empty()) return fields;
    // A quote that closes nothing: what seemed to be a field is none.
    *this = before;
    open_ = false;
    return {};
}

}  // namespace symline::log
