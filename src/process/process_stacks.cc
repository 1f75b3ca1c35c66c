#include "process/process_stacks.h"

#include <algorithm>
#include <cstring>

#include "process/unwind/data_address.h"
#include "symbolize/open_module.h"

namespace symline::process {
namespace {

/// Of all threads together: a damaged core may have any number of them, each of the maximum depth.
constexpr std::size_t kMaxFramesInAll = std::size_t{1} << 19;

/// The largest code of _start, from the entry point to where its call returns: MIPS n64's has 80
/// bytes.
constexpr std::uint64_t kMaxStartCode = 96;

/// e_entry
std::uint64_t entry_point(const elf::ElfFile& file) {
    constexpr std::uint64_t kEntryOffset = 24;
    return base::Cursor(file.image(), file.big_endian(), kEntryOffset).word(file.address_size());
}

std::optional<FileAddress> place_in_file(const Mapping& mapping, const Module& module,
                                         std::uint64_t address) {
    if (mapping.bias) return RuntimeAddress{address} - *mapping.bias;
    return module.elf().address_of_file_offset(address - mapping.begin.value + mapping.file_offset);
}

}  // namespace

ProcessStacks::ProcessStacks(const Snapshot& process, Symbolizer& symbolizer,
                             std::size_t max_frames)
    : process_(process),
      symbolizer_(symbolizer),
      facts_(machine_facts(process.machine, process.format.size, process.register_size)) {
    if (facts_ != nullptr) unwinder_.emplace(*this, max_frames);
}

bool ProcessStacks::Reader::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    if (read_at(address, to)) return true;
    const auto untagged = untagged_addresses(owner_.process_.machine, address);
    return std::ranges::any_of(untagged.all(), [&](auto each) { return read_at(each, to); });
}

bool ProcessStacks::Reader::read_at(std::uint64_t address, std::span<std::uint8_t> to) const {
    const Snapshot& process = owner_.process_;
    if (process.memory->read(address, to)) return true;
    const CoreSegment* segment = segment_at(process.segments, address);
    if (segment != nullptr && segment->writable()) return false;
    const Mapping* mapping = mapping_at(process.mappings, {address});
    if (mapping == nullptr) return false;
    const Module* module = owner_.symbolizer_.module(*mapping);
    if (module == nullptr) return false;
    if (!any_file_ && !owner_.symbolizer_.compared(*mapping)) return false;
    const auto place = place_in_file(*mapping, *module, address);
    // gdb leaves segments out, too: code is not written to.
    if (!place || (segment == nullptr && !symbolize::code_file(*module).is_code(place->value))) {
        return false;
    }
    const auto bytes = module->sections().contents_at(*place, to.size());
    if (bytes.size() < to.size()) return false;
    std::memcpy(to.data(), bytes.data(), to.size());
    return true;
}

FrameTables* ProcessStacks::tables(std::uint64_t address) {
    const Mapping* mapping = mapping_at(process_.mappings, {address});
    const Module* module = mapping != nullptr ? symbolizer_.module(*mapping) : nullptr;
    if (module == nullptr) return nullptr;
    if (mapping->remapped && !symbolizer_.is_code_of_file(*mapping, {address})) return nullptr;
    const auto place = place_in_file(*mapping, *module, address);
    if (!place) return nullptr;
    const std::uint64_t bias = address - place->value;
    return &tables_.try_emplace({module, bias}, *module, bias).first->second;
}

bool ProcessStacks::is_code(std::uint64_t address) const {
    if (const CoreSegment* segment = segment_at(process_.segments, address)) {
        return segment->executable();
    }
    // gdb leaves out what the files hold; and a core may have lost its program headers. The list of
    // files does not say what may be executed, but the file does.
    const Mapping* mapping = mapping_at(process_.mappings, {address});
    if (mapping == nullptr) return false;
    const Module* module = symbolizer_.module(*mapping);
    if (module == nullptr) return true;
    const elf::ElfFile& file = symbolize::code_file(*module);
    const auto place = place_in_file(*mapping, *module, address);
    return place && (file.sections().empty() || file.is_code(place->value));
}

std::optional<ProcessStacks::Place> ProcessStacks::place_of(std::uint64_t address) const {
    const Mapping* mapping = mapping_at(process_.mappings, {address});
    const Module* module = mapping == nullptr ? nullptr : symbolizer_.module(*mapping);
    if (module == nullptr) return std::nullopt;
    const auto place = place_in_file(*mapping, *module, address);
    return place ? std::optional(Place{module, *place}) : std::nullopt;
}

