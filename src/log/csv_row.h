// Rows of CSV and TSV, as spreadsheets and log services export them: fields in quotes may hold
// anything, also line ends, so that a row goes on in the next line.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace symline::log {

/// A field in quotes, or as much of one as stands in the line.
struct CsvField {
    std::size_t begin = 0;  ///< without the quotes
    std::size_t end = 0;
    std::size_t column = 0;
};

class CsvReader {
public:
    /// Whether the line has to be read: inside of a field every line, otherwise, once the text has
    /// shown to be CSV, those with quotes.
    bool wants(std::string_view line) const {
        return open_ || (separator_ != '\0' && line.contains('"'));
    }
    /// The names of the columns, in the first line of a text.
    void read_header(std::string_view line);
    /// The line's fields in quotes; none where it is no row.
    std::vector<CsvField> read(std::string_view line);

private:
    bool read_field(std::string_view line, std::size_t& at, std::vector<CsvField>& fields);

    char separator_ = '\0';  ///< '\0': the text has not shown to be CSV
    bool open_ = false;      ///< the last line ended inside of a field
    std::size_t column_ = 0;
};

}  // namespace symline::log
