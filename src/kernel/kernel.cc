#include "kernel/kernel.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "base/hex.h"
#include "find/chain.h"

namespace symline::kernel {
namespace {

constexpr const char* kOtherBuild = "the file is of another build";

std::string build_id_text(const std::optional<BuildId>& id) {
    return id ? id->hex() : std::string("(none)");
}

std::string parent(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path().native();
    return folder.empty() ? "." : folder;
}

/// "6.1.0-44-amd64" of the "Linux version 6.1.0-44-amd64 (...)" in the file.
std::string banner_release(KernelFile& file) {
    constexpr std::string_view begin = "Linux version ";
    for (const Symbol* symbol : file.symbols().named("linux_banner")) {
        const auto bytes = file.module.contents_at(symbol->address, 200);
        std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (!text.starts_with(begin)) continue;
        text.remove_prefix(begin.size());
        return std::string(text.substr(0, text.find(' ')));
    }
    return {};
}

/// What is said of a frame whose function is there and is not the one that ran.
std::string mismatch(KernelFile& file, const KernelQuestion& question, const Symbol* symbol) {
    // Files of a build-id tree or of debuginfod's cache have names that say nothing.
    const std::string name =
        file.found_by == FoundBy::explicit_path
            ? std::filesystem::path(file.module.path()).filename().native()
            : std::string(question.module.empty() ? "vmlinux" : question.module);
    const auto size = file.symbols().size(*symbol);
    const bool beyond = !question.size || *question.size == size;
    return "no line: its size in " + name + " is " + base::hex(size) + ", not " +
           (beyond ? "above " + base::hex(question.offset) : base::hex(*question.size));
}

}  // namespace

Kernel::Kernel(KernelOptions options) : options_(std::move(options)) {
    if (options_.debug_files != nullptr) return;
    DebugFileOptions places;
    places.debug_directories = options_.folders.debug_directories;
    places.sysroot = options_.folders.sysroot;
    options_.debug_files = std::make_shared<DebugFiles>(std::move(places));
}

std::unique_ptr<KernelFile> Kernel::open(const find::KernelCandidate& candidate,
                                         const std::optional<BuildId>& build_id) {
    ModuleOptions options;
    options.debug_files = options_.debug_files;
    auto module = Module::open(candidate.path, std::move(options));
    if (!module) {
        const auto code = module.error().code;
        if (code != ErrorCode::not_found && code != ErrorCode::is_directory) {
            notice("'" + candidate.path + "' not used: " + module.error().message);
        }
        return nullptr;
    }
    if (build_id && module->build_id() != build_id) {
        notice("'" + candidate.path + "' not used: build id " + build_id_text(module->build_id()) +
               " instead of " + build_id->hex());
        return nullptr;
    }
    return std::make_unique<KernelFile>(std::move(*module), candidate.found_by);
}

/// The file of that name with debug information, wherever the chain of finders knows one.
std::unique_ptr<KernelFile> Kernel::find_debug_file(const std::string& name,
                                                    const std::optional<BuildId>& build_id) {
    find::Wanted wanted;
    wanted.build_id = build_id;
    wanted.kernel_name = name;
    const bool is_module = name != "vmlinux";
    if (is_module) wanted.module_files = &module_files();
    wanted.kernel_release = is_module ? release() : options_.release;
    const auto search = options_.debug_files->chain().find(wanted);
    for (const Error& each : search.refused) {
        notice("'" + each.file + "' not used: " + each.message);
    }
    return search.file ? open({search.file->path(), search.found_by}, build_id) : nullptr;
}

/// Of files without debug information the first that leads to some, by its own build id or debug
/// link; else the first that has at least symbols.
std::unique_ptr<KernelFile> Kernel::open_best(const std::vector<find::KernelCandidate>& candidates,
                                              const std::optional<BuildId>& build_id) {
    std::unique_ptr<KernelFile> best;
    for (const auto& candidate : candidates) {
        auto file = open(candidate, build_id);
        if (file == nullptr) continue;
        const bool debug = !file->module.debug_path().empty();
        if (debug || best == nullptr) best = std::move(file);
        if (debug) break;
    }
    return best;
}

KernelFile* Kernel::vmlinux() {
    if (std::exchange(looked_for_vmlinux_, true)) return vmlinux_.get();
    if (!options_.vmlinux.empty()) {
        vmlinux_ = open({options_.vmlinux, FoundBy::explicit_path}, options_.build_id);
        return vmlinux_.get();
    }
    vmlinux_ = find_debug_file("vmlinux", options_.build_id);
    if (vmlinux_ != nullptr) return vmlinux_.get();
    vmlinux_ =
        open_best(find::vmlinux_candidates(options_.folders, options_.release, options_.build_id),
                  options_.build_id);
    const bool useless = vmlinux_ == nullptr || vmlinux_->module.debug_path().empty();
    if (useless && options_.running_build_id && !options_.build_id) {
        auto running = find_debug_file("vmlinux", options_.running_build_id);
        if (running != nullptr) vmlinux_ = std::move(running);
    }
    return vmlinux_.get();
}

void Kernel::expect(std::span<const ModuleName> modules) {
    std::vector<DebugFiles::Expectation> files;
    if (options_.build_id && options_.vmlinux.empty() && !looked_for_vmlinux_) {
        files.push_back({*options_.build_id, "vmlinux", options_.release});
    }
    for (const ModuleName& each : modules) {
        const auto id = BuildId::parse(each.build_id);
        if (id && !modules_.contains(each.name + " " + each.build_id)) {
            files.push_back({*id, each.name, options_.release});
        }
    }
    options_.debug_files->fetch_together(files);
}

std::string Kernel::release() {
    if (!options_.vmlinux.empty()) {
        if (KernelFile* file = vmlinux()) {
            if (auto found = banner_release(*file); !found.empty()) return found;
        }
    }
    return options_.release;
}

find::ModuleFiles& Kernel::module_files() {
    if (!module_files_) {
        const auto beside = options_.vmlinux.empty() ? std::string() : parent(options_.vmlinux);
        module_files_.emplace(options_.folders, release(), beside);
    }
    return *module_files_;
}

KernelFile* Kernel::module(std::string_view name, std::string_view build_id) {
    std::string key(name);
    std::ranges::replace(key, '-', '_');
    if (!build_id.empty()) (key += ' ') += build_id;
    const auto known = modules_.find(key);
    if (known != modules_.end()) return known->second.get();
    return find_module(key, BuildId::parse(build_id));
}

/// By build id first, then by name; a file with debug information before one without.
KernelFile* Kernel::find_module(std::string_view key, const std::optional<BuildId>& build_id) {
    const auto name = key.substr(0, key.find(' '));
    auto& best = modules_[std::string(key)];
    best = find_debug_file(std::string(name), build_id);
    if (best == nullptr) best = open_best(module_files().named(name), build_id);
    if (best == nullptr || best->module.debug_path().empty()) {
        missing_modules_.emplace(name);
    }
    return best.get();
}

KernelPlaces Kernel::places_in(KernelFile& file, const KernelQuestion& question) {
    KernelPlaces answer;
    // Of a module's data the kernel counts from the end of the module's code, which is before it.
    const std::uint64_t text_size = question.size.value_or(0);
    const bool sized = question.size.has_value() && text_size >> 63 == 0;
    std::vector<KernelPlace> open_ended;
    const auto symbols = file.symbols().named(question.symbol);
    for (const Symbol* symbol : symbols) {
        const auto section = file.module.section_offset(symbol->address);
        if (!section || question.offset > section->section->size - section->offset) continue;
        KernelPlace place{&file, symbol->address, {symbol->address.value + question.offset}, 0};
        const auto same = [&](const KernelPlace& each) { return each.start == place.start; };
        if (std::ranges::any_of(answer.places, same)) continue;
        if (std::ranges::any_of(open_ended, same)) continue;
        place.size = file.symbols().size(*symbol);
        const bool agrees = !sized || text_size == place.size;
        const bool last = file.is_last(*symbol, place.size);
        if (sized && symbols.size() == 1 && !last) file.count_size(*symbol, agrees);
        if (agrees && question.offset <= place.size) {
            answer.places.push_back(place);
        } else if (last && sized && text_size > place.size) {
            open_ended.push_back(place);
        }
    }
    if (answer.places.empty()) answer.places = std::move(open_ended);
    if (file.of_another_build() && !refused(file)) {
        refuse(file, "more than a tenth of the function sizes in the text are not its own");
    }
    if (refused(file)) return {{}, kOtherBuild};
    if (!answer.places.empty()) return answer;
    if (symbols.empty()) {
        answer.miss = "no such symbol in " + file.module.path();
    } else {
        answer.miss = mismatch(file, question, symbols.front());
        // A bare "main+42" may as well be of a program.
        if (question.size) answer.mismatch = answer.miss;
    }
    return answer;
}

KernelFile* Kernel::file_of(const KernelQuestion& question) {
    return question.module.empty() ? vmlinux() : module(question.module, question.build_id);
}

KernelPlaces Kernel::places(const KernelQuestion& question) {
    KernelFile* file = file_of(question);
    KernelPlaces answer;
    if (file == nullptr) {
        answer.miss = question.module.empty() ? "no vmlinux" : "module not found";
    } else if (refused(*file)) {
        answer.miss = kOtherBuild;
    } else {
        answer = places_in(*file, question);
    }
    if (!answer.places.empty() || !question.any_module || !question.module.empty()) return answer;
    KernelFile* owner = module_with(question.symbol);
    return owner == nullptr || refused(*owner) ? answer : places_in(*owner, question);
}

KernelFile* Kernel::module_with(std::string_view symbol) {
    if (kallsyms_ != nullptr && !kallsyms_->empty()) {
        const auto owner = kallsyms_->module_with(symbol);
        return owner ? module(*owner, {}) : nullptr;
    }
    index_module_symbols();
    const auto hash = std::hash<std::string_view>{}(symbol);
    const auto range = std::ranges::equal_range(module_symbols_, hash, {}, &ModuleSymbol::hash);
    // A name that several modules have says nothing of which one is meant.
    if (range.empty() || range.front().module != range.back().module) return nullptr;
    KernelFile* file = module(indexed_names_[range.front().module], {});
    return file == nullptr || file->symbols().named(symbol).empty() ? nullptr : file;
}

void Kernel::index_module_symbols() {
    if (std::exchange(indexed_modules_, true)) return;
    std::set<std::string> seen;
    for (const auto& candidate : module_files().all()) {
        auto name = find::module_name(std::filesystem::path(candidate.path).filename().native());
        if (!seen.insert(name).second) continue;
        ModuleOptions options;
        options.find_debug_file = false;
        const auto file = Module::open(candidate.path, std::move(options));
        const auto symbols = file ? file->symbols() : std::unexpected(file.error());
        if (!symbols) continue;
        const auto number = static_cast<std::uint32_t>(indexed_names_.size());
        for (const Symbol& symbol : *symbols) {
            if (!symbol.section || symbol.type != SymbolType::function) continue;
            module_symbols_.push_back({std::hash<std::string_view>{}(symbol.name), number});
        }
        indexed_names_.push_back(std::move(name));
    }
    std::ranges::sort(module_symbols_, [](const ModuleSymbol& a, const ModuleSymbol& b) {
        return a.hash != b.hash ? a.hash < b.hash : a.module < b.module;
    });
}

/// The chain of finders and the layouts may both come to a file: it is told of once.
void Kernel::notice(std::string text) {
    if (told_.insert(text).second) notices_.push_back(std::move(text));
}

std::vector<std::string> Kernel::take_notices() {
    return std::exchange(notices_, {});
}

void Kernel::refuse(KernelFile& file, const std::string& reason) {
    refused_.insert(&file);
    notice("'" + file.module.path() + "' not used: " + reason);
}

}  // namespace symline::kernel
