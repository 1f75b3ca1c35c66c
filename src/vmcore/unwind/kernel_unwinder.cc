#include "vmcore/unwind/kernel_unwinder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/bytes.h"

namespace symline::vmcore {
namespace {

using Register = OrcEntry::Register;

/// Five words that __switch_to_asm pushes, rbp and the return address: struct inactive_task_frame.
constexpr std::uint64_t kInactiveFrame = std::uint64_t{7} * 8;
constexpr std::uint64_t kInactiveFramePointer = std::uint64_t{5} * 8;
constexpr std::uint64_t kInactiveReturn = std::uint64_t{6} * 8;

/// What holds for code that was compiled with frame pointers (orc_fp_entry in the kernel).
constexpr OrcEntry kFramePointerEntry{
    .sp_offset = 16, .bp_offset = -16, .sp_reg = Register::bp, .bp_reg = Register::prev_sp};
/// A call to an address without code: nothing but the return address was pushed (null_orc_entry).
constexpr OrcEntry kJustCalledEntry{.sp_offset = 8, .sp_reg = Register::sp};

}  // namespace

struct KernelUnwinder::State {
    enum class Mode { kernel, user };

    static State at(const KernelRegisters& registers) {
        return {.ip = registers.ip,
                .sp = registers.sp,
                .bp = registers.bp,
                .kind = CodeKind::exact,
                .mode = registers.user_mode() ? Mode::user : Mode::kernel,
                .registers = registers};
    }
    bool user() const { return mode == Mode::user; }

    std::uint64_t ip = 0, sp = 0, bp = 0;
    CodeKind kind = CodeKind::after_call;
    Mode mode = Mode::kernel;
    /// All registers, right below an interrupt or exception.
    std::optional<KernelRegisters> registers;
};

/// One stack.
class KernelUnwinder::Walk {
public:
    Walk(const KernelUnwinder& owner, std::size_t max_frames)
        : owner_(owner), memory_(owner.memory_), max_frames_(max_frames) {}

    StackTrace run(State state) {
        if (max_frames_ == 0) {
            stop("more than 0 frames");
            return std::move(stack_);
        }
        add(state, UnwoundBy::registers);
        while (!state.user() && stack_.stopped.empty()) {
            UnwoundBy way = UnwoundBy::orc;
            const auto entry = entry_for(state, way);
            if (!entry || !step(*entry, state)) break;
            if (!state.user() && way != UnwoundBy::orc && !owner_.is_code(state.ip)) {
                stop("the return address is not in the kernel's code");
                break;
            }
            if (!state.user() && !seen_.emplace(state.ip, state.sp).second) {
                stop("the stack leads in a circle");
                break;
            }
            if (stack_.frames.size() >= max_frames_) {
                stop("more than " + std::to_string(max_frames_) + " frames");
                break;
            }
            add(state, way);
        }
        return std::move(stack_);
    }

private:
    void add(const State& state, UnwoundBy way) {
        const CodeKind kind = state.user() ? CodeKind::exact : state.kind;
        stack_.frames.push_back({{{state.ip}, kind}, state.sp, way, state.user()});
    }
    void stop(std::string reason) { stack_.stopped = std::move(reason); }

    /// How to find the caller; nothing at the outermost frame, or where it cannot be told.
    std::optional<OrcEntry> entry_for(const State& state, UnwoundBy& way) {
        const std::uint64_t within = CodeAddress{{state.ip}, state.kind}.lookup_address().value;
        const OrcTable* table = owner_.table_at(within);
        if (table == nullptr) {
            const bool exact = state.kind == CodeKind::exact;
            const auto top = exact ? memory_.word(state.sp) : std::nullopt;
            const bool called = top && owner_.is_code(*top);
            way = called ? UnwoundBy::return_address : UnwoundBy::frame_pointer;
            return called ? kJustCalledEntry : kFramePointerEntry;
        }
        const auto entry = find_orc(memory_, *table, owner_.format_, within);
        if (!entry) {
            way = UnwoundBy::frame_pointer;
            return kFramePointerEntry;
        }
        if (entry->type == OrcEntry::Type::end_of_stack) return std::nullopt;
        if (entry->type == OrcEntry::Type::undefined) {
            stop("the unwind table does not say where the caller is");
            return std::nullopt;
        }
        return entry;
    }

    std::optional<std::uint64_t> other_register(const State& state,
                                                std::uint64_t KernelRegisters::* member) {
        if (!state.registers) return std::nullopt;
        return (*state.registers).*member;
    }

