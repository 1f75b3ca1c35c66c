#include "tools/addr2line_run.h"

#include <cstring>
#include <utility>

#include "symline/build_id.h"
#include "symline/core_dump.h"
#include "tools/approximation.h"
#include "tools/debug_file_places.h"
#include "tools/messages.h"

namespace symline::tools {

Addr2line::Addr2line(Addr2lineOptions options, Diagnostics& diagnostics, StandardOutput& output)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(options_.fetch, diagnostics),
      source_(options_.source_directories, {}),
      indexes_(options_.index, options_.fetch.quiet, diagnostics) {
    gnu_ = {.names = options_.names,
            .addresses = options_.addresses,
            .pretty = options_.pretty,
            .inlines = options_.inlines};
    llvm_ = {.names = options_.names,
             .addresses = options_.addresses,
             .pretty = options_.pretty,
             .inlines = options_.inlines,
             .verbose = options_.verbose,
             .columns = options_.style == OutputStyle::llvm,
             .context_lines = options_.context_lines,
             .source = &source_};
    debug_files_ = open_debug_files({.debug_files = options_.debug_files,
                                     .debug_directories = options_.debug_directories,
                                     .sysroot = options_.sysroot,
                                     .packages = options_.packages,
                                     .index = options_.index,
                                     .index_directory = {}},
                                    fetches_);
    source_.fetch_from(debug_files_);
    // GNU has no form for what these two options show.
    llvm_printer_ = options_.form == Form::llvm || options_.verbose || options_.context_lines != 0;
}

bool Addr2line::run() {
    if (!options_.core.empty() || options_.pid) {
        if (!open_process()) return false;
    } else if (!names_modules() && !open_only_module()) {
        return false;
    }
    if (options_.inputs.empty()) {
        answer_standard_input();
    } else {
        answer_arguments();
    }
    return !failed_;
}

/// llvm-addr2line has no default file: without -e each line of input names its own.
bool Addr2line::names_modules() const {
    return options_.form == Form::llvm && !options_.file && !options_.build_id;
}

void Addr2line::fail(std::string_view line) {
    diagnostics_.say_once(line);
    failed_ = true;
}

Addr2line::OpenModule& Addr2line::open(const std::string& path) {
    const auto known = modules_.find(path);
    if (known != modules_.end()) return known->second;
    ModuleOptions options;
    options.debug_files = debug_files_;
    options.split_package = options_.split_package;
    if (options_.cache_size) options.cache_size = *options_.cache_size;
    OpenModule opened{.module = Module::open(path, std::move(options))};
    return modules_.emplace(path, std::move(opened)).first->second;
}

std::string Addr2line::path_by_build_id() {
    const auto id = BuildId::parse(*options_.build_id);
    if (!id) return {};
    const auto search = debug_files_->debug_file(*id);
    for (const Error& refused : search.refused) explain_refusal(refused, diagnostics_);
    return search.path;
}

bool Addr2line::open_only_module() {
    std::string path = options_.file.value_or("a.out");
    if (options_.build_id && !options_.file) {
        auto found = path_by_build_id();
        if (found.empty()) {
            fail("'" + *options_.build_id + "': could not find build ID");
            return false;
        }
        path = std::move(found);
    }
    only_ = &open(path);
    if (!only_->module) {
        const Error& error = only_->module.error();
        fail(open_failure(error, path));
        if (options_.style == OutputStyle::json) {
            output::append_json_error(output_.buffer(),
                                      {.module = path, .address = 0, .symbol = {}},
                                      system_message(error));
            output_.buffer() += '\n';
        }
        return false;
    }
    if (options_.target && !known_target(*options_.target)) {
        fail(path + ": invalid bfd target");
        return false;
    }
    return find_section(*only_);
}

bool Addr2line::open_process() {
    const std::string name =
        options_.pid ? "process " + std::to_string(*options_.pid) : "'" + options_.core + "'";
    const ProcessOptions wanted{.program = options_.file.value_or(""),
                                .sysroot = options_.sysroot,
                                .debug_files = debug_files_};
    Expected<Process> process =
        options_.pid ? Process::open(*options_.pid, wanted) : CoreDump::open(options_.core, wanted);
    if (!process) {
        fail(name + ": " + process.error().message);
        return false;
    }
    process_.emplace(std::move(*process));
    return true;
}

void Addr2line::answer_in_process(const Request& request) {
    const auto number = parse_input(request.place).number;
    if (!number) return print_unknown(request.module, std::nullopt);
    const std::uint64_t address = *number - options_.adjust_vma;
    auto found = process_->resolve({{address}}, detail());
    if (!found.module_name.empty() && found.module == nullptr) {
        diagnostics_.say_once("'" + found.module_name +
                              "': " + std::string(describe(*found.lookup.miss)));
    }
    if (options_.form == Form::llvm && found.module != nullptr) {
        add_clone_suffix(*found.module, found.address, found.lookup);
    }
    print(output_.buffer(), {.module = found.module_name, .address = number, .symbol = {}}, *number,
          {.address = number, .frames = found.lookup.frames},
          found.module == nullptr ? sizeof(std::uint64_t) : found.module->address_size());
}

bool Addr2line::find_section(OpenModule& opened) {
    if (!options_.section) return true;
    opened.section = opened.module->section(*options_.section);
    if (!opened.section) {
        fail(opened.module->path() + ": cannot find section " + *options_.section);
    }
    return opened.section != nullptr;
}

void Addr2line::begin_answer() {
    const bool list = options_.style == OutputStyle::json && !options_.inputs.empty();
    if (list) output_.buffer() += std::exchange(separator_, ",");
}

void Addr2line::end_answer() {
    const bool lines = options_.style == OutputStyle::json && options_.inputs.empty();
    if (lines) output_.buffer() += '\n';
}

void Addr2line::answer_arguments() {
    for (const auto& input : options_.inputs) {
        lines_.add(input);
        if (!lines_.full()) continue;
        if (!answer_lines()) return;
        lines_.clear();
    }
    if (!answer_lines()) return;
    if (options_.style == OutputStyle::json) output_.buffer() += "]\n";
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
        fail(std::string("cannot read standard input: ") + std::strerror(reader.error()));
    }
}

