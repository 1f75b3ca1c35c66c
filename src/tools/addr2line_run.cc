#include "tools/addr2line_run.h"

#include <cstring>
#include <utility>

#include "elf/elf_file.h"
#include "symbolize/open_module.h"
#include "symline/build_id.h"
#include "symline/core_dump.h"
#include "symline/module_variables.h"
#include "tools/addr2line_batch.h"
#include "tools/approximation.h"
#include "tools/llvm_form.h"
#include "tools/markup_filter.h"
#include "tools/messages.h"

namespace symline::tools {

namespace {

/// LLVM says that what is wrong is an error.
std::string message_for(const Addr2lineOptions& options, const std::string& message) {
    return options.llvm_program ? "error: " + message : message;
}

std::string open_failure_for(const Addr2lineOptions& options, const Error& error,
                             std::string_view path) {
    if (!options.llvm_program) return open_failure(error, path);
    return message_for(options, "'" + std::string(path) + "': " + system_message(error));
}

Error unknown_build_id(std::string_view hex) {
    return {ErrorCode::unreadable, std::string(hex), "could not find build ID"};
}

/// As LLVM writes build ids.
std::string shown_build_id(std::string_view hex) {
    const auto id = parse_llvm_build_id(hex);
    std::string text = id ? id->hex() : std::string();
    for (char& c : text) {
        if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

output::JsonRequest asked_of(const Addr2lineModule& module, const Request& request,
                             const InputPlace& place) {
    output::JsonRequest asked{.module = module.file().path(), .address = {}, .symbol = {}};
    if (place.by_number) {
        asked.address = place.shown;
    } else {
        asked.symbol = request.input.name;
    }
    return asked;
}

output::LlvmVariable shown_variable(const Variable& variable, const output::NameStyle& style) {
    return {.function = variable.function,
            .name = variable.name,
            .file = output::shown_path(variable.declaration, style),
            .line = variable.declaration.line,
            .frame_offset = variable.frame_offset,
            .size = variable.size,
            .tag_offset = variable.tag_offset};
}

/// From addresses of a file to those of a process, which numbers of the input are.
void move_starts(std::vector<Frame>& frames, std::uint64_t distance) {
    for (Frame& frame : frames) {
        if (frame.start) frame.start = FileAddress{frame.start->value + distance};
    }
}

}  // namespace

Addr2line::Addr2line(Addr2lineOptions options, Diagnostics& diagnostics, StandardOutput& output)
    : options_(std::move(options)),
      failures_(diagnostics),
      output_(output),
      files_(options_, failures_),
      source_(options_.source_directories, {}),
      printer_(options_, source_),
      separators_(options_),
      indexes_(options_.places.index, options_.fetch.quiet, diagnostics) {
    source_.fetch_from(files_.debug_files());
}

bool Addr2line::run() {
    if (options_.filter_markup) return filter_markup();
    if (!open()) return false;
    if (options_.inputs.empty()) {
        answer_standard_input();
    } else {
        answer_arguments();
    }
    return !failures_.failed();
}

bool Addr2line::open() {
    if (!options_.core.empty() || options_.pid) return open_process();
    const bool one_for_each = options_.lines_name_modules() || options_.build_id_for_each();
    return one_for_each || open_only_module();
}

bool Addr2line::open_only_module() {
    const auto path = files_.only_path();
    if (!path) return false;
    if (*path == "-" && options_.inputs.empty()) {
        failures_.fail("'-': standard input cannot hold both the file and the addresses");
        return false;
    }
    auto& module = files_.module(*path);
    if (!module) return open_only_foreign_module(*path, module.error());
    if (options_.target && !known_target(*options_.target)) {
        failures_.fail(*path + ": invalid bfd target");
        return false;
    }
    only_ = &*module;
    return only_->find_section();
}

/// `error` is why the library cannot read it.
bool Addr2line::open_only_foreign_module(const std::string& path, const Error& error) {
    auto* const foreign = files_.foreign_module(path);
    if (foreign != nullptr && *foreign) {
        only_foreign_ = &**foreign;
        if (options_.section)
            failures_.fail(path + ": -j " + *options_.section +
                           ": sections are known of ELF files alone");
        return !options_.section;
    }
    const Error& said = foreign != nullptr && !*foreign ? foreign->error() : error;
    const output::JsonRequest request{.module = path, .address = 0, .symbol = {}};
    if (printer_.append_unopened(output_.buffer(), request, said)) {
        output_.buffer() += '\n';
    } else {
        failures_.diagnostics().say_once(open_failure_for(options_, said, path));
    }
    return false;
}

bool Addr2line::open_process() {
    auto process = files_.process();
    if (!process) {
        const std::string name =
            options_.pid ? "process " + std::to_string(*options_.pid) : "'" + options_.core + "'";
        failures_.fail(name + ": " + process.error().message);
        return false;
    }
    process_.emplace(std::move(*process));
    return true;
}

void Addr2line::answer_arguments() {
    for (const auto& input : options_.inputs) {
        lines_.add(input);
        if (!lines_.full()) continue;
        if (!answer_lines()) return;
        lines_.clear();
    }
    if (answer_lines()) separators_.end(output_.buffer());
}

void Addr2line::answer_standard_input() {
    LineReader reader;
    const auto flush = [this] { return output_.flush(); };
    while (const auto line = reader.next(flush)) {
        lines_.clear();
        lines_.add(*line);
        gather(reader);
        if (!answer_lines()) return;
    }
    if (reader.error() != 0) {
        failures_.fail(std::string("cannot read standard input: ") + std::strerror(reader.error()));
    }
}

/// As in LLVM the lines are those of standard input, and name all files.
bool Addr2line::filter_markup() {
    const DisplayOptions wanted{.colour = options_.colour};
    const Display display = display_on(screen_of_environment(output_.reader()), wanted);
    MarkupWriter writer(output_, display.colour == output::Colour::yes);
    MarkupLookup lookup(files_, options_);
    MarkupErrors errors;
    MarkupFilter filter(lookup, writer, errors);
    LineReader reader;
    const auto flush = [this] { return output_.flush(); };
    while (const auto line = reader.next(flush)) {
        filter.filter(*line);
        if (!output_.flush_if_large()) return true;
    }
    filter.finish();
    if (reader.error() == 0) return true;
    failures_.fail(std::string("cannot read standard input: ") + std::strerror(reader.error()));
    return false;
}

/// As many lines as are there. A writer that is as fast as they are read is waited for, but never
/// for longer than it takes to notice.
void Addr2line::gather(LineReader& reader) {
    constexpr std::size_t kMany = 1024;
    int waits = 10;
    while (!lines_.full()) {
        auto lines = reader.ready_lines();
        if (lines.empty() && lines_.size() >= kMany && waits > 0) {
            --waits;
            lines = reader.ready_lines(1);
        }
        if (lines.empty()) return;
        lines_.add_lines(lines);
    }
}

/// Answers the lines gathered. False when there is no use in going on.
bool Addr2line::answer_lines() {
    const bool more = answer_each_line();
    if (more) index_if_due(lines_.size());
    return more;
}

bool Addr2line::answer_each_line() {
    if (may_batch()) {
        Addr2lineBatch batch(*only_, options_, printer_, lines_);
        if (batch.answer()) return batch.print(separators_, output_);
    }
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        separators_.begin_answer(output_.buffer());
        answer(lines_[i]);
        separators_.end_answer(output_.buffer());
        if (!output_.flush_if_large()) return false;
    }
    return true;
}

/// Source lines and neighbouring lines are looked for by one thread.
bool Addr2line::may_batch() const {
    return lines_.size() >= Addr2lineBatch::kMinLines && only_ != nullptr &&
           options_.context_lines == 0 && options_.approximation == Approximation::none;
}

/// Between batches, when what is answered has been written.
void Addr2line::index_if_due(std::size_t lines) {
    if (only_ == nullptr) return;
    const Module& module = only_->file();
    if (indexes_.is_time_after(module, lines) && output_.flush()) indexes_.make(module);
}

void Addr2line::answer(std::string_view line) {
    auto request = parse_line(line, options_);
    if (request && options_.build_id_for_each()) request->build_id = *options_.build_id;
    if (!request) {
        explain_line(line, request.error());
        answer_unknown(only_path(), std::nullopt);
    } else if (process_) {
        answer_in_process(*request);
    } else if (only_ != nullptr) {
        answer_in(*only_, *request);
    } else if (only_foreign_ != nullptr) {
        only_foreign_->answer(output_.buffer(), *request, printer_);
    } else {
        answer_in_named_module(*request);
    }
}

/// As in llvm-addr2line, the exit status stays that of a run that went well.
void Addr2line::explain_line(std::string_view line, std::string_view problem) {
    if (problem.empty()) return;
    failures_.diagnostics().say_once(
        message_for(options_, "'" + std::string(line) + "': " + std::string(problem)));
}

std::string_view Addr2line::only_path() const {
    if (only_ != nullptr) return only_->file().path();
    return options_.file ? std::string_view(*options_.file) : std::string_view();
}

void Addr2line::answer_in_process(const Request& request) {
    const auto number = request.input.number;
    if (!number) return answer_unknown(request.module, std::nullopt);
    auto found = process_->resolve({{*number - options_.adjust_vma}}, options_.detail());
    Addr2lineAnswer answer{
        .module = found.module_name, .number = number, .symbol = {}, .shown = *number};
    if (found.module != nullptr) {
        shape_for_llvm(*found.module, found.address, options_, found.lookup);
        move_starts(found.lookup.frames, *number - found.address.value);
        answer.address_size = found.module->elf().address_size();
        if (options_.context_lines != 0) source_.set_code(*found.module, found.address);
    } else if (!found.module_name.empty()) {
        failures_.diagnostics().say_once("'" + found.module_name +
                                         "': " + std::string(describe(*found.lookup.miss)));
    }
    answer.frames = found.lookup.frames;
    printer_.append(output_.buffer(), answer);
}

void Addr2line::answer_in_named_module(Request request) {
    std::optional<std::string> path(request.module);
    if (!request.build_id.empty()) {
        path = files_.path_of_build_id(request.build_id);
        if (!path) return answer_unopened(unknown_build_id(request.build_id), request);
        request.module = *path;
    }
    auto& module = files_.module(*path);
    if (!module) {
        if (!answer_in_foreign_module(request)) answer_unopened(module.error(), request);
    } else if (module->find_section()) {
        answer_in(*module, request);
    } else {
        answer_unknown(request.module, std::nullopt);
    }
}

/// False where the request's module is none.
bool Addr2line::answer_in_foreign_module(const Request& request) {
    auto* const foreign = files_.foreign_module(std::string(request.module));
    if (foreign == nullptr) return false;
    if (*foreign) {
        (*foreign)->answer(output_.buffer(), request, printer_);
    } else {
        answer_unopened(foreign->error(), request);
    }
    return true;
}

/// One of several modules that the input names: the others are answered all the same, and as in
/// llvm-addr2line the exit status is that of a run that went well.
void Addr2line::answer_unopened(const Error& error, const Request& request) {
    const auto number = request.input.number;
    const std::string build_id = shown_build_id(request.build_id);
    output::JsonRequest json{
        .module = build_id.empty() ? request.module : build_id, .address = number, .symbol = {}};
    if (!number) json.symbol = request.input.name;
    if (printer_.append_unopened(output_.buffer(), json, error)) return;
    failures_.diagnostics().say(open_failure_for(options_, error, json.module));
    answer_unknown(json.module, number);
}

void Addr2line::answer_in(Addr2lineModule& module, const Request& request) {
    if (options_.form == Form::llvm && request.kind == Request::Kind::code &&
        !request.input.number && answer_symbols(module, request)) {
        return;
    }
    const InputPlace place = module.place(request.input);
    switch (request.kind) {
        case Request::Kind::code: answer_code(module, request, place); break;
        case Request::Kind::data: answer_data(module, request, place); break;
        case Request::Kind::frame: answer_frame(module, request, place); break;
    }
}

/// False where the module has no symbol of that name. As in LLVM, one without a line is passed
/// over.
bool Addr2line::answer_symbols(Addr2lineModule& module, const Request& request) {
    const auto addresses = module.addresses_named(request.input);
    if (addresses.empty()) return false;
    if (options_.context_lines != 0) source_.set_build_id(module.file().build_id());
    std::vector<Frame> places;
    for (const FileAddress address : addresses) {
        Lookup lookup = module.lookup(address);
        if (!is_located(lookup)) continue;
        merge_frames(lookup.frames, options_);
        places.push_back(lookup.frames.front());
    }
    const output::JsonRequest asked{
        .module = module.file().path(), .address = {}, .symbol = request.input.name};
    printer_.append_places(output_.buffer(), asked, places);
    return true;
}

void Addr2line::answer_code(Addr2lineModule& module, const Request& request,
                            const InputPlace& place) {
    if (options_.context_lines != 0 && place.address) {
        source_.set_code(module.file(), *place.address);
    }
    Addr2lineAnswer answer{.module = module.file().path(),
                           .number = {},
                           .symbol = {},
                           .shown = place.shown,
                           .address_size = module.file().elf().address_size()};
    if (place.by_number) {
        answer.number = place.shown;
    } else {
        answer.symbol = request.input.name;
    }
    Lookup lookup;
    if (place.address) {
        lookup = module.lookup(*place.address);
        answer.precision =
            approximate_line(module.file(), *place.address, options_.approximation, lookup);
    }
    answer.frames = lookup.frames;
    printer_.append(output_.buffer(), answer);
}

void Addr2line::answer_data(Addr2lineModule& module, const Request& request,
                            const InputPlace& place) {
    const auto [symbol, address] = module.data_place(place);
    const auto variable = address ? variable_at(module.file(), *address) : std::nullopt;
    const bool in_section = module.file().elf().type() == FileType::relocatable;
    output::LlvmData data;
    if (symbol) {
        data = {.name = symbol->name,
                .start = in_section ? symbol->value : symbol->address.value,
                .size = symbol->size,
                .file = symbol->file};
    } else if (variable && !in_section) {
        data = {.name = variable->linkage_or_name(),
                .start = variable->address->value,
                .size = variable->size.value_or(0)};
    }
    if (variable && variable->declaration.line != 0) {
        data.file = output::shown_path(variable->declaration, options_.names);
        data.line = variable->declaration.line;
    }
    module.explain_damage();
    printer_.append_data(output_.buffer(), asked_of(module, request, place), data);
}

void Addr2line::answer_frame(Addr2lineModule& module, const Request& request,
                             const InputPlace& place) {
    std::vector<Variable> found;
    if (place.address) found = variables_in_frame(module.file(), *place.address);
    std::vector<output::LlvmVariable> shown;
    shown.reserve(found.size());
    for (const Variable& each : found) shown.push_back(shown_variable(each, options_.names));
    module.explain_damage();
    printer_.append_variables(output_.buffer(), asked_of(module, request, place), shown);
}

/// The answer where there is no file to look into.
void Addr2line::answer_unknown(std::string_view module, std::optional<std::uint64_t> number) {
    printer_.append(output_.buffer(), {.module = module, .number = number, .symbol = {}});
}

}  // namespace symline::tools
