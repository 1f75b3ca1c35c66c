// The modules of a process with their files, and which of those are missing.

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/file_text.h"
#include "elf/elf_file.h"
#include "elf/package_note.h"
#include "find/distribution.h"
#include "find/finder_list.h"
#include "find/package/dpkg_database.h"
#include "process/live/live_process.h"
#include "process/modules/loaded_elf.h"
#include "process/process_state.h"

namespace symline {
namespace {

/// So many modules are listed; a process with the 65,530 mappings that Linux allows by default has
/// fewer. Each has its debug file looked for.
constexpr std::size_t kMaxModules = 20000;

/// What debuginfod servers said of a file; empty where that is not known.
std::string answer_of_servers(std::span<const TriedPlace> tried) {
    for (const TriedPlace& each : tried) {
        if (each.found_by == FoundBy::debuginfod && each.outcome == TriedOutcome::no_file) {
            return each.detail;
        }
    }
    return {};
}

std::string why_no_debug_file(const Module& module) {
    const auto refused = module.files().refused();
    if (!refused.empty()) {
        return "'" + refused.front().file + "': " + refused.front().message;
    }
    if (!module.build_id()) return "no debug information in the file, which has no build id";
    return "no debug information in the file, and no debug file found";
}

ProcessModule::File debug_file_of(const Module& module) {
    const ModuleFiles files = module.files();
    ProcessModule::File debug{.path = files.debug_path(), .found_by = files.found_by()};
    if (!debug.path.empty()) return debug;
    debug.reason = why_no_debug_file(module);
    debug.servers = answer_of_servers(files.tried());
    return debug;
}

std::optional<Package> package_in_file(const elf::ElfFile& file) {
    for (const Section& section : file.sections()) {
        if (section.name != ".note.package") continue;
        const auto notes = file.contents(section);
        if (!notes) return std::nullopt;
        return elf::package_in_notes(*notes, file.big_endian(), file.header(section).alignment);
    }
    return std::nullopt;
}

/// Whether RPM installed the file: each package has links to its files by their build ids.
bool is_of_rpm(const std::string& root, const BuildId& build_id) {
    const auto hex = build_id.hex();
    if (hex.size() < 4) return false;
    std::error_code failure;
    const auto link = root + "/usr/lib/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2);
    return std::filesystem::is_symlink(std::filesystem::symlink_status(link, failure));
}

/// Below these, distributions alone install.
bool is_of_system(std::string_view path) {
    const auto below = [&](std::string_view folder) { return path.starts_with(folder); };
    return (below("/usr/") && !below("/usr/local/")) || below("/lib") || below("/bin/") ||
           below("/sbin/");
}

/// Where a module is from, as far as the machine that it was found on shows it.
struct Origin {
    std::string_view distribution;
    std::string debug_package;  ///< of Debian's kind; empty: none is known
    bool by_build_id = false;   ///< an RPM package, found by build id
};

}  // namespace

/// Looks at the modules of one process.
class Process::State::Modules {
public:
    explicit Modules(State& state)
        : state_(state), asked_(find::knows_servers(*state.debug_files)) {}

    std::vector<ProcessModule> all() {
        std::vector<ProcessModule> found;
        for (const auto& mappings : by_module()) {
            if (found.size() == kMaxModules) break;
            if (is_module(mappings)) found.push_back(module(mappings));
        }
        add_installed_packages(found);
        return found;
    }

    std::optional<MissingModules> missing(std::span<const StackTrace> stacks) {
        std::vector<ProcessModule> modules;
        for (const Mapping* each : mappings_of(stacks)) {
            if (is_missing(*each)) modules.push_back(module({each}));
        }
        if (modules.empty()) return std::nullopt;
        add_installed_packages(modules);
        MissingModules missing;
        add_source(missing, modules);
        for (ProcessModule& each : modules) {
            auto& servers = each.code.path.empty() ? each.code.servers : each.debug.servers;
            const bool in_memory = each.code.found_by == FoundBy::process_memory;
            missing.modules.push_back({.name = std::move(each.name),
                                       .build_id = std::move(each.build_id),
                                       .code_found = !each.code.path.empty() && !in_memory,
                                       .package = std::move(each.package),
                                       .servers = std::move(servers)});
        }
        return missing;
    }

private:
    using Group = std::vector<const Mapping*>;