Request Addr2line::request_of(std::string_view line) const {
    if (options_.form == Form::llvm) return parse_request(line, names_modules());
    return {.module = {}, .place = line};
}

void Addr2line::answer(std::string_view text) {
    const Request request = request_of(text);
    if (process_) return answer_in_process(request);
    if (only_) {
        answer_in(*only_, request);
        return;
    }
    if (request.place.empty()) {
        if (!request.module.empty()) {
            diagnostics_.say_once("'" + std::string(text) +
                                  "': no module offset has been specified");
        }
        print_unknown(request.module, std::nullopt);
        return;
    }
    auto& opened = open(std::string(request.module));
    if (!opened.module) {
        answer_unopened(opened.module.error(), request);
    } else if (find_section(opened)) {
        answer_in(opened, request);
    } else {
        print_unknown(request.module, std::nullopt);
    }
}

/// One of several modules that the input names: the others are answered all the same, and as in
/// llvm-addr2line the exit status is that of a run that went well.
void Addr2line::answer_unopened(const Error& error, const Request& request) {
    const auto number = parse_input(request.place).number;
    if (options_.style == OutputStyle::json) {
        output::append_json_error(
            output_.buffer(),
            {.module = request.module, .address = number.value_or(0), .symbol = {}},
            system_message(error));
        return;
    }
    diagnostics_.say_once(open_failure(error, request.module));
    print_unknown(request.module, number);
}

PlaceRules Addr2line::place_rules(const OpenModule& opened) const {
    return {.section = opened.section,
            .adjust = options_.adjust_vma,
            .names = options_.names.demangle ? &options_.names : nullptr,
            .whole_numbers = options_.form == Form::llvm};
}

Place Addr2line::find(OpenModule& opened, std::string_view text) {
    const Module& module = *opened.module;
    const auto place = find_place(module, parse_input(text), place_rules(opened));
    if (place) return *place;
    fail(damage(place.error(), module.path()));
    return {};
}

Detail Addr2line::detail() const {
    const bool declared = options_.verbose || options_.style == OutputStyle::json;
    return declared ? Detail::declarations : Detail::frames;
}

