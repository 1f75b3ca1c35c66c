#include "process/unwind/stack_scan.h"

#include "process/unwind/code_address.h"
#include "process/unwind/return_address.h"

namespace symline::process {
namespace {

/// The frames of most functions are smaller by far. Farther up a find is more likely of another
/// caller.
constexpr std::uint64_t kMaxWords = 2048;

/// A function without a symbol ends at most as far behind where it is called.
constexpr std::uint64_t kMaxUnnamedFunction = 4096;
/// Below its return address a function keeps the registers of its caller.
constexpr std::uint64_t kMaxSavedWords = 32;
/// Between a frame pointer and where it was saved lie the variables of one function.
constexpr std::uint64_t kMaxFrameSize = std::uint64_t{1} << 20;

class Scan {
public:
    using LeadsOn = std::function<bool(const Registers&, Candidate)>;

    Scan(const UnwindSource& source, const Registers& registers, CodeKind kind,
         const LeadsOn& leads_on, std::uint64_t& words)
        : source_(source),
          machine_(source.machine()),
          registers_(registers),
          address_(CodeAddress{{registers.pc}, kind}.lookup_address().value),
          leads_on_(leads_on),
          words_(words) {}

    std::optional<Registers> run(std::uint64_t sp) {
        for (std::uint64_t i = 0; i < kMaxWords; ++i) {
            const std::uint64_t at = sp + i * machine_.word_size;
            const auto word = read(at);
            if (!word) break;
            if (auto found = look_at(sp, at, *word)) return found;
        }
        return std::move(jumped_);
    }

private:
    std::optional<std::uint64_t> read(std::uint64_t at) const {
        ++words_;
        return read_word(source_.memory(), {machine_.word_size, source_.big_endian()}, at);
    }

    std::optional<Registers> look_at(std::uint64_t sp, std::uint64_t at, std::uint64_t word) {
        const std::uint64_t pc = code_address(source_, registers_, word);
        const std::uint64_t returns_to = pc | (word & ~machine_.code_mask);
        if (!is_in_code(source_, pc) || call_before(source_, returns_to) != CallBefore::yes) {
            return std::nullopt;
        }
        Registers candidate = registers_;
        candidate.pc = pc;
        candidate.set(machine_.stack_pointer, at + machine_.word_size);
        if (machine_.pc_register) candidate.set(*machine_.pc_register, pc);
        const CallReaches reaches = call_reaches(source_, returns_to, address_);
        if (reaches == CallReaches::another && jumped_) return std::nullopt;
        const bool leads =
            leads_on_(candidate, Candidate::as_found) || guess_frame_pointer(sp, at, candidate);
        if (reaches == CallReaches::the_function) return candidate;
        if (!leads) return std::nullopt;
        if (!jumped_) jumped_ = std::move(candidate);
        return reaches == CallReaches::unknown ? std::move(jumped_) : std::nullopt;
    }

    /// Sets the frame pointer of `candidate` to a word that the frame below has saved of it, if
    /// that leads on.
    bool guess_frame_pointer(std::uint64_t sp, std::uint64_t at, Registers& candidate) const {
        if (!machine_.frame_pointer) return false;
        Registers guess = candidate;
        for (std::uint64_t i = 1; i <= kMaxSavedWords && at >= sp + i * machine_.word_size; ++i) {
            const auto saved = read(at - i * machine_.word_size);
            if (!saved || *saved <= at || *saved - at > kMaxFrameSize ||
                *saved % machine_.word_size != 0) {
                continue;
            }
            guess.set(*machine_.frame_pointer, *saved);
            if (!leads_on_(guess, Candidate::guessed)) continue;
            candidate = std::move(guess);
            return true;
        }
        return false;
    }

    const UnwindSource& source_;
    const MachineFacts& machine_;
    const Registers& registers_;
    std::uint64_t address_;
    const LeadsOn& leads_on_;
    std::uint64_t& words_;
    std::optional<Registers> jumped_;
};

}  // namespace

CallReaches call_reaches(const UnwindSource& source, std::uint64_t returns_to,
                         std::uint64_t address) {
    const auto target = call_target(source, returns_to);
    if (!target) return CallReaches::unknown;
    const auto called = source.function_at(*target);
    const auto function = source.function_at(address);
    if (function && called) {
        return *called == *function ? CallReaches::the_function : CallReaches::another;
    }
    if (function || called) return called ? CallReaches::another : CallReaches::unknown;
    return *target <= address && address - *target < kMaxUnnamedFunction ? CallReaches::the_function
                                                                         : CallReaches::unknown;
}

std::optional<Registers> scan_for_caller(
    const UnwindSource& source, const Registers& registers, CodeKind pc_kind,
    const std::function<bool(const Registers& candidate, Candidate how)>& leads_on,
    std::uint64_t& words) {
    const auto sp = registers.by_number(source.machine().stack_pointer);
    if (!sp || *sp % source.machine().word_size != 0) return std::nullopt;
    return Scan(source, registers, pc_kind, leads_on, words).run(*sp);
}

}  // namespace symline::process
