// A file that symline-addr2line is asked about, and what it says when the file cannot answer.
#pragma once

#include <optional>
#include <string_view>

#include "symline/module.h"
#include "tools/addr2line_options.h"
#include "tools/data_symbols.h"
#include "tools/diagnostics.h"
#include "tools/input_place.h"

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

    /// No frames, and said, where the debug information is too damaged.
    Lookup lookup(FileAddress address);
    /// Where the input of "DATA" lies. In a relocatable file a number is an offset in any section;
    /// which one is meant, the symbol tells.
    struct DataPlace {
        std::optional<DataSymbol> symbol;
        std::optional<FileAddress> address;
    };
    DataPlace data_place(const InputPlace& place);
    // What lookup() says of an answer, each once.
    /// Which damage was met.
    void explain_damage();
    /// Why places of the module are unknown.
    void explain_unknown_places();
    /// Why there is no answer.
    void explain_failure(const Error& error);

private:
    const DataSymbols* data_symbols();

    Module module_;
    const Addr2lineOptions& options_;
    FailureLog& failures_;
    const Section* section_ = nullptr;  ///< -j
    std::optional<DataSymbols> data_symbols_;
    bool explained_ = false;
};

/// Whether the innermost place has a file.
bool is_located(const Lookup& lookup);

/// In a relocatable file, makes the starts of functions what its symbol table has: offsets in their
/// section. The library's addresses are its own there.
void show_section_offsets(const Module& module, std::vector<Frame>& frames);

/// llvm-symbolizer shows the symbol table's name of the outermost function, which alone has the
/// suffix of a clone ("do_softirq.part.0") or what a language makes of a name
/// ("P$PROG_$$_FACT$LONGINT"). DWARF's name stays where the symbol is an alias of one with that
/// name: which alias a symbol table names is arbitrary. Nothing is changed in GNU's form.
///
/// Where a style of its own shows one place only (--no-inlines), LLVM puts that name beside the
/// line of the innermost function; its GNU style names the innermost, as GNU does.
void take_symbol_name(const Module& module, FileAddress address, const Addr2lineOptions& options,
                      Lookup& lookup);

}  // namespace symline::tools
