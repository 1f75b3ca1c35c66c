#include "tools/addr2line_printer.h"

#include "tools/messages.h"

namespace symline::tools {
namespace {

output::ShownAddress shown_address(std::uint64_t value, unsigned address_size) {
    return {.value = value, .digits = address_size * 2};
}

}  // namespace

Addr2linePrinter::Addr2linePrinter(const Addr2lineOptions& options, output::SourceText& source)
    : format_(format_of(options)), gnu_{options}, llvm_{options} {
    llvm_.verbose = options.verbose;
    llvm_.columns = options.style == OutputStyle::llvm;
    llvm_.context_lines = options.context_lines;
    llvm_.source = &source;
}

Addr2linePrinter::Format Addr2linePrinter::format_of(const Addr2lineOptions& options) {
    if (options.style == OutputStyle::json) return Format::json;
    // GNU has no form for what these two options show.
    const bool as_llvm =
        options.form == Form::llvm || options.verbose || options.context_lines != 0;
    return as_llvm ? Format::llvm : Format::gnu;
}

void Addr2linePrinter::append(std::string& out, const Addr2lineAnswer& answer) const {
    const output::LlvmAnswer llvm{
        .address = answer.number, .frames = answer.frames, .precision = answer.precision};
    switch (format_) {
        case Format::gnu:
            output::append_gnu(out, shown_address(answer.shown, answer.address_size), answer.frames,
                               gnu_, answer.precision);
            break;
        case Format::llvm: output::append_llvm(out, llvm, llvm_); break;
        case Format::json:
            output::append_json(
                out, {.module = answer.module, .address = answer.number, .symbol = answer.symbol},
                llvm, llvm_);
            break;
    }
}

void Addr2linePrinter::append_places(std::string& out, const output::JsonRequest& request,
                                     std::span<const Frame> places) const {
    if (format_ == Format::json) {
        output::append_json(out, request, {.address = {}, .frames = places}, llvm_);
    } else {
        output::append_llvm_places(out, places, llvm_);
    }
}

void Addr2linePrinter::append_data(std::string& out, const output::JsonRequest& request,
                                   const output::LlvmData& data) const {
    if (format_ == Format::json) {
        output::append_json_data(out, request, data, llvm_);
    } else {
        output::append_llvm_data(out, request.address, data, llvm_);
    }
}

void Addr2linePrinter::append_variables(std::string& out, const output::JsonRequest& request,
                                        std::span<const output::LlvmVariable> variables) const {
    if (format_ == Format::json) {
        output::append_json_variables(out, request, variables);
    } else {
        output::append_llvm_variables(out, request.address, variables, llvm_);
    }
}

bool Addr2linePrinter::append_unopened(std::string& out, const output::JsonRequest& request,
                                       const Error& error) const {
    if (format_ != Format::json) return false;
    output::append_json_error(out, request, system_message(error));
    return true;
}

void Addr2linePrinter::append_address(std::string& out, std::uint64_t shown,
                                      unsigned address_size) const {
    output::append_gnu_address(out, shown_address(shown, address_size), gnu_);
}

void Addr2linePrinter::append_frames(std::string& out, std::span<const Frame> frames) const {
    output::append_gnu_frames(out, frames, gnu_);
}

}  // namespace symline::tools
