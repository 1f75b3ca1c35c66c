// Many lines of input about one module, answered together on several threads; the answers come in
// the order of the lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/addr2line_module.h"
#include "tools/addr2line_options.h"
#include "tools/addr2line_printer.h"
#include "tools/line_batch.h"
#include "tools/standard_output.h"
#include "tools/text_store.h"

namespace symline::tools {

/// What the lines ask.
struct BatchQuestions {
    struct Question {
        std::uint64_t shown = 0;  ///< see InputPlace
        bool by_number = false;
        bool placed = false;  ///< the place is an address of the module
    };

    std::uint64_t adjust = 0;            ///< see InputPlaceRules
    std::vector<FileAddress> addresses;  ///< of the lines that name one
    std::vector<Question> lines;         ///< empty as long as each one is a plain number

    std::size_t size() const { return lines.empty() ? addresses.size() : lines.size(); }
    Question operator[](std::size_t line) const {
        if (!lines.empty()) return lines[line];
        return {addresses[line].value + adjust, true, true};
    }
    /// The line of each address; empty when every line has one.
    std::vector<std::uint32_t> lines_of_addresses() const;
};

/// Nothing where a line has to be answered in its own way.
std::optional<BatchQuestions> batch_questions(const Addr2lineModule& module, const LineBatch& lines,
                                              const Addr2lineOptions& options);

class Addr2lineBatch {
public:
    /// Fewer lines are answered before threads are of use.
    static constexpr std::size_t kMinLines = 256;

    /// All are borrowed.
    Addr2lineBatch(Addr2lineModule& module, const Addr2lineOptions& options,
                   const Addr2linePrinter& printer, const LineBatch& lines)
        : module_(module),
          options_(options),
          printer_(printer),
          lines_(lines),
          address_size_(module.file().elf().address_size()) {}

    /// Finds and formats all answers. False when the lines have to be answered one after the other.
    bool answer();
    /// Writes the answers. False when there is no use in going on.
    bool print(AnswerSeparators& separators, StandardOutput& output);

private:
    /// Where the answer to a line is.
    struct LineAnswer {
        TextStore::Slice text;
        std::uint16_t worker = 0;
        bool located : 1 = false;
        bool damage_known : 1 = false;  ///< damage had been met by then
        bool failed : 1 = false;        ///< the worker's `errors` says why
    };
    struct Worker {
        TextStore texts;
        LineAnswer last;
        std::map<std::size_t, Error> errors;  ///< by line
    };

    void format(const Answer& answer, std::size_t line);
    void prefetch(std::size_t line) const;
    void append_whole(std::string& out, std::size_t line, const Answer* found) const;
    void append_one(std::string& out, std::size_t line);

    Addr2lineModule& module_;
    const Addr2lineOptions& options_;
    const Addr2linePrinter& printer_;
    const LineBatch& lines_;
    unsigned address_size_;
    BatchQuestions questions_;
    std::vector<LineAnswer> answers_;
    std::vector<Worker> workers_;
};

}  // namespace symline::tools