    /// The stack pointer of the caller at the time of the call.
    std::optional<std::uint64_t> caller_sp(const OrcEntry& entry, const State& state) {
        const auto offset = static_cast<std::uint64_t>(std::int64_t{entry.sp_offset});
        const auto plus = [offset](std::optional<std::uint64_t> base) {
            return base ? std::optional(*base + offset) : base;
        };
        switch (entry.sp_reg) {
            case Register::sp: return state.sp + offset;
            case Register::bp: return state.bp + offset;
            case Register::sp_indirect: return plus(memory_.word(state.sp));
            case Register::bp_indirect: return memory_.word(state.bp + offset);
            case Register::r10: return plus(other_register(state, &KernelRegisters::r10));
            case Register::r13: return plus(other_register(state, &KernelRegisters::r13));
            case Register::di: return plus(other_register(state, &KernelRegisters::di));
            case Register::dx: return plus(other_register(state, &KernelRegisters::dx));
            default: return std::nullopt;
        }
    }

    std::optional<std::uint64_t> caller_bp(const OrcEntry& entry, const State& state,
                                           std::uint64_t sp) {
        const auto offset = static_cast<std::uint64_t>(std::int64_t{entry.bp_offset});
        switch (entry.bp_reg) {
            case Register::prev_sp: return memory_.word(sp + offset);
            case Register::bp: return memory_.word(state.bp + offset);
            default: return state.bp;
        }
    }

    bool step(const OrcEntry& entry, State& state) {
        const auto sp = caller_sp(entry, state);
        const auto bp = sp ? caller_bp(entry, state, *sp) : std::nullopt;
        if (!bp) {
            stop("where the caller's stack is cannot be told");
            return false;
        }
        State caller;
        caller.bp = *bp;
        caller.kind = entry.signal ? CodeKind::exact : CodeKind::after_call;
        const bool found = entry.type == OrcEntry::Type::call ? take_call(caller, *sp)
                           : entry.type == OrcEntry::Type::regs
                               ? take_registers(caller, *sp)
                               : take_iret_frame(caller, *sp, state);
        if (!found) {
            stop("the stack is not in the dump");
            return false;
        }
        state = caller;
        return state.user() || plausible(state);
    }

    /// A return address is never 0; the outermost frames of older kernels have one.
    bool plausible(const State& state) { return state.ip != 0 || state.kind == CodeKind::exact; }

    bool take_call(State& caller, std::uint64_t sp) {
        const auto ip = memory_.word(sp - 8);
        caller.ip = ip.value_or(0);
        caller.sp = sp;
        return ip.has_value();
    }

    bool take_registers(State& caller, std::uint64_t at) {
        std::array<std::uint8_t, KernelRegisters::kPtRegsSize> bytes{};
        if (!memory_.read(at, bytes)) return false;
        caller = State::at(KernelRegisters::from_pt_regs(bytes));
        return true;
    }

    /// Only what the CPU pushed; the other registers are still those of the handler's entry.
    bool take_iret_frame(State& caller, std::uint64_t at, const State& handler) {
        std::array<std::uint8_t, 40> bytes{};
        if (!memory_.read(at, bytes)) return false;
        base::Cursor in(bytes, false);
        caller.ip = in.u64();
        if ((in.u64() & 3) != 0) caller.mode = State::Mode::user;
        in.skip(8);
        caller.sp = in.u64();
        caller.kind = CodeKind::exact;
        caller.registers = handler.registers;
        return true;
    }

    const KernelUnwinder& owner_;
    const KernelBytes& memory_;
    std::size_t max_frames_;
    StackTrace stack_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;
};

KernelUnwinder::KernelUnwinder(const KernelBytes& memory, std::vector<OrcTable> tables,
                               OrcFormat format)
    : memory_(memory), tables_(std::move(tables)), format_(format) {
    std::ranges::sort(tables_, {}, &OrcTable::code_begin);
}

const OrcTable* KernelUnwinder::table_at(std::uint64_t address) const {
    auto table = std::ranges::upper_bound(tables_, address, {}, &OrcTable::code_begin);
    if (table == tables_.begin()) return nullptr;
    --table;
    return address < table->code_end ? &*table : nullptr;
}

StackTrace KernelUnwinder::unwind(const CpuRegisters& registers, std::size_t max_frames) const {
    return Walk(*this, max_frames).run(State::at(std::get<KernelRegisters>(registers)));
}

StackTrace KernelUnwinder::unwind_switched_from(const DumpedTask& task,
                                                std::size_t max_frames) const {
    const std::uint64_t stack_pointer = task.stack_pointer.value_or(0);
    const auto bp = memory_.word(stack_pointer + kInactiveFramePointer);
    const auto ip = memory_.word(stack_pointer + kInactiveReturn);
    if (!bp || !ip) {
        StackTrace nothing;
        nothing.stopped = "the stack is not in the dump";
        return nothing;
    }
    const State state{.ip = *ip,
                      .sp = stack_pointer + kInactiveFrame,
                      .bp = *bp,
                      .kind = CodeKind::after_call,
                      .mode = State::Mode::kernel,
                      .registers = {}};
    return Walk(*this, max_frames).run(state);
}

}  // namespace symline::vmcore
