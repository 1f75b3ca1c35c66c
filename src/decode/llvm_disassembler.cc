// The one file with the headers of LLVM's MC. A target is set up when it is first asked for.
#include "symline/disassembler.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/MC/MCAsmInfo.h>
#include <llvm/MC/MCContext.h>
#include <llvm/MC/MCDisassembler/MCDisassembler.h>
#include <llvm/MC/MCInst.h>
#include <llvm/MC/MCInstPrinter.h>
#include <llvm/MC/MCInstrAnalysis.h>
#include <llvm/MC/MCInstrInfo.h>
#include <llvm/MC/MCRegisterInfo.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/MCTargetOptions.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/TargetParser/Triple.h>

#include <algorithm>
#include <array>

// SYMLINE_TARGETS(X) is X(X86) X(AArch64) ...: what the build found in LLVM.
#include "disassembler_targets.h"

#define SYMLINE_DECLARE(name)                  \
    extern "C" {                               \
    void LLVMInitialize##name##TargetInfo();   \
    void LLVMInitialize##name##TargetMC();     \
    void LLVMInitialize##name##Disassembler(); \
    }
SYMLINE_TARGETS(SYMLINE_DECLARE)

namespace symline {
namespace {

/// Of all machines: x86's may have 15 bytes.
constexpr std::size_t kMaxInstructionSize = 16;

/// What LLVM calls a machine; everything that its instruction set may have is switched on.
struct Machine {
    const char* name;
    const char* triple;
    const char* cpu;
    const char* features;
};

Machine machine(const CodeTarget& target) {
    const bool big = target.big_endian;
    constexpr const char* kRiscv = "+m,+a,+f,+d,+c,+v,+zba,+zbb,+zbs,+zicbom,+zicboz,+svinval";
    switch (target.isa) {
        case Isa::x86: return {"X86", target.is64 ? "x86_64" : "i386", "", ""};
        case Isa::arm64: return {"AArch64", "aarch64", "", "+all"};
        case Isa::arm: return {"ARM", big ? "armebv8.2a" : "armv8.2a", "", "+neon"};
        case Isa::thumb: return {"ARM", big ? "thumbebv8.2a" : "thumbv8.2a", "", "+neon"};
        case Isa::riscv: return {"RISCV", target.is64 ? "riscv64" : "riscv32", "", kRiscv};
        case Isa::s390: return {"SystemZ", "s390x", "z16", ""};
        case Isa::loongarch:
            return {"LoongArch", target.is64 ? "loongarch64" : "loongarch32", "",
                    target.is64 ? "+d,+lsx,+lasx,+lvz,+lbt" : ""};
        case Isa::ppc:
            if (!target.is64) return {"PowerPC", "powerpc", "", ""};
            return {"PowerPC", big ? "powerpc64" : "powerpc64le", "pwr10", ""};
        case Isa::mips:
            if (target.is64) return {"Mips", big ? "mips64" : "mips64el", "mips64r2", ""};
            return {"Mips", big ? "mips" : "mipsel", "mips32r2", ""};
    }
    return {"", "", "", ""};
}

void initialize(std::string_view name){
#define SYMLINE_INITIALIZE(target)              \
    if (name == #target) {                      \
        LLVMInitialize##target##TargetInfo();   \
        LLVMInitialize##target##TargetMC();     \
        LLVMInitialize##target##Disassembler(); \
    }
    SYMLINE_TARGETS(SYMLINE_INITIALIZE)}

/// Printers put one tab before the mnemonic and one after it.
std::string without_tabs(std::string text) {
    for (char& c : text) {
        if (c == '\t' || c == '\n') c = ' ';
    }
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

class LlvmDisassembler final : public Disassembler {
public:
    /// False where LLVM lacks a part that disassembly needs.
    bool open(const CodeTarget& target) {
        const Machine wanted = machine(target);
        from_end_ = target.isa == Isa::x86;
        initialize(wanted.name);
        const llvm::Triple triple(wanted.triple);
        std::string problem;
        const llvm::Target* llvm = llvm::TargetRegistry::lookupTarget(wanted.triple, problem);
        if (llvm == nullptr) return false;
        registers_.reset(llvm->createMCRegInfo(wanted.triple));
        if (registers_ == nullptr) return false;
        assembly_.reset(llvm->createMCAsmInfo(*registers_, wanted.triple, options_));
        instructions_.reset(llvm->createMCInstrInfo());
        machine_.reset(llvm->createMCSubtargetInfo(wanted.triple, wanted.cpu, wanted.features));
        if (!assembly_ || !instructions_ || !machine_) return false;
        context_ = std::make_unique<llvm::MCContext>(triple, assembly_.get(), registers_.get(),
                                                     machine_.get());
        analysis_.reset(llvm->createMCInstrAnalysis(instructions_.get()));
        disassembler_.reset(llvm->createMCDisassembler(*machine_, *context_));
        // Dialect 0 is AT&T's on x86, which the kernel's own scripts print.
        printer_.reset(
            llvm->createMCInstPrinter(triple, 0, *assembly_, *instructions_, *registers_));
        if (!disassembler_ || !printer_) return false;
        printer_->setPrintBranchImmAsAddress(true);
        printer_->setPrintImmHex(true);
        return true;
    }

    std::size_t size(std::span<const std::uint8_t> code, std::uint64_t address) override {
        llvm::MCInst instruction;
        return read(instruction, code, address);
    }

    Instruction decode(std::span<const std::uint8_t> code, std::uint64_t address) override {
        llvm::MCInst instruction;
        const std::uint64_t size = read(instruction, code, address);
        if (size == 0) return {};
        Instruction decoded{static_cast<std::size_t>(size), {}, {}};
        std::uint64_t target = 0;
        const bool jumps = analysis_ != nullptr &&
                           (analysis_->isBranch(instruction) || analysis_->isCall(instruction));
        if (jumps && analysis_->evaluateBranch(instruction, address, size, target)) {
            decoded.target = target;
        }
        std::string text;
        llvm::raw_string_ostream stream(text);
        // x86's printer counts from the end of the instruction, the others from its begin.
        printer_->printInst(&instruction, address + (from_end_ ? size : 0), "", *machine_, stream);
        stream.flush();
        decoded.text = without_tabs(std::move(text));
        return decoded;
    }

private:
    std::size_t read(llvm::MCInst& instruction, std::span<const std::uint8_t> code,
                     std::uint64_t address) const {
        code = code.first(std::min(code.size(), kMaxInstructionSize));
        if (code.empty()) return 0;
        // LLVM 19's RISCVDisassembler reads the first byte without looking whether there is one;
        // should another read too far, it reads zeros.
        std::array<std::uint8_t, 2 * kMaxInstructionSize> padded{};
        std::ranges::copy(code, padded.begin());
        std::uint64_t size = 0;
        const auto status = disassembler_->getInstruction(
            instruction, size, llvm::ArrayRef(padded.data(), code.size()), address, llvm::nulls());
        // "Soft" failures are instructions whose effect the manuals leave open.
        if (status == llvm::MCDisassembler::Fail || size > code.size()) return 0;
        return static_cast<std::size_t>(size);
    }

    bool from_end_ = false;
    llvm::MCTargetOptions options_;
    std::unique_ptr<llvm::MCRegisterInfo> registers_;
    std::unique_ptr<llvm::MCAsmInfo> assembly_;
    std::unique_ptr<llvm::MCInstrInfo> instructions_;
    std::unique_ptr<llvm::MCSubtargetInfo> machine_;
    std::unique_ptr<llvm::MCContext> context_;
    std::unique_ptr<llvm::MCInstrAnalysis> analysis_;
    std::unique_ptr<llvm::MCDisassembler> disassembler_;
    std::unique_ptr<llvm::MCInstPrinter> printer_;
};

}  // namespace

std::unique_ptr<Disassembler> make_disassembler(const CodeTarget& target) {
    auto disassembler = std::make_unique<LlvmDisassembler>();
    if (!disassembler->open(target)) return nullptr;
    return disassembler;
}

}  // namespace symline
