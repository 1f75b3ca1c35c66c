#include "symline/symbolizer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <span>
#include <utility>

#include "base/hex.h"
#include "base/memory_file.h"
#include "base/path.h"
#include "base/path_in_root.h"
#include "base/regular_file.h"
#include "process/modules/file_comparison.h"
#include "symbolize/matching_module.h"

namespace symline {
namespace {

/// Everything of a mapping that decides which file is used for it.
struct FileKey {
    std::string path;
    std::optional<BuildId> build_id;
    std::shared_ptr<const std::vector<std::uint8_t>> image;
    bool deleted = false;
    bool bias_known = false;

    explicit FileKey(const Mapping& mapping)
        : path(mapping.path),
          build_id(mapping.build_id),
          image(mapping.image),
          deleted(mapping.deleted),
          bias_known(mapping.bias.has_value()) {}
    bool is_of(const Mapping& mapping) const {
        return path == mapping.path && build_id == mapping.build_id && same_image(mapping) &&
               deleted == mapping.deleted && bias_known == mapping.bias.has_value();
    }

private:
    /// A process that is looked at twice has two copies of its vdso.
    bool same_image(const Mapping& mapping) const {
        return image == mapping.image ||
               (image != nullptr && mapping.image != nullptr && *image == *mapping.image);
    }
};

std::string in_quotes(const std::string& path) {
    return "'" + path + "'";
}

std::string words_of(const symbolize::Refusal& refusal, const std::string& path,
                     const Mapping& mapping) {
    switch (refusal.error.code) {
        case ErrorCode::not_found: return "no file " + in_quotes(path);
        case ErrorCode::mismatch:
            if (!mapping.build_id) return in_quotes(path) + " " + refusal.error.message;
            return in_quotes(path) + " has " +
                   (refusal.own ? "build id " + refusal.own->hex() : "no build id") +
                   ", the process had " + mapping.build_id->hex();
        default: return in_quotes(path) + ": " + refusal.error.message;
    }
}

/// The file of one mapping, or why there is none.
struct Opened {
    std::unique_ptr<base::MemoryFile> memory;
    std::optional<Module> module;
    FoundBy found_by = FoundBy::nothing;
    bool compared = false;
    bool changed_since = false;
    std::string reason;
    std::string refused;  ///< of one that was made from memory: the reasons before
    std::vector<TriedPlace> tried;
};

/// Where an address of the process lies in its file.
std::optional<FileAddress> file_address(const Mapping& mapping, const Module& module,
                                        RuntimeAddress address) {
    if (mapping.bias) return address - *mapping.bias;
    return module.elf().address_of_file_offset(address.value - mapping.begin.value +
                                               mapping.file_offset);
}

}  // namespace

struct Symbolizer::State {
    explicit State(SymbolizerOptions wanted) : options(std::move(wanted)) {
        if (options.debug_files == nullptr) options.debug_files = std::make_shared<DebugFiles>();
        if (options.roots.empty()) options.roots.emplace_back();
    }

    Opened& opened(const Mapping& mapping);
    Opened open(const Mapping& mapping);
    bool try_file(const std::string& path, FoundBy found_by, const Mapping& mapping,
                  Opened& opened);
    std::optional<symbolize::Refusal> check(const Mapping& mapping, Opened& opened) const;
    process::ReadMemory memory_of(const Mapping& mapping) const {
        return [&](RuntimeAddress address, std::span<std::uint8_t> to) {
            return options.read_memory(mapping, address, to);
        };
    }
    process::FileComparison compare(const Mapping& mapping, const Module& module) const;
    bool try_handle(const Mapping& mapping, Opened& opened);
    bool try_roots(const Mapping& mapping, Opened& opened);
    bool try_below(const std::string& root, const Mapping& mapping, Opened& opened);
    /// Adds to the reason why no file was opened.
    static void refuse(const symbolize::Refusal& refusal, const std::string& path,
                       const Mapping& mapping, Opened& opened);
    bool try_folders(const Mapping& mapping, Opened& opened);
    bool try_named_files(const Mapping& mapping, Opened& opened);
    bool try_build_id(const Mapping& mapping, Opened& opened);
    bool try_image(std::span<const std::uint8_t> image, const Mapping& mapping, Opened& opened);
    bool try_memory(const Mapping& mapping, Opened& opened);

