#include "symline/kernel_miss.h"

#include "base/hex.h"

namespace symline {

std::string describe(const KernelMiss& miss) {
    const auto size = [&] {
        return "no line: its size in " + miss.file + " is " + base::hex(miss.size) + ", not ";
    };
    switch (miss.code) {
        case KernelMiss::no_vmlinux: return "no vmlinux";
        case KernelMiss::no_module: return "module not found";
        case KernelMiss::other_build: return "the file is of another build";
        case KernelMiss::no_symbol: return "no such symbol in " + miss.file;
        case KernelMiss::other_size: return size() + base::hex(miss.wanted);
        case KernelMiss::beyond_symbol: return size() + "above " + base::hex(miss.wanted);
        case KernelMiss::slide_unknown: return "where the kernel was loaded is not known";
        case KernelMiss::not_in_kernel: return "the address is not in the kernel";
        case KernelMiss::not_in_module: return "the address is not in the module's code";
        case KernelMiss::kallsyms_differ:
            return "kallsyms has another symbol there than " + miss.file;
        case KernelMiss::memory_reused: return "modules that are initialised shared the address";
        case KernelMiss::layout_unknown: return "how the module was laid out is not known";
    }
    return {};
}

}  // namespace symline