    /// The mappings of each module, by address.
    std::vector<Group> by_module() const {
        std::map<std::pair<std::uint64_t, std::string_view>, Group> groups;
        for (const Mapping& each : state_.snapshot.mappings) {
            groups[{each.module_begin.value, each.path}].push_back(&each);
        }
        std::vector<Group> found;
        found.reserve(groups.size());
        for (auto& [key, group] : groups) found.push_back(std::move(group));
        std::ranges::sort(found, {}, [](const Group& group) { return group.front()->begin; });
        return found;
    }

    /// A file that is mapped as data alone is none.
    bool is_module(const Group& mappings) const {
        return std::ranges::any_of(mappings, [this](const Mapping* each) {
            const auto* segment = process::segment_at(state_.snapshot.segments, each->begin.value);
            return each->bias || each->image || (segment != nullptr && segment->executable());
        });
    }

    /// One for each module that a frame lies in, in the order of the frames.
    std::vector<const Mapping*> mappings_of(std::span<const StackTrace> stacks) const {
        std::vector<const Mapping*> found;
        std::set<std::pair<std::uint64_t, std::string_view>> seen;
        const Mapping* last = nullptr;  // most frames lie where the one before does
        for (const StackTrace& stack : stacks) {
            for (const StackFrame& frame : stack.frames) {
                const Mapping* mapping =
                    mapping_at(state_.snapshot.mappings, frame.pc.lookup_address());
                if (mapping == nullptr || mapping == last || mapping->image) continue;
                last = mapping;
                if (seen.emplace(mapping->module_begin.value, mapping->path).second) {
                    found.push_back(mapping);
                }
            }
        }
        return found;
    }

    /// What an index answers needs no debug file.
    bool is_missing(const Mapping& mapping) const {
        const Module* module = state_.symbolizer.module(mapping);
        if (module == nullptr) return true;
        return module->index().path().empty() && module->files().debug_path().empty();
    }

    ProcessModule module(const Group& mappings) const {
        const Mapping& first = *mappings.front();
        ProcessModule found{.begin = first.begin,
                            .end = mappings.back()->end,
                            .name = first.path,
                            .deleted = first.deleted,
                            .of_kernel = first.image != nullptr,
                            .build_id = first.build_id};
        Symbolizer& symbolizer = state_.symbolizer;
        const Module* opened = symbolizer.module(first);
        if (opened == nullptr) {
            found.code.reason = symbolizer.reason(first);
            if (asked_) found.code.servers = answer_of_servers(symbolizer.tried(first));
        } else {
            found.code.found_by = symbolizer.found_by(first);
            // What lies in memory has no path that means anything.
            found.code.path =
                found.code.found_by == FoundBy::process_memory ? found.name : opened->path();
            found.debug = debug_file_of(*opened);
            if (found.debug.path == opened->path()) found.debug.path = found.code.path;
            if (!asked_) found.debug.servers.clear();
            if (!found.build_id) found.build_id = opened->build_id();
        }
        found.package = package_of(first, opened);
        return found;
    }

    /// As the file's own note has it.
    std::optional<Package> package_of(const Mapping& mapping, const Module* opened) const {
        if (mapping.bias) {
            if (auto package = package_in_memory(mapping.module_begin.value)) return package;
        }
        if (opened == nullptr) return std::nullopt;
        const auto file = elf::ElfFile::open(opened->path());
        return file ? package_in_file(*file) : std::nullopt;
    }

    std::optional<Package> package_in_memory(std::uint64_t header) const {
        const auto& snapshot = state_.snapshot;
        const auto read = [&](const process::Memory& memory) -> std::optional<Package> {
            const auto file = process::read_loaded_elf(memory, snapshot.format, header);
            return file ? process::read_package(memory, snapshot.format, *file) : std::nullopt;
        };
        return state_.living() ? read(process::ProcessMemory(snapshot.window))
                               : read(*snapshot.memory);
    }

    /// Below which root the module was found by its path; nothing where it was found otherwise.
    static std::optional<std::string> root_of(const ProcessModule& module) {
        const bool by_path = module.code.found_by == FoundBy::mapped_path &&
                             module.name.starts_with('/') &&
                             module.code.path.ends_with(module.name);
        if (!by_path) return std::nullopt;
        return module.code.path.substr(0, module.code.path.size() - module.name.size());
    }

    /// Asks the package manager for those whose own note says nothing, all at once.
    void add_installed_packages(std::vector<ProcessModule>& modules) {
        std::map<std::string, std::vector<std::string>> asked;  // by root
        for (const ProcessModule& each : modules) {
            const auto root = root_of(each);
            if (root) asked[*root].push_back(each.name);
        }
        for (const auto& [root, paths] : asked) {
            installed_[root] = find::dpkg_owners(root, paths);
        }
        for (ProcessModule& each : modules) {
            if (!each.package) each.package = installed_package(each);
        }
    }