    SymbolizerOptions options;
    using Files = std::multimap<std::string, std::pair<FileKey, Opened>>;
    Files files;  ///< by path; more than one where processes had other builds of it
    /// The last answer of opened(): the frames of a stack come from few files.
    Files::value_type* last = nullptr;
};

Opened& Symbolizer::State::opened(const Mapping& mapping) {
    const auto is_of = [&](const auto& file) { return file.second.first.is_of(mapping); };
    if (last == nullptr || !is_of(*last)) {
        const auto [begin, end] = files.equal_range(mapping.path);
        auto found = std::find_if(begin, end, is_of);
        if (found == end) {
            found = files.emplace(mapping.path, std::pair(FileKey(mapping), open(mapping)));
        }
        last = &*found;
    }
    return last->second.second;
}

/// Opens `path` if it is the file that was mapped; else adds to the reason why not.
bool Symbolizer::State::try_file(const std::string& path, FoundBy found_by, const Mapping& mapping,
                                 Opened& opened) {
    auto module = symbolize::open_matching_module(
        path, mapping.build_id,
        {.debug_files = options.debug_files, .split_package = options.split_package});
    std::optional<symbolize::Refusal> refusal;
    if (module) {
        opened.module = std::move(*module);
        opened.compared =
            mapping.build_id || path == mapping.handle || found_by == FoundBy::process_memory;
        refusal = check(mapping, opened);
    } else {
        refusal = std::move(module.error());
    }
    if (refusal) {
        refuse(*refusal, path, mapping, opened);
        return false;
    }
    opened.found_by = found_by;
    opened.reason.clear();
    return true;
}

void Symbolizer::State::refuse(const symbolize::Refusal& refusal, const std::string& path,
                               const Mapping& mapping, Opened& opened) {
    opened.module.reset();
    if (!opened.reason.empty()) opened.reason += "; ";
    opened.reason += words_of(refusal, path, mapping);
}

/// Why an opened file is not the one that was mapped.
std::optional<symbolize::Refusal> Symbolizer::State::check(const Mapping& mapping,
                                                           Opened& opened) const {
    const Module& module = *opened.module;
    const auto refuse = [&](ErrorCode code, std::string why) {
        return symbolize::Refusal{{code, module.path(), std::move(why)}, {}};
    };
    if (options.machine != 0 && module.elf().machine() != options.machine) {
        return refuse(ErrorCode::unsupported, "it is for another machine");
    }
    if (opened.compared) return std::nullopt;
    const auto found = compare(mapping, module);
    if (found.differs_at) {
        return refuse(ErrorCode::mismatch,
                      "is not the file that was mapped: the process has other bytes at offset " +
                          base::hex(*found.differs_at) + " of it");
    }
    opened.compared = found.pages != 0;
    opened.changed_since =
        options.last_seen != 0 && base::changed_at(module.path()) > options.last_seen;
    return std::nullopt;
}

/// A bias that the process does not tell is the file's own.
process::FileComparison Symbolizer::State::compare(const Mapping& mapping,
                                                   const Module& module) const {
    const auto place = file_address(mapping, module, mapping.begin);
    const auto file = elf::ElfFile::open(module.path());
    if (!options.read_memory || !place || !file) return {};
    Mapping shown = mapping;
    shown.remapped = false;
    return process::compare_with_memory(*file, LoadBias{mapping.begin.value - place->value},
                                        memory_of(shown));
}

bool Symbolizer::State::try_named_files(const Mapping& mapping, Opened& opened) {
    for (const std::string& path : options.files) {
        const bool program = mapping.path == options.program_path && &path == &options.files[0];
        Opened tried;
        if (!program && !mapping.build_id) continue;
        if (try_file(path, FoundBy::explicit_path, mapping, tried)) {
            opened = std::move(tried);
            return true;
        }
        if (program) opened.reason = tried.reason;
    }
    return false;
}

/// Why that fails is nobody's concern: it takes rights that few have.
bool Symbolizer::State::try_handle(const Mapping& mapping, Opened& opened) {
    Opened tried;
    if (mapping.handle.empty()) return false;
    if (!try_file(mapping.handle, FoundBy::mapped_path, mapping, tried)) return false;
    opened = std::move(tried);
    return true;
}

bool Symbolizer::State::try_below(const std::string& root, const Mapping& mapping, Opened& opened) {
    if (const auto path = base::path_in_root(root, mapping.path)) {
        return try_file(*path, FoundBy::mapped_path, mapping, opened);
    }
    const auto path = root + mapping.path;
    refuse({{ErrorCode::not_found, path, std::strerror(ENOENT)}, {}}, path, mapping, opened);
    return false;
}

bool Symbolizer::State::try_roots(const Mapping& mapping, Opened& opened) {
    for (const std::string& root : options.roots) {
        if (try_below(root, mapping, opened)) return true;
    }
    for (const std::string& root : options.other_roots) {
        Opened tried;
        if (!try_below(root, mapping, tried)) continue;
        if (!tried.compared) continue;
        opened = std::move(tried);
        return true;
    }
    return false;
}

/// For a program that was copied here together with its libraries.
bool Symbolizer::State::try_folders(const Mapping& mapping, Opened& opened) {
    const auto name = std::string(base::file_name(mapping.path));
    if (!mapping.build_id || name.empty()) return false;
    for (const std::string& folder : options.folders) {
        Opened tried;
        if (!try_file(folder + (folder.ends_with('/') ? "" : "/") + name, FoundBy::same_folder,
                      mapping, tried))
            continue;
        opened = std::move(tried);
        return true;
    }
    return false;
}

bool Symbolizer::State::try_build_id(const Mapping& mapping, Opened& opened) {
    if (!mapping.build_id) return false;
    const auto reason = opened.reason;
    auto code = options.debug_files->code_file(*mapping.build_id);
    opened.tried = std::move(code.tried);
    if (!code.path.empty() && try_file(code.path, code.found_by, mapping, opened)) return true;
    // The debug file alone names places as well; the bias has to be known without the code file.
    if (mapping.bias) {
        auto debug = options.debug_files->debug_file(*mapping.build_id);
        std::ranges::move(debug.tried, std::back_inserter(opened.tried));
        if (!debug.path.empty() && try_file(debug.path, debug.found_by, mapping, opened))
            return true;
    }
    opened.reason = reason + "; no other file of that build id was found";
    return false;
}

/// What the process has of it is the very file that was mapped.
bool Symbolizer::State::try_image(std::span<const std::uint8_t> image, const Mapping& mapping,
                                  Opened& opened) {
    Opened tried;
    tried.memory = std::make_unique<base::MemoryFile>("symline-mapped");
    if (!tried.memory->write(image)) return false;
    if (!try_file(tried.memory->path(), FoundBy::process_memory, mapping, tried)) return false;
    opened = std::move(tried);
    return true;
}

bool Symbolizer::State::try_memory(const Mapping& mapping, Opened& opened) {
    if (!options.from_memory) return false;
    const auto image = options.from_memory(mapping);
    auto refused = opened.reason;
    if (image.empty() || !try_image(image, mapping, opened)) return false;
    opened.refused = std::move(refused);
    return true;
}

Opened Symbolizer::State::open(const Mapping& mapping) {
    Opened opened;
    if (mapping.image) {
        if (try_image(*mapping.image, mapping, opened)) return opened;
        opened.reason = "the core's copy of it is damaged";
        return opened;
    }
    if (try_named_files(mapping, opened)) return opened;
    // Without a build id there is no other way to be sure.
    if (!mapping.build_id && try_handle(mapping, opened)) return opened;
    if (mapping.path.starts_with('/') && (!mapping.deleted || mapping.build_id)) {
        if (try_roots(mapping, opened)) return opened;
    } else if (mapping.deleted) {
        opened.reason = in_quotes(mapping.path) + " was deleted, and its build id is not known";
    }
    if (mapping.build_id && try_handle(mapping, opened)) return opened;
    if (try_folders(mapping, opened) || try_build_id(mapping, opened)) return opened;
    if (try_memory(mapping, opened)) return opened;
    if (opened.reason.empty()) opened.reason = "not a file";
    return opened;
}

Symbolizer::Symbolizer(SymbolizerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}
Symbolizer::Symbolizer(Symbolizer&&) noexcept = default;
Symbolizer& Symbolizer::operator=(Symbolizer&&) noexcept = default;
Symbolizer::~Symbolizer() = default;

const Module* Symbolizer::module(const Mapping& mapping) {
    const Opened& opened = state_->opened(mapping);
    return opened.module ? &*opened.module : nullptr;
}

std::string_view Symbolizer::reason(const Mapping& mapping) {
    return state_->opened(mapping).reason;
}

std::span<const TriedPlace> Symbolizer::tried(const Mapping& mapping) {
    return state_->opened(mapping).tried;
}

FoundBy Symbolizer::found_by(const Mapping& mapping) {
    return state_->opened(mapping).found_by;
}

bool Symbolizer::compared(const Mapping& mapping) {
    return state_->opened(mapping).compared;
}

std::string_view Symbolizer::why_from_memory(const Mapping& mapping) {
    return state_->opened(mapping).refused;
}

bool Symbolizer::changed_since(const Mapping& mapping) {
    return state_->opened(mapping).changed_since;
}

bool Symbolizer::is_code_of_file(const Mapping& mapping, RuntimeAddress address) {
    const Module* opened = module(mapping);
    if (opened == nullptr || !state_->options.read_memory) return true;
    const auto place = file_address(mapping, *opened, address);
    return !place || process::is_code_of(*opened, *place, address, state_->memory_of(mapping));
}

ResolvedAddress Symbolizer::resolve(const std::vector<Mapping>& mappings, CodeAddress address,
                                    Detail detail) {
    ResolvedAddress answer;
    const RuntimeAddress asked = address.lookup_address();
    const Mapping* mapping = mapping_at(mappings, asked);
    if (mapping == nullptr) {
        answer.lookup.miss = Miss(Miss::not_mapped, "in no mapped file");
        return answer;
    }
    if (mapping->remapped && !is_code_of_file(*mapping, asked)) {
        answer.lookup.miss =
            Miss(Miss::anonymous_code,
                 "JIT or anonymous code, which differs from " + in_quotes(mapping->path));
        return answer;
    }
    answer.module_name = mapping->path;
    answer.build_id = mapping->build_id;
    answer.offset = address.address.value - mapping->module_begin.value;
    answer.module = module(*mapping);
    if (answer.module == nullptr) {
        answer.lookup.miss = Miss(Miss::module_not_found, std::string(reason(*mapping)));
        return answer;
    }
    const auto place = file_address(*mapping, *answer.module, asked);
    if (!place) {
        answer.lookup.miss = Miss::not_mapped;
        return answer;
    }
    answer.address = {place->value + (address.address.value - asked.value)};
    auto lookup = answer.module->lookup(*place, detail);
    if (lookup) {
        answer.lookup = std::move(*lookup);
    } else {
        answer.lookup.miss = Miss(Miss::no_debug_info, "the debug information is damaged");
        answer.error = std::move(lookup.error());
    }
    return answer;
}

}  // namespace symline
