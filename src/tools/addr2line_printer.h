// Answers of symline-addr2line as its options want them printed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "output/gnu.h"
#include "output/llvm.h"
#include "output/llvm_json.h"
#include "symline/error.h"
#include "symline/frame.h"
#include "tools/addr2line_options.h"

namespace symline::tools {

/// What was asked, and the frames that were found.
struct Addr2lineAnswer {
    std::string_view module;
    std::optional<std::uint64_t> number;  ///< as typed; nothing when a symbol or section was
    std::string_view symbol;              ///< as typed; empty when a number was
    std::uint64_t shown = 0;              ///< what GNU's -a prints
    std::span<const Frame> frames{};
    output::Precision precision = output::Precision::exact;  ///< of the innermost line
    unsigned address_size = sizeof(std::uint64_t);
};

class Addr2linePrinter {
public:
    /// `source` is borrowed; it has the lines that --print-source-context-lines shows.
    Addr2linePrinter(const Addr2lineOptions& options, output::SourceText& source);

    /// May be called by several threads at once, unless source lines are shown.
    void append(std::string& out, const Addr2lineAnswer& answer) const;
    /// The answer for a symbol's name in LLVM's form: the place of each symbol that has it.
    void append_places(std::string& out, const output::JsonRequest& request,
                       std::span<const Frame> places) const;
    /// The answer to "DATA place".
    void append_data(std::string& out, const output::JsonRequest& request,
                     const output::LlvmData& data) const;
    /// The answer to "FRAME place".
    void append_variables(std::string& out, const output::JsonRequest& request,
                          std::span<const output::LlvmVariable> variables) const;
    /// The answer where the module cannot be opened. Only JSON has a form for it.
    bool append_unopened(std::string& out, const output::JsonRequest& request,
                         const Error& error) const;

    /// Whether all addresses with the same frames have the same text, but for the address in front.
    /// append() is append_address() and append_frames() then.
    bool frames_decide() const { return format_ == Format::gnu; }
    void append_address(std::string& out, std::uint64_t shown, unsigned address_size) const;
    void append_frames(std::string& out, std::span<const Frame> frames) const;

private:
    enum class Format { gnu, llvm, json };

    static Format format_of(const Addr2lineOptions& options);

    Format format_;
    output::GnuStyle gnu_;
    output::LlvmStyle llvm_;
};

/// What stands between answers: in JSON, those to arguments are a list, and those to standard input
/// lines.
class AnswerSeparators {
public:
    explicit AnswerSeparators(const Addr2lineOptions& options)
        : json_(options.style == OutputStyle::json), list_(!options.inputs.empty()) {}

    void begin_answer(std::string& out) {
        if (json_ && list_) out += first_ ? '[' : ',';
        first_ = false;
    }
    void end_answer(std::string& out) const {
        if (json_ && !list_) out += '\n';
    }
    void end(std::string& out) const {
        if (json_ && list_) out += "]\n";
    }

private:
    bool json_;
    bool list_;
    bool first_ = true;
};

}  // namespace symline::tools
