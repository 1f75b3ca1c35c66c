// The texts that a line of a log holds where the log is JSON (docker, journalctl -o json, Loki,
// Vector, Fluent Bit, bpftrace -f json) or CSV: the strings of its objects and the fields of
// its rows, without their escapes, cut into lines, each of which is read as a line of a log by
// itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/csv_row.h"
#include "symline/embedded_line.h"

namespace symline::log {

class EmbeddedText {
public:
    /// Longer lines are read as they are: places in them take several times their size.
    static constexpr std::size_t kMaxLine = std::size_t{8} << 20;

    /// A line of one of the texts.
    struct Line {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        Quoting quoting = Quoting::json;
        std::uint8_t depth = 1;
        /// It is of a member that loggers keep messages in. The others say something of stacks by
        /// what they are alone.
        bool is_message = false;
    };

    /// A quick look: whether the line begins as JSON does.
    static bool may_begin(std::string_view line);
    /// Whether it begins as a line does that goes on with an object of the lines above.
    static bool may_go_on(std::string_view line);
    /// How rsyslog writes a line end in a message.
    static constexpr std::string_view kEscapedLineEnd = "#012";

    /// False where the line is no JSON. Of its strings only those are kept that a rule could match
    /// or that are messages.
    bool assign(std::string_view line) { return assign(line, Above::nothing); }
    /// What the lines above have left open.
    enum class Above { nothing, object };
    bool assign(std::string_view line, Above above);

    /// The same for a line of CSV. `message_column` is kept from line to line.
    bool assign(std::string_view line, const CsvRow& row,
                std::optional<std::size_t>& message_column);
    /// Whether a rule could match any of the row's fields.
    static bool may_match_any(std::string_view line, const CsvRow& row);

    /// How well a member's or a column's name says that it has messages: 0 is the best.
    static std::size_t rank_message_name(std::string_view name);
    static constexpr std::size_t kNoMessageName = SIZE_MAX;

    /// The same for a line in which rsyslog wrote several.
    bool assign_escaped(std::string_view line);

    std::span<const Line> lines() const { return lines_; }
    std::string_view text(const Line& line) const {
        return std::string_view(text_).substr(line.begin, line.end - line.begin);
    }
    /// Where line number `index` stands in `log_line`, which was assigned.
    EmbeddedLine place(std::size_t index, std::string_view log_line) const;
    /// Whether the line is a part of an object that is printed over several lines.
    bool is_part() const { return is_part_; }
    /// The machine that the objects name; empty where they do not. A view into the line.
    std::string_view host() const { return host_; }

private:
    class Builder;
    bool read_nested(std::string_view line, int nesting);
    void clear();

    std::string text_;
    std::vector<EmbeddedLine::Place> places_;
    std::vector<Line> lines_;
    std::string_view host_;
    bool is_part_ = false;
    char separator_ = '\0';  ///< of CSV
};

}  // namespace symline::log
