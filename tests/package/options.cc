// What users write: options by the names that matter to them, which no compiler warns of.
#include <symline/symline.h>

#include <memory>

int main() {
    const symline::FetchOptions fetch{.policy = symline::FetchPolicy::automatic};
    const symline::DebugFileOptions files{.sysroot = "/mnt", .fetch = fetch};
    const auto shared = std::make_shared<symline::DebugFiles>(files);
    shared->fetch_together({{symline::DebugFiles::Expectation{.kernel_name = "xfs"}}});
    const symline::ModuleOptions module{.debug_files = shared};
    const symline::SymbolizerOptions symbolizer{.roots = {"/mnt"}};
    const symline::Mapping mapping{.begin = {0x1000}, .end = {0x2000}, .path = "/bin/true"};
    const symline::KernelOptions kernel{.release = "6.1.0"};
    const symline::KernelSymbol symbol{.symbol = "vfs_read", .offset = 4};
    const symline::KernelModulePlace place{.module = "xfs", .offset = 4};
    const symline::ProcessOptions process{.debug_files = shared};
    const symline::StackOptions stack{.max_frames = 10};
    const symline::DecoderOptions decoder{.vmlinux = "vmlinux"};
    const symline::CodeTarget target{.isa = symline::Isa::arm64};
    return module.find_debug_file && symbolizer.files.empty() && mapping.path.empty() &&
                   kernel.vmlinux.empty() && symbol.module.empty() && place.section.empty() &&
                   process.program.empty() && stack.max_frames == 0 && decoder.exact &&
                   target.big_endian
               ? 1
               : 0;
}
