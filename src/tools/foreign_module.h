// A file of a format that the library does not read (Mach-O, PE, XCOFF, Wasm), answered by LLVM's
// reader.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "llvm_reader/llvm_reader.h"
#include "tools/addr2line_module.h"
#include "tools/addr2line_options.h"
#include "tools/addr2line_printer.h"
#include "tools/input.h"

namespace symline::tools {

/// Whether a file begins as one of those formats does. False for what cannot be read.
bool is_foreign_format(const std::string& path);

struct ForeignFile {
    std::string name;  ///< as it is shown
    std::string path;
    std::string architecture;  ///< which part of a universal file; empty: not said
};

class ForeignModule {
public:
    /// `options` and `failures` are borrowed.
    static Expected<ForeignModule> open(const ForeignFile& file, const Addr2lineOptions& options,
                                        FailureLog& failures);

    /// Appends the answer, or those for several symbols of one name.
    void answer(std::string& out, const Request& request, const Addr2linePrinter& printer);

private:
    ForeignModule(std::string name, llvm_reader::OpenRequest request,
                  const Addr2lineOptions& options, FailureLog& failures)
        : name_(std::move(name)),
          request_(std::move(request)),
          options_(options),
          failures_(failures) {}

    /// Starts the reader again where it crashed. Null, and said, where that cannot be.
    llvm_reader::LlvmReader* reader();
    std::optional<std::uint64_t> address_of(const Input& input) const;
    Addr2lineAnswer answer_to(const Request& request) const;

    void answer_code(std::string& out, const Request& request, const Addr2linePrinter& printer);
    void answer_symbol(std::string& out, const Request& request, const Addr2linePrinter& printer);
    void answer_data(std::string& out, const Request& request, const Addr2linePrinter& printer);
    void answer_variables(std::string& out, const Request& request,
                          const Addr2linePrinter& printer);
    /// What was asked, or nothing, and said, where the reader failed.
    template <typename T>
    std::optional<T> checked(Expected<T> found);

    std::string name_;
    llvm_reader::OpenRequest request_;
    const Addr2lineOptions& options_;
    FailureLog& failures_;
    std::optional<llvm_reader::LlvmReader> reader_;
    unsigned starts_ = 0;
};

}  // namespace symline::tools
