#include "kernel/kernel_files.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "elf/constants.h"
#include "find/candidate_check.h"
#include "find/finder_list.h"
#include "find/kernel_names.h"
#include "symbolize/open_module.h"

namespace symline::kernel {
namespace {

std::string parent(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path().native();
    return folder.empty() ? "." : folder;
}

/// "6.1.0-44-amd64" of the "Linux version 6.1.0-44-amd64 (...)" in the file.
std::string banner_release(KernelFile& file) {
    for (const Symbol* symbol : file.symbols().named("linux_banner")) {
        const auto bytes = file.module.sections().contents_at(symbol->address, 200);
        const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (auto release = find::banner_release(text); !release.empty()) return release;
    }
    return {};
}

/// That of a vmlinux or module; empty where the file does not say it.
std::string release_of(KernelFile& file) {
    if (file.module.elf().type() != FileType::relocatable) return banner_release(file);
    const Section* info = file.module.sections().named(".modinfo");
    if (info == nullptr) return {};
    const auto bytes = file.module.sections().contents(*info);
    return find::vermagic_release({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// By tables that every kernel has and no program: the sections that the kernel's linker scripts
/// give them, or the symbols that these define on every architecture.
bool is_kernel(KernelFile& file) {
    if (file.module.elf().type() == FileType::relocatable) return false;
    for (const std::string_view section : {"__ksymtab", "__ex_table", ".data..percpu"}) {
        if (file.module.sections().named(section) != nullptr) return true;
    }
    // Code in the upper half of the address space is a kernel's, even in a file that holds little
    // else.
    const auto is_kernels = [&](const Section& section) {
        const auto start = file.module.sections().address_of(section, 0);
        return section.executable() && start && start->value >> 63 != 0;
    };
    if (std::ranges::any_of(file.module.sections().all(), is_kernels)) return true;
    const KernelSymbols& symbols = file.symbols();
    return !symbols.named("_stext").empty() || !symbols.named("linux_banner").empty();
}

/// False of a debug file alone, which leaves the contents of the code's sections out.
bool has_code(const Module& module) {
    const auto lacks = [&](const Section& section) {
        return section.executable() && section.type == elf::kSectionNoBits;
    };
    return std::ranges::none_of(module.sections().all(), lacks);
}

}  // namespace

KernelFiles::KernelFiles(KernelOptions options, KernelFileRules rules)
    : options_(std::move(options)), rules_(std::move(rules)) {
    if (options_.debug_files == nullptr) options_.debug_files = std::make_shared<DebugFiles>();
    folders_ = find::KernelFolders(options_.debug_files->options(), options_.module_directories);
}

ModuleOptions KernelFiles::module_options() const {
    return {.debug_files = options_.debug_files, .split_package = options_.split_package};
}

Expected<std::unique_ptr<KernelFile>> KernelFiles::open_any_build(
    const find::KernelCandidate& candidate) const {
    auto module = Module::open(candidate.path, module_options());
    if (!module) return std::unexpected(std::move(module.error()));
    return std::make_unique<KernelFile>(std::move(*module), candidate.found_by);
}

/// Why a file of another release is not used. Also one that was only found by the release of the
/// vmlinux that was named is of another release than the text.
std::optional<Error> KernelFiles::release_refusal(KernelFile& file) {
    if (!rules_.use_other_releases || options_.release.empty()) return std::nullopt;
    const std::string own = release_of(file);
    if (own.empty() || own == options_.release) return std::nullopt;
    Error mismatch{ErrorCode::mismatch, file.module.path(),
                   "kernel " + own + " instead of " + options_.release};
    if (!*rules_.use_other_releases) return mismatch;
    other_builds_.insert(&file);
    notices_.add({Notice::Kind::other_build, std::move(mismatch)});
    return std::nullopt;
}

/// Why a file of another build is not used; nothing where it is, because the user named it and
/// wants that.
std::optional<Error> KernelFiles::build_refusal(KernelFile& file,
                                                const find::KernelCandidate& candidate,
                                                const std::optional<BuildId>& wanted) {
    const auto own = file.module.build_id();
    if (!wanted) return release_refusal(file);
    if (own == wanted) return std::nullopt;
    Error mismatch{ErrorCode::mismatch, candidate.path, find::build_id_mismatch(own, *wanted)};
    const bool named = candidate.found_by == FoundBy::explicit_path ||
                       candidate.found_by == FoundBy::beside_vmlinux;
    if (!rules_.use_other_builds || !named) return mismatch;
    other_builds_.insert(&file);
    notices_.add({Notice::Kind::other_build, std::move(mismatch)});
    return std::nullopt;
}

std::unique_ptr<KernelFile> KernelFiles::open(const find::KernelCandidate& candidate,
                                              const std::optional<BuildId>& build_id) {
    auto file = open_any_build(candidate);
    const auto error = file ? build_refusal(**file, candidate, build_id) : file.error();
    if (!error) return std::move(*file);
    const bool absent =
        error->code == ErrorCode::not_found || error->code == ErrorCode::is_directory;
    if (!absent) notices_.add({Notice::Kind::not_used, *error});
    return nullptr;
}

/// The file of that name with debug information, wherever the chain of finders knows one.
std::unique_ptr<KernelFile> KernelFiles::find_debug_file(const std::string& name,
                                                         const std::optional<BuildId>& build_id) {
    find::WantedFile wanted;
    wanted.build_id = build_id;
    wanted.kernel_name = name;
    const bool is_module = name != "vmlinux";
    if (is_module) wanted.module_files = &module_files();
    wanted.kernel_release = is_module ? release() : options_.release;
    auto search = find::finders_of(*options_.debug_files).find(wanted);
    for (const Error& each : search.refused) {
        // What the user named may still be used, and then has a notice of its own.
        if (rules_.use_other_builds && each.code == ErrorCode::mismatch) continue;
        notices_.add({Notice::Kind::not_used, each});
    }
    if (!search.file) return nullptr;
    auto module = symbolize::open_module(std::move(*search.file), module_options());
    if (!module) {
        notices_.add({Notice::Kind::not_used, std::move(module.error())});
        return nullptr;
    }
    auto file = std::make_unique<KernelFile>(std::move(*module), search.found_by);
    const auto refusal = build_id ? std::nullopt : release_refusal(*file);
    if (!refusal) return file;
    notices_.add({Notice::Kind::not_used, *refusal});
    return nullptr;
}

/// The first file that has debug information or leads to it by its build id or debug link; failing
/// that, the first file, which has at least symbols.
std::unique_ptr<KernelFile> KernelFiles::open_best(
    const std::vector<find::KernelCandidate>& candidates, const std::optional<BuildId>& build_id) {
    std::unique_ptr<KernelFile> best;
    for (const auto& candidate : candidates) {
        auto file = open(candidate, build_id);
        if (file == nullptr) continue;
        const bool debug = !file->module.files().debug_path().empty();
        if (debug || best == nullptr) std::swap(best, file);
        // Another file may come to be at its address.
        other_builds_.erase(file.get());
        if (debug) break;
    }
    return best;
}

std::unique_ptr<KernelFile> KernelFiles::open_given_vmlinux() {
    const find::KernelCandidate given{options_.vmlinux, FoundBy::explicit_path};
    auto file = open_any_build(given);
    if (!file) {
        vmlinux_error_ = std::move(file.error());
    } else if (!is_kernel(**file)) {
        vmlinux_error_ = Error{ErrorCode::unsupported, given.path,
                               "no kernel: it has neither the sections nor the symbols of one"};
    } else {
        vmlinux_error_ = build_refusal(**file, given, options_.build_id);
    }
    if (!vmlinux_error_) return std::move(*file);
    notices_.add({Notice::Kind::not_used, *vmlinux_error_});
    return nullptr;
}

/// The file with the code and the debug file as one, if they are of one build.
std::unique_ptr<KernelFile> KernelFiles::open_parted(const std::string& code_path,
                                                     const KernelFile& debug) const {
    auto code = elf::ElfFile::open(code_path);
    if (!code || code->build_id() != debug.module.build_id()) return nullptr;
    auto separate = elf::ElfFile::open(debug.module.path());
    if (!separate) return nullptr;
    auto module =
        symbolize::open_module(std::move(*code), module_options(),
                               symbolize::SeparateFile{std::move(*separate), debug.found_by});
    if (!module || !has_code(*module)) return nullptr;
    return std::make_unique<KernelFile>(std::move(*module), debug.found_by);
}

/// Distributions part a module in two, of which the debug file has no instructions: together with
/// the one that is installed, or that a server has, they can be read.
std::unique_ptr<KernelFile> KernelFiles::with_code(std::unique_ptr<KernelFile> file,
                                                   const std::string& name) {
    const auto id = file == nullptr ? std::nullopt : file->module.build_id();
    if (!id || has_code(file->module) || other_builds_.contains(file.get())) return file;
    find::KernelFolders installed = folders_;
    installed.debug_directories.clear();
    const auto candidates = name == "vmlinux"
                                ? find::vmlinux_candidates(installed, release(), {})
                                : find::ModuleFiles(installed, release(), {}).named(name);
    for (const auto& each : candidates) {
        if (auto whole = open_parted(each.path, *file)) return whole;
    }
    // A vmlinux is large, and those of distributions have their code.
    if (name == "vmlinux") return file;
    const auto search = options_.debug_files->code_file(*id);
    auto whole = search.path.empty() ? nullptr : open_parted(search.path, *file);
    return whole != nullptr ? std::move(whole) : std::move(file);
}

/// By build id and release, in the chain of finders and then where kernels are installed.
std::unique_ptr<KernelFile> KernelFiles::find_vmlinux() {
    if (!options_.vmlinux.empty()) return open_given_vmlinux();
    if (auto found = find_debug_file("vmlinux", options_.build_id)) return found;
    auto best = open_best(find::vmlinux_candidates(folders_, options_.release, options_.build_id),
                          options_.build_id);
    const bool useless = best == nullptr || best->module.files().debug_path().empty();
    if (useless && rules_.running_build_id && !options_.build_id) {
        if (auto running = find_debug_file("vmlinux", rules_.running_build_id)) return running;
    }
    return best;
}

KernelFile* KernelFiles::vmlinux() {
    if (std::exchange(looked_for_vmlinux_, true)) return vmlinux_.get();
    vmlinux_ = with_code(find_vmlinux(), "vmlinux");
    if (vmlinux_ != nullptr) vmlinux_->name = "vmlinux";
    return vmlinux_.get();
}

void KernelFiles::expect(std::span<const ModuleName> modules) {
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

std::string KernelFiles::release() {
    if (!options_.vmlinux.empty()) {
        if (KernelFile* file = vmlinux()) {
            if (auto found = banner_release(*file); !found.empty()) return found;
        }
    }
    return options_.release;
}

find::ModuleFiles& KernelFiles::module_files() {
    if (!module_files_) {
        const auto beside = options_.vmlinux.empty() ? std::string() : parent(options_.vmlinux);
        auto folders = folders_;
        // DEBUG/boot/vmlinux-RELEASE has its modules in DEBUG/lib/modules/RELEASE.
        if (std::filesystem::path(beside).filename() == "boot")
            folders.debug_directories.push_back(parent(beside));
        module_files_.emplace(folders, release(), beside);
    }
    return *module_files_;
}

const KernelFile* KernelFiles::with_module(const Module& module) const {
    if (vmlinux_ != nullptr && &vmlinux_->module == &module) return vmlinux_.get();
    for (const auto& [name, file] : modules_) {
        if (file != nullptr && &file->module == &module) return file.get();
    }
    return nullptr;
}

KernelFile* KernelFiles::module(std::string_view name, std::string_view build_id) {
    std::string key(name);
    std::ranges::replace(key, '-', '_');
    if (!build_id.empty()) (key += ' ') += build_id;
    const auto known = modules_.find(key);
    if (known != modules_.end()) return known->second.get();
    return find_module(key, BuildId::parse(build_id));
}

/// By build id first, then by name; a file with debug information before one without.
KernelFile* KernelFiles::find_module(std::string_view key, const std::optional<BuildId>& build_id) {
    const auto name = key.substr(0, key.find(' '));
    auto& best = modules_[std::string(key)];
    best = find_debug_file(std::string(name), build_id);
    if (best == nullptr) best = open_best(module_files().named(name), build_id);
    best = with_code(std::move(best), std::string(name));
    if (best != nullptr) best->name = name;
    if (best == nullptr || best->module.files().debug_path().empty()) {
        missing_modules_.emplace(name);
    }
    return best.get();
}

void KernelFiles::refuse(KernelFile& file, const std::string& reason) {
    Error mismatch{ErrorCode::mismatch, file.module.path(), reason};
    const bool named = file.found_by == FoundBy::explicit_path;
    if (named && rules_.use_other_builds) {
        if (!other_builds_.insert(&file).second) return;
        notices_.add({Notice::Kind::other_build, std::move(mismatch)});
        return;
    }
    refused_.insert(&file);
    notices_.add({Notice::Kind::no_longer_used, std::move(mismatch)});
}

}  // namespace symline::kernel
