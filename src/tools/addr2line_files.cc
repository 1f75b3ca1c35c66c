// The files that a run of symline-addr2line asks.
#include <utility>

#include "symline/build_id.h"
#include "symline/core_dump.h"
#include "tools/addr2line_run.h"
#include "tools/llvm_request.h"
#include "tools/messages.h"

namespace symline::tools {

Addr2lineFiles::Addr2lineFiles(const Addr2lineOptions& options, FailureLog& failures)
    : options_(options),
      failures_(failures),
      fetches_(options.fetch, failures.diagnostics()),
      debug_files_(open_debug_files(options.places, fetches_)) {}

Expected<Addr2lineModule>& Addr2lineFiles::module(const std::string& path) {
    const auto known = modules_.find(path);
    if (known != modules_.end()) return known->second;
    auto opened = open_module(path);
    if (!opened) return modules_.emplace(path, std::unexpected(opened.error())).first->second;
    Addr2lineModule module(*std::move(opened), options_, failures_);
    return modules_.emplace(path, std::move(module)).first->second;
}

Expected<Module> Addr2lineFiles::open_module(const std::string& name) {
    ModuleOptions wanted{.debug_files = debug_files_, .split_package = options_.split_package};
    if (options_.cache_size) wanted.cache_size = *options_.cache_size;
    const bool input = name == "-";
    auto opened =
        input ? std::unexpected(Error{ErrorCode::not_found, name, {}}) : Module::open(name, wanted);
    if (opened || opened.error().code != ErrorCode::not_found) return opened;
    Expected<ObjectFile>* const file = object(name);
    if (file == nullptr) return opened;
    if (!*file) return std::unexpected(file->error());
    return (*file)->module(name, std::move(wanted));
}

Expected<ObjectFile>* Addr2lineFiles::object(const std::string& name) {
    auto [known, is_new] = objects_.try_emplace(name);
    if (is_new) {
        known->second = ObjectFile::named(
            name, {.architecture = options_.architecture, .llvm_words = options_.llvm_program});
    }
    return known->second ? &*known->second : nullptr;
}

Expected<ForeignModule>* Addr2lineFiles::foreign_module(const std::string& path) {
    auto [known, is_new] = foreign_modules_.try_emplace(path);
    if (is_new) {
        ForeignFile file{.name = path, .path = path, .architecture = options_.architecture};
        if (auto* const part = object(path); part != nullptr && *part) {
            file.path = (*part)->path();
            file.architecture = (*part)->architecture();
        }
        if (is_foreign_format(file.path)) {
            known->second.emplace(ForeignModule::open(file, options_, failures_));
        }
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

std::optional<std::string> Addr2lineFiles::path_of_build_id(std::string_view hex) {
    const auto id = parse_llvm_build_id(hex);
    return id ? path_of(*id) : std::nullopt;
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

}  // namespace symline::tools