void Addr2line::answer_in(OpenModule& opened, const Request& request) {
    const Place place = find(opened, request.place);
    if (request.kind == Request::Kind::data) {
        answer_data(opened, request, place);
        return;
    }
    if (request.kind == Request::Kind::frame) {
        // Local variables are not read: the answer is the one for a place without any.
        output_.buffer() += llvm_.columns ? "??\n\n" : "??\n";
        return;
    }
    if (options_.context_lines != 0) source_.set_build_id(opened.module->build_id());
    Lookup lookup;
    if (place.address) lookup = look_up(opened, *place.address);
    const bool approximate = place.address && approximate_line(*opened.module, *place.address,
                                                               options_.approximation, lookup);
    const auto address = place.by_number ? std::optional(place.shown) : std::nullopt;
    print(output_.buffer(),
          {.module = opened.module->path(),
           .address = address,
           .symbol = place.by_number ? std::string_view() : request.place},
          place.shown, {.address = address, .frames = lookup.frames, .approximate = approximate},
          opened.module->address_size());
}

void Addr2line::answer_data(OpenModule& opened, const Request& request, const Place& place) {
    std::optional<Symbol> symbol;
    if (place.address) {
        const auto found = opened.module->symbol_at(*place.address);
        if (!found) fail(damage(found.error(), opened.module->path()));
        if (found) symbol = *found;
    }
    const auto address = place.by_number ? std::optional(place.shown) : std::nullopt;
    const Symbol* known = symbol ? &*symbol : nullptr;
    if (options_.style == OutputStyle::json) {
        output::append_json_data(output_.buffer(),
                                 {.module = opened.module->path(),
                                  .address = address,
                                  .symbol = place.by_number ? std::string_view() : request.place},
                                 known, llvm_);
    } else {
        output::append_llvm_data(output_.buffer(), address, known, llvm_);
    }
}

/// Says, once, why places of the module are unknown.
void Addr2line::explain(OpenModule& opened) {
    if (!std::exchange(opened.explained, true)) explain_unknown(*opened.module, diagnostics_);
}

Lookup Addr2line::look_up(OpenModule& opened, FileAddress address) {
    const Module& module = *opened.module;
    auto found = module.lookup(address, detail());
    if (!found) {
        fail(damage(found.error(), module.path()));
        return {};
    }
    explain_damage(module, diagnostics_);
    const bool located = !found->frames.empty() && !found->frames.front().location.file.empty();
    if (!located) explain(opened);
    if (options_.form == Form::llvm) add_clone_suffix(module, address, *found);
    return std::move(*found);
}

/// llvm-symbolizer shows the symbol table's name of the outermost function, which alone has the
/// suffix of a clone ("do_softirq.part.0"). Only that suffix is taken over: among aliases the
/// symbol table's choice is arbitrary, DWARF's is not.
void Addr2line::add_clone_suffix(const Module& module, FileAddress address, Lookup& lookup) const {
    if (options_.names.functions != output::Functions::linkage || lookup.frames.empty()) return;
    Frame& outermost = lookup.frames.back();
    if (outermost.name_source != NameSource::dwarf) return;
    const auto symbol = module.symbol_at(address);
    if (!symbol || !*symbol) return;
    const auto name = outermost.linkage_or_name();
    const auto full = (*symbol)->name;
    if (full.size() > name.size() && full.starts_with(name) && full[name.size()] == '.') {
        outermost.linkage_name = full;
    }
}

/// The answer where there is no file to look into.
void Addr2line::print_unknown(std::string_view module, std::optional<std::uint64_t> number) {
    print(output_.buffer(), {.module = module, .address = number, .symbol = {}}, 0,
          {.address = number, .frames = {}}, sizeof(std::uint64_t));
}

void Addr2line::print(std::string& out, const output::JsonRequest& request, std::uint64_t shown,
                      const output::LlvmAnswer& answer, unsigned address_size) const {
    if (options_.style == OutputStyle::json) {
        output::append_json(out, request, answer, llvm_);
    } else if (llvm_printer_) {
        output::append_llvm(out, answer, llvm_);
    } else {
        output::append_gnu(out, shown, answer.frames, gnu_style(address_size), answer.approximate);
    }
}

output::GnuStyle Addr2line::gnu_style(unsigned address_size) const {
    output::GnuStyle style = gnu_;
    style.address_digits = address_size * 2;
    return style;
}

}  // namespace symline::tools
