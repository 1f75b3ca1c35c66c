#include "tools/addr2line_run.h"

#include <cstring>
#include <utility>

#include "symline/build_id.h"
#include "symline/core_dump.h"
#include "symline/module_variables.h"
#include "tools/addr2line_batch.h"
#include "tools/approximation.h"
#include "tools/markup_filter.h"
#include "tools/messages.h"

namespace symline::tools {

namespace {

output::JsonRequest asked_of(const Addr2lineModule& module, const Request& request,
                             const InputPlace& place) {
    output::JsonRequest asked{.module = module.file().path(), .address = {}, .symbol = {}};
    if (place.by_number) {
        asked.address = place.shown;
    } else {
        asked.symbol = request.place;
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

}  // namespace

Addr2lineFiles::Addr2lineFiles(const Addr2lineOptions& options, FailureLog& failures)
    : options_(options),
      failures_(failures),
      fetches_(options.fetch, failures.diagnostics()),
      debug_files_(open_debug_files(options.places, fetches_)) {}

Expected<Addr2lineModule>& Addr2lineFiles::module(const std::string& path) {
    const auto known = modules_.find(path);
    if (known != modules_.end()) return known->second;
    ModuleOptions wanted{.debug_files = debug_files_, .split_package = options_.split_package};
    if (options_.cache_size) wanted.cache_size = *options_.cache_size;
    auto opened = Module::open(path, std::move(wanted));
    if (!opened) return modules_.emplace(path, std::unexpected(opened.error())).first->second;
    Addr2lineModule module(*std::move(opened), options_, failures_);
    return modules_.emplace(path, std::move(module)).first->second;
}

Expected<ForeignModule>* Addr2lineFiles::foreign_module(const std::string& path) {
    auto [known, is_new] = foreign_modules_.try_emplace(path);
    if (is_new && is_foreign_format(path)) {
        known->second.emplace(ForeignModule::open(path, options_, failures_));
    }
    return known->second ? &*known->second : nullptr;
}

std::optional<std::string> Addr2lineFiles::only_path() {
    if (options_.file || !options_.build_id) return options_.file.value_or("a.out");
    const auto id = BuildId::parse(*options_.build_id);
    if (auto path = id ? path_of(*id) : std::nullopt) return path;
    failures_.fail("'" + *options_.build_id + "': could not find build ID");
    return std::nullopt;
}

std::optional<std::string> Addr2lineFiles::path_of(const BuildId& build_id) {
    auto search = debug_files_->debug_file(build_id);
    for (const Error& refused : search.refused) explain_refusal(refused, failures_.diagnostics());
    if (!search.path.empty()) return std::move(search.path);
    if (auto code = debug_files_->code_file(build_id); !code.path.empty()) {
        return std::move(code.path);
    }
    // One without debug information has symbols.
    for (const TriedPlace& each : search.tried) {
        if (each.outcome != TriedOutcome::refused) continue;
        const auto& opened = module(each.place);
        if (opened && opened->file().build_id() == build_id) return each.place;
    }
    return std::nullopt;
}

Expected<Process> Addr2lineFiles::process() const {
    const ProcessOptions wanted{.program = options_.file.value_or(""),
                                .sysroot = options_.places.sysroot,
                                .debug_files = debug_files_};
    if (options_.pid) return Process::open(*options_.pid, wanted);
    return CoreDump::open(options_.core, wanted);
}

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
    return options_.lines_name_modules() || open_only_module();
}

bool Addr2line::open_only_module() {
    const auto path = files_.only_path();
    if (!path) return false;
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
    failures_.fail(open_failure(said, path));
    const output::JsonRequest request{.module = path, .address = 0, .symbol = {}};
    if (printer_.append_unopened(output_.buffer(), request, said)) output_.buffer() += '\n';
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
    const Request request = parse_request(line, options_.line_syntax());
    if (process_) {
        answer_in_process(request);
    } else if (only_ != nullptr) {
        answer_in(*only_, request);
    } else if (only_foreign_ != nullptr) {
        only_foreign_->answer(output_.buffer(), request, printer_);
    } else {
        answer_in_named_module(request, line);
    }
}

void Addr2line::answer_in_process(const Request& request) {
    const auto number = request.input.number;
    if (!number) return answer_unknown(request.module, std::nullopt);
    auto found = process_->resolve({{*number - options_.adjust_vma}}, options_.detail());
    Addr2lineAnswer answer{
        .module = found.module_name, .number = number, .symbol = {}, .shown = *number};
    if (found.module != nullptr) {
        take_symbol_name(*found.module, found.address, options_, found.lookup);
        answer.address_size = found.module->elf().address_size();
        if (options_.context_lines != 0) source_.set_code(*found.module, found.address);
    } else if (!found.module_name.empty()) {
        failures_.diagnostics().say_once("'" + found.module_name +
                                         "': " + std::string(describe(*found.lookup.miss)));
    }
    answer.frames = found.lookup.frames;
    printer_.append(output_.buffer(), answer);
}

void Addr2line::answer_in_named_module(const Request& request, std::string_view line) {
    if (request.place.empty()) {
        if (!request.module.empty()) {
            failures_.diagnostics().say_once("'" + std::string(line) +
                                             "': no module offset has been specified");
        }
        return answer_unknown(request.module, std::nullopt);
    }
    auto& module = files_.module(std::string(request.module));
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
    const output::JsonRequest json{
        .module = request.module, .address = number.value_or(0), .symbol = {}};
    if (printer_.append_unopened(output_.buffer(), json, error)) return;
    failures_.diagnostics().say_once(open_failure(error, request.module));
    answer_unknown(request.module, number);
}

void Addr2line::answer_in(Addr2lineModule& module, const Request& request) {
    const InputPlace place = module.place(request.input);
    switch (request.kind) {
        case Request::Kind::code: answer_code(module, request, place); break;
        case Request::Kind::data: answer_data(module, request, place); break;
        case Request::Kind::frame: answer_frame(module, request, place); break;
    }
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
        answer.symbol = request.place;
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
