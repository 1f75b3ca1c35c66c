#include <array>

#include "symline/process.h"

namespace symline {

std::string_view auxiliary_name(std::uint64_t type) {
    // include/uapi/linux/auxvec.h, and those of the machines: arch/*/include/uapi/asm/auxvec.h
    static constexpr std::array<std::string_view, 52> kNames{
        "AT_NULL",
        "AT_IGNORE",
        "AT_EXECFD",
        "AT_PHDR",
        "AT_PHENT",
        "AT_PHNUM",
        "AT_PAGESZ",
        "AT_BASE",
        "AT_FLAGS",
        "AT_ENTRY",
        "AT_NOTELF",
        "AT_UID",
        "AT_EUID",
        "AT_GID",
        "AT_EGID",
        "AT_PLATFORM",
        "AT_HWCAP",
        "AT_CLKTCK",
        "AT_FPUCW",
        "AT_DCACHEBSIZE",
        "AT_ICACHEBSIZE",
        "AT_UCACHEBSIZE",
        "AT_IGNOREPPC",
        "AT_SECURE",
        "AT_BASE_PLATFORM",
        "AT_RANDOM",
        "AT_HWCAP2",
        "AT_RSEQ_FEATURE_SIZE",
        "AT_RSEQ_ALIGN",
        "AT_HWCAP3",
        "AT_HWCAP4",
        "AT_EXECFN",
        "AT_SYSINFO",
        "AT_SYSINFO_EHDR",
        "AT_L1I_CACHESHAPE",
        "AT_L1D_CACHESHAPE",
        "AT_L2_CACHESHAPE",
        "AT_L3_CACHESHAPE",
        "",
        "",
        "AT_L1I_CACHESIZE",
        "AT_L1I_CACHEGEOMETRY",
        "AT_L1D_CACHESIZE",
        "AT_L1D_CACHEGEOMETRY",
        "AT_L2_CACHESIZE",
        "AT_L2_CACHEGEOMETRY",
        "AT_L3_CACHESIZE",
        "AT_L3_CACHEGEOMETRY",
        "",
        "",
        "",
        "AT_MINSIGSTKSZ",
    };
    return type < kNames.size() ? kNames[type] : std::string_view();
}

}  // namespace symline
