// A file that symline-addr2line is asked about, and what it says when the file cannot answer.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "symline/module.h"
#include "tools/addr2line_options.h"
#include "tools/data_symbols.h"
#include "tools/diagnostics.h"
#include "tools/input_place.h"
#include "tools/llvm_form.h"

namespace symline::tools {

/// Failures that the exit status tells, each said once.
class FailureLog {
public:
    explicit FailureLog(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    void fail(std::string_view line) {
        diagnostics_.say_once(line);
        failed_ = true;
    }
    bool failed() const { return failed_; }
    Diagnostics& diagnostics() { return diagnostics_; }

private:
    Diagnostics& diagnostics_;
    bool failed_ = false;
};

class Addr2lineModule {
public:
    /// `options` and `failures` are borrowed.
    Addr2lineModule(Module module, const Addr2lineOptions& options, FailureLog& failures)
        : module_(std::move(module)), options_(options), failures_(failures) {}

    const Module& file() const { return module_; }

    /// Finds the section of -j. False, and said, when there is none of that name.
    bool find_section();
    InputPlaceRules rules() const;
    /// Where the input lies; no address where it lies nowhere.
    InputPlace place(const Input& input);

    /// Of all symbols of the input's name; of none, and said, where they cannot be read.
    std::vector<FileAddress> addresses_named(const Input& input);

    /// No frames, and said, where the debug information is too damaged.
    Lookup lookup(FileAddress address);
    /// Where the input of "DATA" lies. In a relocatable file a number is an offset in any section;
    /// which one is meant, the symbol tells.
    struct DataPlace {
        std::optional<DataSymbol> symbol;
        std::optional<FileAddress> address;
    };
    DataPlace data_place(const InputPlace& place);
    std::optional<Symbol> symbol_at(FileAddress address);
    /// The frames as LLVM's form has them. May be called by several threads at once.
    void shape(FileAddress address, Lookup& lookup) const;
    // What lookup() says of an answer, each once.
    /// Which damage was met.
    void explain_damage();
    /// Why places of the module are unknown.
    void explain_unknown_places();
    /// Why there is no answer.
    void explain_failure(const Error& error);

private:
    const DataSymbols* data_symbols();
    std::optional<DataSymbol> tagged_at_offset(const DataSymbols& symbols, std::uint64_t offset);

    Module module_;
    const Addr2lineOptions& options_;
    FailureLog& failures_;
    const Section* section_ = nullptr;  ///< -j
    std::optional<DataSymbols> data_symbols_;
    bool explained_ = false;
    std::unique_ptr<LlvmSymbols> llvm_symbols_ = std::make_unique<LlvmSymbols>();
};

/// Whether the innermost place has a file.
bool is_located(const Lookup& lookup);

/// A line of input in the form of the options. What is wrong with it is in LLVM's words; empty
/// where nothing is to be said.
std::expected<Request, std::string_view> parse_line(std::string_view line,
                                                    const Addr2lineOptions& options);

}  // namespace symline::tools
