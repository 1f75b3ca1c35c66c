#include "symline/process.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/regular_file.h"
#include "elf/elf_file.h"
#include "find/candidate_check.h"
#include "find/kernel_names.h"
#include "process/live/live_process.h"
#include "process/modules/program_check.h"
#include "process/modules/rebuilt_elf.h"
#include "process/process_state.h"

namespace symline {
namespace {

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

/// Cores of gdb leave out what is read only.
bool is_in_code(const Module& module, FileAddress address) {
    const auto place = module.sections().offset_of(address);
    return !place || place->section->executable();
}

}  // namespace

Process::State::State(process::Snapshot taken, std::string core, const ProcessOptions& options)
    : snapshot(std::move(taken)),
      core_path(std::move(core)),
      debug_files(options.debug_files ? options.debug_files : std::make_shared<DebugFiles>()),
      problems(snapshot.problems),
      symbolizer(symbolizer_options(options)) {}

std::string Process::State::right_program(const std::string& named) {
    if (named.empty()) return {};
    const auto file = elf::ElfFile::open(named);
    if (!file) {
        add_problem("'" + named + "' not used: " + file.error().message);
        return {};
    }
    const auto why = why_not_program(*file);
    if (why.empty()) return named;
    const std::string of =
        snapshot.facts.program.empty() ? "of this process" : "'" + snapshot.facts.program + "'";
    add_problem("'" + named + "' not used: it is not the program " + of + ": " + why);
    return {};
}

/// Empty: it is, as far as that is known, or else one of the libraries.
std::string Process::State::why_not_program(const elf::ElfFile& file) const {
    if (snapshot.machine != 0 && file.machine() != snapshot.machine) {
        return "it is for another machine";
    }
    const auto own = file.build_id();
    const auto& wanted = snapshot.facts.build_id;
    if (wanted && own == wanted) return {};
    const bool of_library = own && std::ranges::find(snapshot.mappings, own, &Mapping::build_id) !=
                                       snapshot.mappings.end();
    if (of_library) return {};
    const bool vmlinux =
        find::kernel_name(file) == "vmlinux" && !find::kernel_release(file).empty();
    if (vmlinux) return "it is the vmlinux of a kernel";
    auto why = process::why_not_program(file, snapshot.format, wanted ? 0 : snapshot.entry);
    if (why.empty() && wanted) why = find::build_id_mismatch(own, *wanted);
    return why;
}

/// Where the files of a process are looked for: below the sysroot, or the process's own root; the
/// program that was named, and the folders of program and core.
SymbolizerOptions Process::State::symbolizer_options(const ProcessOptions& options) {
    SymbolizerOptions made;
    made.debug_files = debug_files;
    made.program_path = snapshot.facts.program;
    made.split_package = options.split_package;
    if (auto program = right_program(options.program); !program.empty()) {
        made.files.push_back(std::move(program));
    }
    for (const std::string& each : {options.program, core_path}) {
        if (!each.empty()) made.folders.push_back(folder_of(each));
    }
    for (const std::string& each : snapshot.roots) made.roots.push_back(each);
    if (!options.sysroot.empty()) made.other_roots.emplace_back();
    // Its files, whichever mount namespace this is, and as they are called here: a process that has
    // changed its root has mapped most of them before.
    if (core_path.empty()) {
        made.roots.push_back("/proc/" + std::to_string(snapshot.window) + "/root");
        made.roots.emplace_back();
    }
    made.machine = snapshot.machine;
    made.last_seen = base::changed_at(core_path);
    made.read_memory = [this](const Mapping& mapping, RuntimeAddress address, auto to) {
        const Mapping* at = mapping_at(snapshot.mappings, address);
        return at != nullptr && at->path == mapping.path && at->remapped == mapping.remapped &&
               read(address, to);
    };
    made.from_memory = [this](const Mapping& mapping) { return from_memory(mapping); };
    return made;
}

std::vector<std::uint8_t> Process::State::from_memory(const Mapping& mapping) {
    constexpr std::uint64_t kMaxInAll = 4 * process::kMaxRebuilt;
    if (rebuilt >= kMaxInAll) return {};
    const auto header = mapping.module_begin.value;
    auto image = living() ? process::rebuild_elf(process::ProcessMemory(snapshot.window),
                                                 snapshot.format, header)
                          : process::rebuild_elf(*snapshot.memory, snapshot.format, header);
    rebuilt += image.size();
    return image;
}

/// Says what speaks against the file that is used for a mapping.
void Process::State::doubt(const Mapping& mapping, const std::string& path) {
    const bool changed = symbolizer.changed_since(mapping);
    if (const auto why = symbolizer.why_from_memory(mapping); !why.empty()) {
        add_problem("what the process had of '" + mapping.path +
                    "' in memory is used: " + std::string(why));
    }
    if (!symbolizer.compared(mapping)) {
        add_problem("'" + mapping.path + "': there is no build id to tell whether '" + path +
                    "' is the file that was mapped" +
                    (changed ? ", and it was changed after the core was written" : ""));
    } else if (changed) {
        add_problem("'" + path +
                    "' was changed after the core was written; what the core has of "
                    "it is the same");
    }
}

bool Process::State::read(RuntimeAddress address, std::span<std::uint8_t> to) const {
    if (snapshot.memory->read(address.value, to)) return true;
    // After threads() there is a copy of the stacks; the rest is still the process's own.
    return living() && process::ProcessMemory(snapshot.window).read(address.value, to);
}

std::optional<Miss> Process::State::miss_of(CodeAddress address, const ResolvedAddress& answer) {
    // Its reason says more.
    if (answer.lookup.miss == Miss::anonymous_code) return std::nullopt;
    if (!words) words.emplace(snapshot);
    // The byte before a return address decides where it is, but 0 is no return address.
    const auto at = address.address.value == 0 ? 0 : address.lookup_address().value;
    if (answer.module_name.empty()) return words->describe(at);
    if (answer.module == nullptr) return std::nullopt;
    const auto is_code = words->is_code(at);
    // In the mapping of a file, but of no part of it.
    const bool hole = answer.lookup.miss == Miss::not_mapped;
    if (hole && is_code == true) return Miss::anonymous_code;
    if (is_code.value_or(hole || is_in_code(*answer.module, answer.address))) return std::nullopt;
    return Miss(Miss::not_covered, "in data of the file, not in its code");
}

void Process::State::name_generated(CodeAddress address, ResolvedAddress& answer) {
    if (!jit && living()) {
        jit.emplace(process::owner_of(snapshot.window),
                    std::vector{"/proc/" + std::to_string(snapshot.window) + "/root"});
    } else if (!jit) {
        jit.emplace(process::JitOwner{.pid = static_cast<std::uint32_t>(snapshot.facts.pid),
                                      .user = snapshot.user,
                                      .until = base::changed_at(core_path)},
                    snapshot.roots);
    }
    const auto place = jit->find(snapshot, address.lookup_address().value);
    if (!place) return;
    answer.module_name = place->path;
    answer.offset = address.address.value - place->function.begin;
    Frame frame;
    frame.name = place->function.name;
    frame.name_source = NameSource::symbol_table;
    frame.location.file = place->function.file;
    frame.location.line = place->function.line;
    answer.lookup = {{frame}, std::nullopt};
}

void Process::State::add_problem(const std::string& problem) {
    if (std::ranges::find(problems, problem) == problems.end()) problems.push_back(problem);
}

Expected<Process> Process::open(int pid, const ProcessOptions& options) {
    auto found = process::look_at_process(pid);
    if (!found) return std::unexpected(std::move(found.error()));
    return Process(std::make_unique<State>(std::move(*found), std::string(), options));
}

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

const ProcessFacts& Process::facts() const {
    return state_->snapshot.facts;
}

const std::vector<Mapping>& Process::mappings() const {
    return state_->snapshot.mappings;
}

std::vector<int> Process::thread_ids() const {
    std::vector<int> ids;
    for (const auto& each : state_->snapshot.threads) ids.push_back(each.tid);
    return ids;
}

ResolvedAddress Process::resolve(CodeAddress address, Detail detail) {
    auto answer = state_->symbolizer.resolve(mappings(), address, detail);
    if (answer.lookup.miss) {
        if (auto miss = state_->miss_of(address, answer)) answer.lookup.miss = std::move(*miss);
    }
    if (answer.lookup.miss == Miss::anonymous_code) state_->name_generated(address, answer);
    if (answer.module == nullptr) return answer;
    state_->doubt(*mapping_at(mappings(), address.lookup_address()), answer.module->path());
    return answer;
}

void Process::prefetch(std::span<const StackTrace> stacks) {
    if (!state_->debug_files->may_fetch()) return;
    std::map<std::string, DebugFiles::Expectation> wanted;
    for (const StackTrace& stack : stacks) {
        for (const StackFrame& frame : stack.frames) {
            const Mapping* mapping = mapping_at(mappings(), frame.pc.lookup_address());
            if (mapping == nullptr || !mapping->build_id) continue;
            wanted.try_emplace(mapping->build_id->hex(),
                               DebugFiles::Expectation{*mapping->build_id, {}, {}});
        }
    }
    std::vector<DebugFiles::Expectation> files;
    files.reserve(wanted.size());
    for (auto& each : wanted) files.push_back(std::move(each.second));
    state_->debug_files->fetch_together(files);
}

bool Process::read(RuntimeAddress address, std::span<std::uint8_t> to) const {
    return state_->read(address, to);
}

std::span<const std::string> Process::problems() const {
    return state_->problems;
}

std::uint16_t Process::machine() const {
    return state_->snapshot.machine;
}

unsigned Process::address_size() const {
    return state_->snapshot.format.size;
}

}  // namespace symline