bool ProcessStacks::begins_function(std::uint64_t address) const {
    // Go's goexit is entered after its first instruction, which has no more bytes.
    constexpr std::uint64_t kFirstInstruction = 4;
    const auto place = place_of(address);
    if (!place) return false;
    const auto symbol = place->module->symbols().at(place->address);
    return symbol && *symbol &&
           place->address.value - (*symbol)->address.value <= kFirstInstruction;
}

/// Where a function is called: one that gcc has split off its rare code, "f.cold", at f.
FileAddress ProcessStacks::entry_of(const Module& module, const Symbol& symbol) {
    constexpr std::string_view kColdSuffix = ".cold";
    if (!symbol.name.ends_with(kColdSuffix)) return symbol.address;
    const auto whole =
        module.symbols().named(symbol.name.substr(0, symbol.name.size() - kColdSuffix.size()));
    // Of several with one name nothing tells which it is.
    if (!whole || whole->size() != 1) return symbol.address;
    return whole->front().address;
}

std::optional<std::uint64_t> ProcessStacks::function_at(std::uint64_t address) const {
    const auto place = place_of(address);
    if (!place) return std::nullopt;
    const auto symbol = place->module->symbols().at(place->address);
    if (!symbol || !*symbol) return std::nullopt;
    return address - (place->address.value - entry_of(*place->module, **symbol).value);
}

/// gccgo's functions have such names as well, and call each other as others do.
GoFunction ProcessStacks::go_function(std::uint64_t address) const {
    const auto place = place_of(address);
    if (!place) return GoFunction::none;
    if (symbolize::code_file(*place->module).section(".go.buildinfo") == nullptr) {
        return GoFunction::none;
    }
    const auto symbol = place->module->symbols().at(place->address);
    return symbol && *symbol ? go_function_named((*symbol)->name) : GoFunction::unknown;
}

/// The code of the entry point, or by the names of glibc's and musl's: in glibc's
/// sysdeps/unix/sysv/linux, clone.S, and __start_context.S, which ends a coroutine of
/// makecontext().
bool ProcessStacks::begins_stack(std::uint64_t address) const {
    constexpr std::string_view kNames[] = {
        "_start", "__start",  "clone",        "__clone",        "__clone2",
        "clone3", "__clone3", "thread_start", "__thread_start", "__start_context"};
    const auto place = place_of(address);
    if (!place) return false;
    const auto start = entry_point(symbolize::code_file(*place->module)) & facts_->code_mask;
    const std::uint64_t at = place->address.value;
    if (start != 0 && at >= start && at - start < kMaxStartCode) return true;
    const auto symbol = place->module->symbols().at(place->address);
    return symbol && *symbol && std::ranges::find(kNames, (*symbol)->name) != std::end(kNames);
}

StackTrace ProcessStacks::trace_of(const CoreThread& thread) const {
    StackTrace trace;
    trace.tid = thread.tid;
    trace.name = thread.name;
    trace.unstopped = thread.unstopped;
    if (trace.name.empty() && thread.tid == process_.facts.pid) trace.name = process_.facts.name;
    // The thread that got the signal comes first.
    trace.crashing = process_.facts.signal != 0 && thread.tid == process_.threads.front().tid;
    return trace;
}

ProcessStacks::Unwound ProcessStacks::unwind(const CoreThread& thread) {
    Unwound unwound{trace_of(thread), std::nullopt};
    StackTrace& trace = unwound.trace;
    if (facts_ == nullptr) {
        trace.stopped = "the registers of this machine are not known";
    } else if (!thread.registers) {
        trace.stopped = thread.missing.empty() ? "the core does not hold the thread's registers"
                                               : thread.missing;
    } else if (frames_ >= kMaxFramesInAll) {
        trace.stopped = "the other threads have more than " + std::to_string(kMaxFramesInAll) +
                        " frames already: ask for this one by its tid";
    } else {
        for (const auto& [number, value, name] : thread.registers->values) {
            trace.registers.push_back({name, value});
        }
        unwound.unread = unwinder_->unwind(*thread.registers, trace);
        frames_ += trace.frames.size();
    }
    return unwound;
}

}  // namespace symline::process
