#include "process/unwinder.h"

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/hex.h"
#include "process/frame_chain.h"

namespace symline::process {
namespace {

/// The id of the thread, which libdwfl asks for: it is shown one thread at a time.
constexpr pid_t kThread = 1;

/// An ELF header that names the machine. libdwfl does not see the core itself, which may be
/// damaged.
std::vector<char> machine_header(const MachineFacts& machine, bool big_endian) {
    const bool wide = machine.word_size == 8;
    std::vector<char> image(wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
    std::memcpy(image.data(), ELFMAG, SELFMAG);
    image[EI_CLASS] = wide ? ELFCLASS64 : ELFCLASS32;
    image[EI_DATA] = big_endian ? ELFDATA2MSB : ELFDATA2LSB;
    image[EI_VERSION] = EV_CURRENT;
    const auto put = [&](std::size_t at, std::uint16_t value) {
        image[at + (big_endian ? 1 : 0)] = static_cast<char>(value & 0xff);
        image[at + (big_endian ? 0 : 1)] = static_cast<char>(value >> 8);
    };
    put(16, ET_CORE);
    put(18, machine.machine);
    put(big_endian ? 22 : 20, EV_CURRENT);
    put(wide ? 52 : 40, static_cast<std::uint16_t>(image.size()));
    return image;
}

int open_as_file(const std::string& path, char** name) {
    if (path.empty()) return -1;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) *name = ::strdup(path.c_str());
    return descriptor;
}

/// The stack of one thread, as far as it was followed.
struct Walk {
    int stop(std::string reason);
    bool add(const StackFrame& frame, std::size_t max_frames);
    void keep_registers(Dwfl_Frame* frame, std::uint64_t pc);

    StackTrace* trace = nullptr;
    const Registers* innermost = nullptr;                      ///< the thread's own
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen{};  ///< pc and sp
    Registers registers{};  ///< where libdwfl starts, and what is known where it ends
    StackFrame start{};     ///< the frame of those registers
    bool at_start = true;   ///< that frame comes next
    bool ended = false;     ///< there shall be no further frame
    std::optional<std::uint64_t> unread{};  ///< memory that was missing since the last frame
};

/// Ends the stack; the answer is the one that libdwfl wants for that.
int Walk::stop(std::string reason) {
    trace->stopped = std::move(reason);
    ended = true;
    return DWARF_CB_ABORT;
}

/// False when the stack ends before this frame.
bool Walk::add(const StackFrame& frame, std::size_t max_frames) {
    const std::uint64_t pc = frame.pc.address.value;
    if (!seen.emplace(pc, frame.sp).second) {
        stop("the stack leads back to a frame above: " + base::hex(pc));
        return false;
    }
    if (trace->frames.size() >= max_frames) {
        stop("more than " + std::to_string(max_frames) + " frames");
        return false;
    }
    trace->frames.push_back(frame);
    return true;
}

/// What is known of a frame that has no call frame information.
void Walk::keep_registers(Dwfl_Frame* frame, std::uint64_t pc) {
    Registers known;
    for (const auto& each : innermost->values) {
        Dwarf_Word value = 0;
        if (each.dwarf == kNoDwarfNumber || ::dwfl_frame_reg(frame, each.dwarf, &value) != 0)
            continue;
        known.values.push_back({each.dwarf, value, each.name});
    }
    known.pc = pc;
    registers = std::move(known);
}

}  // namespace

struct Unwinder::State {
    State(UnwindSource& given, std::size_t max) : source(given), max_frames(max) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (dwfl != nullptr) ::dwfl_end(dwfl);
        if (header != nullptr) ::elf_end(header);
    }

    /// What libdwfl keeps for each module.
    struct Known {
        State* state = nullptr;
        std::size_t index = 0;
        std::optional<UnwindFile> file;
    };

    bool begin();
    void unwind(const Registers& from, StackTrace& into);
    std::string run();
    int add_unwound(Dwfl_Frame* frame);
    bool has_cfi(std::uint64_t address);

    static const UnwindFile& file(Known& known);
    static int find_elf(Dwfl_Module* module, void** data, const char*, Dwarf_Addr begin,
                        char** name, Elf**);
    static int find_debuginfo(Dwfl_Module*, void** data, const char*, Dwarf_Addr, const char*,
                              const char*, GElf_Word, char** name);
    static pid_t next_thread(Dwfl*, void*, void**) { return 0; }
    static bool get_thread(Dwfl*, pid_t tid, void* argument, void** thread);
    static bool read_memory(Dwfl*, Dwarf_Addr address, Dwarf_Word* word, void* argument);
    static bool set_registers(Dwfl_Thread* thread, void* argument);

