#include "elf/architecture_name.h"

#include <llvm/BinaryFormat/ELF.h>

#include <cstddef>
#include <cstdint>

namespace symline::elf {

namespace ELF = llvm::ELF;

std::string_view architecture_name(base::Bytes object) {
    constexpr std::size_t kMachine = 18;
    if (object.size() < kMachine + 2) return {};
    const bool wide = object[4] == ELF::ELFCLASS64;
    const bool big = object[5] == ELF::ELFDATA2MSB;
    switch (base::load<std::uint16_t>(object.data() + kMachine, big)) {
        case ELF::EM_X86_64: return "x86_64";
        case ELF::EM_386: return "i386";
        case ELF::EM_AARCH64: return big ? "aarch64_be" : "aarch64";
        case ELF::EM_ARM: return big ? "armeb" : "arm";
        case ELF::EM_PPC: return big ? "ppc" : "ppcle";
        case ELF::EM_PPC64: return big ? "ppc64" : "ppc64le";
        case ELF::EM_RISCV: return wide ? "riscv64" : "riscv32";
        case ELF::EM_S390: return "s390x";
        case ELF::EM_LOONGARCH: return wide ? "loongarch64" : "loongarch32";
        case ELF::EM_MIPS:
            if (wide) return big ? "mips64" : "mips64el";
            return big ? "mips" : "mipsel";
        case ELF::EM_SPARC: return "sparc";
        case ELF::EM_SPARCV9: return "sparcv9";
        default: return {};
    }
}

}  // namespace symline::elf
