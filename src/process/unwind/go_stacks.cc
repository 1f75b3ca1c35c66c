#include "process/unwind/go_stacks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "elf/constants.h"
#include "process/unwind/unwinder.h"

namespace symline::process {
namespace {

// struct g and its gobuf `sched`, and struct m (runtime/runtime2.go): the same since Go 1.4.
constexpr std::uint64_t kStackLow = 0, kStackHigh = 8, kMachine = 0x30;
constexpr std::uint64_t kSavedSp = 0x38, kSavedPc = 0x40;
constexpr std::uint64_t kSystemGoroutine = 0;
/// m.curg is at 0xc0 up to Go 1.24, and moved as gobuf lost a word.
constexpr std::uint64_t kFirstCurrent = 0x90, kLastCurrent = 0x100;
/// The register of the running goroutine since Go 1.17 (ABIInternal).
constexpr std::uint16_t kGoroutineRegister = 14;

class Structures {
public:
    explicit Structures(const UnwindSource& source) : source_(source) {}

    std::optional<std::uint64_t> word(std::uint64_t address) const {
        return read_word(source_.memory(), {8, false}, address);
    }
    std::optional<std::uint64_t> machine_of(std::uint64_t goroutine) const {
        const auto machine = word(goroutine + kMachine);
        return machine && *machine != 0 ? machine : std::nullopt;
    }
    std::optional<std::uint64_t> system_goroutine(std::uint64_t machine) const {
        const auto system = word(machine + kSystemGoroutine);
        return system && machine_of(*system) == machine ? system : std::nullopt;
    }
    bool is_on_stack(std::uint64_t goroutine, std::uint64_t sp) const {
        const auto low = word(goroutine + kStackLow), high = word(goroutine + kStackHigh);
        return low && high && *low <= sp && sp <= *high && sp % 8 == 0;
    }
    /// The goroutine that a thread runs, which has left its stack for the scheduler's.
    std::optional<std::uint64_t> current(std::uint64_t machine, std::uint64_t system) const {
        for (std::uint64_t at = kFirstCurrent; at <= kLastCurrent; at += 8) {
            const auto goroutine = word(machine + at);
            if (!goroutine || *goroutine == system || machine_of(*goroutine) != machine) continue;
            const auto sp = word(*goroutine + kSavedSp), pc = word(*goroutine + kSavedPc);
            if (sp && pc && is_on_stack(*goroutine, *sp) && source_.is_code(*pc)) return goroutine;
        }
        return std::nullopt;
    }

private:
    const UnwindSource& source_;
};

/// In asmcgocall, after the call of C code: from where the goroutine and the depth of its stack are
/// loaded, or, where the stack was the scheduler's already, its own pointer.
struct CallSlots {
    std::optional<std::uint8_t> goroutine;
    std::uint8_t stack = 0;
};

template <std::size_t size>
bool continues(base::Bytes code, const std::array<std::uint8_t, size>& bytes) {
    return code.size() >= size && std::ranges::equal(code.first(size), bytes);
}

/// `opcode` is of an instruction whose operand is SLOT(SP); it is taken off the code.
std::optional<std::uint8_t> take_slot(base::Bytes& code,
                                      const std::array<std::uint8_t, 3>& opcode) {
    constexpr std::uint8_t kWithDisplacement = 0x40;
    constexpr std::uint8_t kFromSp = 0x24;
    auto with = opcode;
    with[2] |= kWithDisplacement;
    const bool displaced = continues(code, with) && code.size() >= 5;
    if ((!displaced && !continues(code, opcode)) || code.size() < 5 || code[3] != kFromSp) {
        return std::nullopt;
    }
    const std::uint8_t slot = displaced ? code[4] : 0;
    code = code.subspan(displaced ? 5 : 4);
    return slot;
}

/// MOVQ $offset, CX or MOVQ offset(PC), CX: where position-independent code has its TLS.
void skip_tls_offset(base::Bytes& code) {
    constexpr std::array<std::uint8_t, 3> kConstant{0x48, 0xc7, 0xc1}, kLoad{0x48, 0x8b, 0x0d};
    constexpr std::size_t kSize = 7;
    if (continues(code, kConstant) || continues(code, kLoad)) code = code.subspan(kSize);
}

std::optional<CallSlots> call_slots(base::Bytes code) {
    constexpr std::array<std::uint8_t, 3> kLoadDi{0x48, 0x8b, 0x3c}, kLoadSi{0x48, 0x8b, 0x34},
        kSubtractSi{0x48, 0x2b, 0x34};
    constexpr std::array<std::uint8_t, 4> kLoadStackHigh{0x48, 0x8b, 0x77, kStackHigh};
    constexpr std::array<std::uint8_t, 3> kSetSp{0x48, 0x89, 0xf4};
    if (const auto own = take_slot(code, kLoadSi)) {
        return continues(code, kSetSp) ? std::optional(CallSlots{{}, *own}) : std::nullopt;
    }
    skip_tls_offset(code);
    const auto goroutine = take_slot(code, kLoadDi);
    if (!goroutine || !continues(code, kLoadStackHigh)) return std::nullopt;
    code = code.subspan(kLoadStackHigh.size());
    const auto depth = take_slot(code, kSubtractSi);
    return depth ? std::optional(CallSlots{goroutine, *depth}) : std::nullopt;
}

std::optional<CallSlots> call_slots(const UnwindSource& source, std::uint64_t pc) {
    std::array<std::uint8_t, 7 + 5 + 4 + 5> code{};
    if (source.machine().machine != elf::kX86_64 || !source.code_memory().read(pc, code)) {
        return std::nullopt;
    }
    return call_slots(code);
}

}  // namespace

GoFunction go_function_named(std::string_view name) {
    constexpr std::string_view kRuntime = "runtime.", kAssembler = ".abi0";
    using Named = std::pair<std::string_view, GoFunction>;
    constexpr Named kFunctions[] = {
        {"sigpanic", GoFunction::injected_call},     {"sigpanic0", GoFunction::injected_call},
        {"asyncPreempt", GoFunction::injected_call}, {"debugCallV1", GoFunction::injected_call},
        {"debugCallV2", GoFunction::injected_call},  {"systemstack", GoFunction::systemstack},
        {"morestack", GoFunction::morestack},        {"mcall", GoFunction::mcall},
        {"asmcgocall", GoFunction::asmcgocall},      {"cgocallback", GoFunction::cgocallback},
    };
    if (!name.starts_with(kRuntime)) return GoFunction::none;
    name.remove_prefix(kRuntime.size());
    if (name.ends_with(kAssembler)) name.remove_suffix(kAssembler.size());
    const auto* found = std::ranges::find(kFunctions, name, &Named::first);
    return found == std::end(kFunctions) ? GoFunction::none : found->second;
}

bool returns_to_asmcgocall(const UnwindSource& source, std::uint64_t pc) {
    return call_slots(source, pc).has_value();
}

std::optional<Registers> GoStacks::leave_asmcgocall(const Registers& registers) const {
    const Structures structures(*source_);
    const auto slots = call_slots(*source_, registers.pc);
    const auto sp = registers.by_number(source_->machine().stack_pointer);
    if (!slots || !sp) return std::nullopt;
    Registers caller = registers;
    auto back = structures.word(*sp + slots->stack);
    if (slots->goroutine) {
        const auto goroutine = structures.word(*sp + *slots->goroutine);
        const auto high = goroutine ? structures.word(*goroutine + kStackHigh) : std::nullopt;
        if (!back || !high || !structures.is_on_stack(*goroutine, *high - *back)) {
            return std::nullopt;
        }
        back = *high - *back;
        caller.set(kGoroutineRegister, *goroutine);
    }
    const auto pc = back ? structures.word(*back) : std::nullopt;
    if (!pc) return std::nullopt;
    caller.pc = *pc;
    caller.set(source_->machine().stack_pointer, *back + 8);
    return caller;
}

std::optional<Registers> GoStacks::leave_for_goroutine(GoFunction function,
                                                       const Registers& registers) const {
    const Structures structures(*source_);
    const auto running = registers.by_number(kGoroutineRegister);
    const auto sp = registers.by_number(source_->machine().stack_pointer);
    const auto machine = running ? structures.machine_of(*running) : std::nullopt;
    const auto system = machine ? structures.system_goroutine(*machine) : std::nullopt;
    if (!sp || !system || !structures.is_on_stack(*system, *sp)) return std::nullopt;
    // Where morestack has found that it runs on the scheduler's stack, it has not left it.
    constexpr std::uint64_t kMaxPushed = 16;
    const auto begin = structures.word(*system + kSavedSp);
    if (!begin || *begin - *sp > kMaxPushed) return std::nullopt;
    const auto goroutine = structures.current(*machine, *system);
    if (!goroutine) return std::nullopt;
    Registers caller = registers;
    auto back = *structures.word(*goroutine + kSavedSp);
    auto pc = structures.word(*goroutine + kSavedPc);
    // systemstack was called as others are; morestack goes to what it has saved.
    if (function == GoFunction::systemstack) {
        pc = structures.word(back);
        back += 8;
    }
    if (!pc) return std::nullopt;
    caller.pc = *pc;
    caller.set(source_->machine().stack_pointer, back);
    caller.set(kGoroutineRegister, *goroutine);
    return caller;
}

/// cgocallback has put its stack pointer into the scheduler's goroutine, and what was there before
/// on top of that stack.
std::optional<Registers> GoStacks::leave_for_c(const Registers& registers) const {
    const Structures structures(*source_);
    const auto running = registers.by_number(kGoroutineRegister);
    const auto machine = running ? structures.machine_of(*running) : std::nullopt;
    const auto system = machine ? structures.system_goroutine(*machine) : std::nullopt;
    if (!system) return std::nullopt;
    const auto sp = system_sp_ ? system_sp_ : structures.word(*system + kSavedSp);
    if (!sp || !structures.is_on_stack(*system, *sp)) return std::nullopt;
    Registers same = registers;
    same.set(source_->machine().stack_pointer, *sp);
    return same;
}

std::optional<Registers> GoStacks::leave(GoFunction function, const Registers& registers) const {
    if (source_->machine().machine != elf::kX86_64) return std::nullopt;
    switch (function) {
        case GoFunction::asmcgocall: return leave_asmcgocall(registers);
        case GoFunction::systemstack:
        case GoFunction::morestack: return leave_for_goroutine(function, registers);
        case GoFunction::cgocallback: return leave_for_c(registers);
        default: return std::nullopt;
    }
}

bool GoStacks::left_for_c(const Registers& here, const Registers& there, const Registers& caller) {
    // Its second argument, which it passes on, lies on the stack of the C code that called.
    constexpr std::uint64_t kSecondArgument = 8;
    const Structures structures(*source_);
    const auto word = [&](const Registers& registers, std::uint64_t offset) {
        const auto sp = registers.by_number(source_->machine().stack_pointer);
        return sp ? structures.word(*sp + offset) : std::nullopt;
    };
    const auto argument = word(caller, kSecondArgument);
    if (!argument || argument != word(here, kSecondArgument)) return false;
    system_sp_ = word(there, 0);
    return true;
}

}  // namespace symline::process