    static constexpr Dwfl_Callbacks kCallbacks{&find_elf, &find_debuginfo, nullptr, nullptr};
    static constexpr Dwfl_Thread_Callbacks kThreadCallbacks{
        &next_thread, &get_thread, &read_memory, &set_registers, nullptr, nullptr};

    UnwindSource& source;
    std::size_t max_frames;
    std::deque<Known> modules;
    std::vector<char> header_image;
    Elf* header = nullptr;
    Dwfl* dwfl = nullptr;
    std::unordered_map<std::uint64_t, bool> cfi_at;

    Walk walk;
};

const UnwindFile& Unwinder::State::file(Known& known) {
    if (!known.file) known.file = known.state->source.file(known.index);
    return *known.file;
}

int Unwinder::State::find_elf(Dwfl_Module*, void** data, const char*, Dwarf_Addr, char** name,
                              Elf**) {
    return open_as_file(file(*static_cast<Known*>(*data)).path, name);
}

int Unwinder::State::find_debuginfo(Dwfl_Module*, void** data, const char*, Dwarf_Addr, const char*,
                                    const char*, GElf_Word, char** name) {
    auto& known = *static_cast<Known*>(*data);
    const auto path = known.state->source.debug_file(known.index);
    return open_as_file(path == file(known).path ? std::string() : path, name);
}

bool Unwinder::State::get_thread(Dwfl*, pid_t tid, void* argument, void** thread) {
    *thread = argument;
    return tid == kThread;
}

bool Unwinder::State::read_memory(Dwfl*, Dwarf_Addr address, Dwarf_Word* word, void* argument) {
    auto& state = *static_cast<State*>(argument);
    const WordFormat format{state.source.machine().word_size, state.source.big_endian()};
    const auto value = read_word(state.source.memory(), format, address);
    if (!value) {
        state.walk.unread = address;
        return false;
    }
    *word = *value;
    return true;
}

bool Unwinder::State::set_registers(Dwfl_Thread* thread, void* argument) {
    auto& state = *static_cast<State*>(argument);
    // A return address may be the address after its function's last byte: the rules that hold are
    // those of the call before it.
    const Dwarf_Word pc = state.walk.start.pc.lookup_address().value;
    const MachineFacts& machine = state.source.machine();
    for (const auto& each : state.walk.registers.values) {
        if (each.dwarf == kNoDwarfNumber) continue;
        const Dwarf_Word value = each.dwarf == machine.pc_register ? pc : each.value;
        if (!::dwfl_thread_state_registers(thread, each.dwarf, 1, &value)) return false;
    }
    if (machine.pc_register) {
        ::dwfl_thread_state_registers(thread, *machine.pc_register, 1, &pc);
    }
    ::dwfl_thread_state_register_pc(thread, pc);
    return true;
}

