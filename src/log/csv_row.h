// Rows of CSV and TSV, as spreadsheets and log services export them: fields in quotes may hold
// anything, also line ends, so that a row goes on in the next line. Fields without quotes are those
// of a table only where the text has shown to be one: commas and tabs are in every log.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace symline::log {

/// A field, or as much of one as stands in the line.
struct CsvField {
    std::size_t begin = 0;  ///< without the quotes
    std::size_t end = 0;
    std::size_t column = 0;
    bool quoted = true;
};

/// What a line has of a row. No fields: it is none of a table.
struct CsvRow {
    std::span<const CsvField> fields;  ///< valid until the next row is read
    char separator = '\0';
    /// The column that has messages by its name.
    std::optional<std::size_t> message_column;
};

/// Whether a field is a time: "2026-11-27 19:40:05+0200", whose zone looks like an offset.
bool is_csv_time(std::string_view text);

class CsvReader {
public:
    /// Whether the line has to be read: every line inside of a field and of a table, otherwise,
    /// once the text has shown to be CSV, those with quotes.
    bool wants(std::string_view line) const {
        return open_ || columns_ != 0 || (separator_ != '\0' && line.contains('"'));
    }
    /// Whether the line is rather a row than the JSON that it may begin as, too: both have strings
    /// with commas between them.
    bool is_rather_row(std::string_view line) const;
    /// Whether the next line may have the names of the columns: the first of a text, or the one
    /// below "sep=;", which spreadsheets are told the separator by. Where the first one is a row,
    /// the second may show it.
    bool is_at_header() const { return at_header_; }
    void read_header(std::string_view line);
    /// The line's fields: those in quotes, and in a table all. A header alone makes no table: the
    /// line below it has to have as many fields.
    CsvRow read(std::string_view line);

private:
    void read_names(std::string_view line);
    void read_first_row(std::string_view line);
    bool read_field(std::string_view line, std::size_t& at);
    bool read_fields(std::string_view line);
    bool fits() const;
    void note_misfit(std::string_view line);
    void note_row(bool in_table, bool is_whole);

    struct FirstRow {
        char separator = '\0';
        std::size_t columns = 0;
    };

    bool at_header_ = true;
    FirstRow first_row_;     ///< of a text without a header
    char separator_ = '\0';  ///< '\0': the text has not shown to be CSV
    bool open_ = false;      ///< the last line ended inside of a field
    std::size_t column_ = 0;
    std::size_t columns_ = 0;  ///< of the table; 0: fields without quotes are not looked at
    bool has_rows_ = false;    ///< the table has a row below its header
    std::size_t misfits_ = 0;  ///< lines that are no rows of it, since the last that was one
    std::optional<std::size_t> message_column_;
    std::vector<CsvField> fields_;
};

}  // namespace symline::log
