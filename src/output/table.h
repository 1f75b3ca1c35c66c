// Columns of text as wide as they need to be.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace symline::output {

enum class Align { left, right };

class Table {
public:
    using Row = std::vector<std::string>;

    Table(std::vector<Align> align, Row heading) : align_(std::move(align)) {
        rows_.push_back(std::move(heading));
    }
    void add(Row row) { rows_.push_back(std::move(row)); }

    void append_to(std::string& out) const {
        const auto widths = this->widths();
        for (const Row& row : rows_) {
            std::string line;
            for (std::size_t i = 0; i < row.size(); ++i) {
                const std::string padding(widths[i] - row[i].size(), ' ');
                if (i != 0) line += ' ';
                line += align_[i] == Align::right ? padding + row[i] : row[i] + padding;
            }
            line.erase(line.find_last_not_of(' ') + 1);
            (out += line) += '\n';
        }
    }

private:
    std::vector<std::size_t> widths() const {
        std::vector<std::size_t> widths(align_.size());
        for (const Row& row : rows_) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                widths[i] = std::max(widths[i], row[i].size());
            }
        }
        return widths;
    }

    std::vector<Align> align_;
    std::vector<Row> rows_;
};

}  // namespace symline::output