    std::optional<Package> installed_package(const ProcessModule& module) const {
        const auto root = root_of(module);
        const auto known = root ? installed_.find(*root) : installed_.end();
        if (known == installed_.end()) return std::nullopt;
        const auto found = known->second.find(module.name);
        return found == known->second.end() ? std::nullopt : std::optional(found->second);
    }

    std::string_view distribution_below(const std::string& root) {
        const auto [at, is_new] = distributions_.try_emplace(root);
        if (is_new) {
            constexpr std::size_t kMaxOsRelease = 65536;
            std::error_code failure;
            const auto path = root + "/etc/os-release";
            if (std::filesystem::is_regular_file(path, failure)) {
                at->second = find::distribution(base::file_text(path, kMaxOsRelease));
            }
        }
        return at->second;
    }

    Origin origin_of(const ProcessModule& module) {
        Origin origin;
        if (const auto root = root_of(module)) {
            const auto here = distribution_below(*root);
            if (const auto package = installed_package(module)) {
                origin.distribution = here;
                const bool apt = here == find::kDebian || here == find::kUbuntu;
                if (apt) origin.debug_package = find::debian_debug_package(*package);
            } else if (is_of_system(module.name)) {
                origin.distribution = here;
                origin.by_build_id = module.build_id && is_of_rpm(*root, *module.build_id);
            }
        }
        if (module.package && module.package->origin == Package::Origin::note) {
            const auto named = find::distribution_of_words(module.package->os);
            if (!named.empty()) origin.distribution = named;
            origin.by_build_id |= module.package->type == "rpm" && module.build_id.has_value();
        }
        return origin;
    }

    /// What would help: in the way of the distribution that the first module with one is of.
    void add_source(MissingModules& missing, const std::vector<ProcessModule>& modules) {
        std::string_view distribution;
        std::vector<std::string> packages;
        std::vector<BuildId> build_ids;
        std::size_t covered = 0;
        for (const ProcessModule& each : modules) {
            auto origin = origin_of(each);
            if (distribution.empty()) distribution = origin.distribution;
            if (origin.distribution.empty() || origin.distribution != distribution) continue;
            if (origin.by_build_id || !origin.debug_package.empty()) ++covered;
            if (origin.by_build_id) build_ids.push_back(*each.build_id);
            if (!origin.debug_package.empty()) packages.push_back(std::move(origin.debug_package));
        }
        DebugFileSource& source = missing.source;
        source.distribution = distribution;
        source.of_this_machine = distribution == distribution_below({});
        source.command = find::install_by_build_id(distribution, build_ids);
        if (!packages.empty()) add_packages(source, std::move(packages));
        missing.source_has_all = covered == modules.size();
        add_server(missing, modules);
    }

    static void add_packages(DebugFileSource& source, std::vector<std::string> packages) {
        std::ranges::sort(packages);
        const auto same = std::ranges::unique(packages);
        packages.erase(same.begin(), same.end());
        source.command = "apt-get install";
        for (const std::string& each : packages) (source.command += ' ') += each;
        const bool own_archive = std::ranges::any_of(
            packages, [](const std::string& each) { return each.ends_with("-dbgsym"); });
        if (source.distribution == find::kUbuntu) {
            source.remark = "from http://ddebs.ubuntu.com";
        } else if (own_archive) {
            source.remark = "from http://deb.debian.org/debian-debug";
        }
    }

    /// One that is asked already, or cannot be, is no way to the files.
    void add_server(MissingModules& missing, const std::vector<ProcessModule>& modules) {
        DebugFiles& files = *state_.debug_files;
        missing.offline = asked_ && files.options().fetch.policy == FetchPolicy::never;
        const bool named = std::ranges::any_of(
            modules, [](const ProcessModule& each) { return each.build_id.has_value(); });
        if (asked_ || !named) return;
        // Not the server that a note names: the note may be a stranger's.
        missing.source.server = find::debuginfod_server(missing.source.distribution);
    }

    State& state_;
    bool asked_;  ///< there are servers, which said something or were not to be asked
    std::map<std::string, std::map<std::string, Package>> installed_;  ///< by root, by path
    std::map<std::string, std::string_view> distributions_;            ///< by root
};

std::vector<ProcessModule> Process::modules() {
    return State::Modules(*state_).all();
}

std::optional<MissingModules> Process::missing_files(std::span<const StackTrace> stacks) {
    return State::Modules(*state_).missing(stacks);
}

}  // namespace symline