bool Unwinder::State::begin() {
    if (dwfl != nullptr) return true;
    ::elf_version(EV_CURRENT);
    header_image = machine_header(source.machine(), source.big_endian());
    header = ::elf_memory(header_image.data(), header_image.size());
    dwfl = ::dwfl_begin(&kCallbacks);
    if (header == nullptr || dwfl == nullptr) return false;
    ::dwfl_report_begin(dwfl);
    std::size_t index = 0;
    for (const UnwindModule& each : source.modules()) {
        Known& known = modules.emplace_back(Known{this, index++, {}});
        auto* module = ::dwfl_report_module(dwfl, each.name.c_str(), each.begin, each.end);
        void** data = nullptr;
        if (module == nullptr) continue;
        ::dwfl_module_info(module, &data, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
        *data = &known;
    }
    ::dwfl_report_end(dwfl, nullptr, nullptr);
    return ::dwfl_attach_state(dwfl, header, kThread, &kThreadCallbacks, this);
}

bool Unwinder::State::has_cfi(std::uint64_t address) {
    const auto [known, is_new] = cfi_at.try_emplace(address, false);
    if (!is_new) return known->second;
    Dwfl_Module* module = ::dwfl_addrmodule(dwfl, address);
    if (module == nullptr) return false;
    // A file whose addresses do not begin where the module does is not the one that was mapped.
    GElf_Addr file_bias = 0;
    void** data = nullptr;
    ::dwfl_module_info(module, &data, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
    if (::dwfl_module_getelf(module, &file_bias) == nullptr || data == nullptr ||
        file_bias != file(*static_cast<Known*>(*data)).bias) {
        return false;
    }
    for (const auto& table : {&::dwfl_module_eh_cfi, &::dwfl_module_dwarf_cfi}) {
        Dwarf_Addr bias = 0;
        Dwarf_CFI* cfi = table(module, &bias);
        ::Dwarf_Frame* frame = nullptr;
        if (cfi == nullptr || ::dwarf_cfi_addrframe(cfi, address - bias, &frame) != 0) continue;
        std::free(frame);
        return known->second = true;
    }
    return false;
}

/// Called by libdwfl with each frame.
int Unwinder::State::add_unwound(Dwfl_Frame* frame) {
    // libdwfl itself falls back on frame pointers where a rule cannot be followed.
    if (!walk.at_start && walk.unread) return walk.stop(source.memory().why_missing(*walk.unread));
    walk.unread.reset();
    if (!walk.at_start) {
        Dwarf_Addr pc = 0;
        bool exact = false;
        if (!::dwfl_frame_pc(frame, &pc, &exact))
            return walk.stop("the frame has no return address");
        walk.start = {.pc = {{pc & source.machine().code_mask},
                             exact ? CodeKind::exact : CodeKind::after_call},
                      .unwound_by = UnwoundBy::cfi};
    }
    walk.at_start = false;
    Dwarf_Word sp = 0;
    if (::dwfl_frame_reg(frame, source.machine().stack_pointer, &sp) == 0) walk.start.sp = sp;
    if (!walk.add(walk.start, max_frames)) return DWARF_CB_ABORT;
    if (has_cfi(walk.start.pc.lookup_address().value)) return DWARF_CB_OK;
    walk.keep_registers(frame, walk.start.pc.address.value);
    walk.registers.set(source.machine().stack_pointer, walk.start.sp);
    return DWARF_CB_ABORT;
}

/// Lets libdwfl go as far as call frame information leads. Gives the reason when it cannot go on.
std::string Unwinder::State::run() {
    walk.at_start = true;
    walk.unread.reset();
    const auto each = [](Dwfl_Frame* frame, void* argument) {
        return static_cast<State*>(argument)->add_unwound(frame);
    };
    const int outcome = ::dwfl_getthread_frames(dwfl, kThread, each, this);
    if (outcome == DWARF_CB_ABORT) return {};
    walk.ended = true;
    if (outcome == 0 && !walk.unread) return {};
    if (walk.unread) return source.memory().why_missing(*walk.unread);
    const char* reason = ::dwfl_errmsg(-1);
    return reason == nullptr ? "libdwfl stopped" : reason;
}

void Unwinder::State::unwind(const Registers& from, StackTrace& into) {
    if (!begin()) {
        into.stopped = std::string("libdwfl: ") + ::dwfl_errmsg(-1);
        return;
    }
    walk = {.trace = &into,
            .innermost = &from,
            .registers = from,
            .start = {.pc = {{from.pc}, CodeKind::exact}, .unwound_by = UnwoundBy::registers}};
    for (;;) {
        auto reason = run();
        if (!reason.empty()) into.stopped = std::move(reason);
        if (walk.ended) return;
        auto step = step_without_cfi(source, walk.registers, walk.start.pc.kind,
                                     [this](std::uint64_t address) { return has_cfi(address); });
        if (!step) {
            into.stopped = std::move(step.error().reason);
            walk.unread = step.error().unread;
            return;
        }
        walk.registers = std::move(step->registers);
        walk.start = {.pc = {{walk.registers.pc}, CodeKind::after_call}, .unwound_by = step->way};
    }
}

Unwinder::Unwinder(UnwindSource& source, std::size_t max_frames)
    : state_(std::make_unique<State>(source, max_frames)) {}
Unwinder::~Unwinder() = default;

std::optional<std::uint64_t> Unwinder::unwind(const Registers& registers, StackTrace& into) {
    state_->unwind(registers, into);
    return into.stopped.empty() ? std::nullopt : state_->walk.unread;
}

}  // namespace symline::process
