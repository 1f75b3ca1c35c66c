#include "tools/foreign_module.h"

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "base/regular_file.h"
#include "tools/foreign_format.h"
#include "tools/llvm_form.h"
#include "tools/llvm_reader_program.h"
#include "tools/messages.h"

namespace symline::tools {
namespace {

using llvm_reader::FunctionNames;
using llvm_reader::LlvmReader;

/// After as many crashes the file is not asked any more.
constexpr unsigned kMaxStarts = 8;

FunctionNames names_of(output::Functions functions) {
    switch (functions) {
        case output::Functions::none: return FunctionNames::none;
        case output::Functions::short_names: return FunctionNames::source;
        case output::Functions::linkage: return FunctionNames::linkage;
    }
    return FunctionNames::none;
}

llvm_reader::OpenRequest request_for(const ForeignFile& file, const Addr2lineOptions& options) {
    return {.path = file.path,
            .functions = names_of(options.names.functions),
            .demangle = options.names.demangle,
            .relative_paths = options.names.paths == output::Paths::relative,
            .relative_addresses = options.relative_addresses,
            .architecture = file.architecture,
            .dsym_hints = options.dsym_hints,
            .debug_directories = options.places.debug_directories,
            .split_package = options.split_package};
}

output::LlvmData data_of(const llvm_reader::Datum& datum) {
    return {.name = datum.name,
            .start = datum.start,
            .size = datum.size,
            .file = datum.file,
            .line = datum.line};
}

output::LlvmVariable variable_of(const llvm_reader::Variable& variable) {
    return {.function = variable.function,
            .name = variable.name,
            .file = variable.file,
            .line = variable.line,
            .frame_offset = variable.frame_offset,
            .size = variable.size,
            .tag_offset = variable.tag_offset};
}

/// The first bytes; zeros where it cannot be read.
std::array<std::uint8_t, 4> start_of(const std::string& path) {
    const auto file = base::RegularFile::open(path);
    std::array<std::uint8_t, 4> bytes{};
    if (!file || !file->read(0, bytes)) return {};
    return bytes;
}

}  // namespace

bool is_foreign_format(const std::string& path) {
    return is_foreign_format(base::Bytes(start_of(path)));
}

Expected<ForeignModule> ForeignModule::open(const ForeignFile& file,
                                            const Addr2lineOptions& options, FailureLog& failures) {
    if (options.llvm_program && file.architecture.empty() && is_universal(start_of(file.path))) {
        return std::unexpected(Error{ErrorCode::unsupported, file.name, "Unknown architecture"});
    }
    ForeignModule module(file.name, request_for(file, options), options, failures);
    auto reader = LlvmReader::open(llvm_reader_program(), module.request_);
    if (!reader) return std::unexpected(reader.error());
    if (const std::string& problem = reader->opened().problem; !problem.empty()) {
        failures.diagnostics().say_once("'" + file.name +
                                        "': debug information not read: " + problem);
    }
    module.reader_ = *std::move(reader);
    return module;
}

LlvmReader* ForeignModule::reader() {
    if (reader_) return &*reader_;
    if (starts_ == kMaxStarts) return nullptr;
    ++starts_;
    auto reader = LlvmReader::open(llvm_reader_program(), request_);
    if (!reader) {
        failures_.fail(damage(reader.error(), name_));
        return nullptr;
    }
    return &reader_.emplace(*std::move(reader));
}

template <typename T>
std::optional<T> ForeignModule::checked(Expected<T> found) {
    if (found) return *std::move(found);
    failures_.fail(damage(found.error(), name_));
    reader_.reset();
    if (found.error().code == ErrorCode::unsupported) starts_ = kMaxStarts;  // it took too long
    return std::nullopt;
}

/// Nothing for a symbol.
std::optional<std::uint64_t> ForeignModule::address_of(const Input& input) const {
    if (!input.number || !(input.surely_number || input.whole_number)) return std::nullopt;
    return *input.number - options_.adjust_vma;
}

Addr2lineAnswer ForeignModule::answer_to(const Request& request) const {
    Addr2lineAnswer answer{.module = name_, .number = {}, .symbol = {}};
    if (reader_) answer.address_size = static_cast<unsigned>(reader_->opened().address_size);
    if (address_of(request.input)) {
        answer.number = request.input.number;
        answer.shown = *request.input.number;
    } else {
        answer.symbol = request.input.name;
    }
    return answer;
}

void ForeignModule::answer(std::string& out, const Request& request,
                           const Addr2linePrinter& printer) {
    switch (request.kind) {
        case Request::Kind::code: answer_code(out, request, printer); break;
        case Request::Kind::data: answer_data(out, request, printer); break;
        case Request::Kind::frame: answer_variables(out, request, printer); break;
    }
}

void ForeignModule::answer_code(std::string& out, const Request& request,
                                const Addr2linePrinter& printer) {
    const auto address = address_of(request.input);
    if (!address && !request.input.name.empty()) return answer_symbol(out, request, printer);
    Addr2lineAnswer answer = answer_to(request);
    std::optional<OwnedLookup> found;
    if (address && reader() != nullptr) found = checked(reader_->code(*address));
    std::vector<Frame> frames;
    if (found) frames = (*found)->frames;
    if (one_frame_for_all(options_)) merge_frames(frames, options_);
    answer.frames = frames;
    printer.append(out, answer);
}

void ForeignModule::answer_symbol(std::string& out, const Request& request,
                                  const Addr2linePrinter& printer) {
    Addr2lineAnswer answer = answer_to(request);
    std::optional<OwnedLookup> found;
    if (reader() != nullptr) {
        found = checked(reader_->symbol(std::string(request.input.name), request.input.offset));
    }
    if (!found || (*found)->frames.empty()) return printer.append(out, answer);
    if (options_.form == Form::llvm) {
        return printer.append_places(
            out, {.module = answer.module, .address = {}, .symbol = answer.symbol},
            (*found)->frames);
    }
    for (const Frame& frame : (*found)->frames) {
        answer.frames = std::span(&frame, 1);
        if (frame.start) answer.shown = frame.start->value + request.input.offset;
        printer.append(out, answer);
    }
}

void ForeignModule::answer_data(std::string& out, const Request& request,
                                const Addr2linePrinter& printer) {
    const auto address = address_of(request.input);
    std::optional<llvm_reader::Datum> found;
    if (address && reader() != nullptr) found = checked(reader_->data(*address));
    const Addr2lineAnswer asked = answer_to(request);
    printer.append_data(out,
                        {.module = asked.module, .address = asked.number, .symbol = asked.symbol},
                        found ? data_of(*found) : output::LlvmData{});
}

void ForeignModule::answer_variables(std::string& out, const Request& request,
                                     const Addr2linePrinter& printer) {
    const auto address = address_of(request.input);
    std::optional<std::vector<llvm_reader::Variable>> found;
    if (address && reader() != nullptr) found = checked(reader_->variables(*address));
    std::vector<output::LlvmVariable> shown;
    if (found) {
        for (const auto& variable : *found) shown.push_back(variable_of(variable));
    }
    const Addr2lineAnswer asked = answer_to(request);
    printer.append_variables(
        out, {.module = asked.module, .address = asked.number, .symbol = asked.symbol}, shown);
}

}  // namespace symline::tools
