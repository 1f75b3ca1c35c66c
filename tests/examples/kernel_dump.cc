// A kernel's crash dump: why it stopped, and the stack of every CPU and task.
//
//     kernel_dump VMCORE SYSROOT
//
// The kernel's files are looked for below SYSROOT, where the kernel was installed.
#include <symline/demangle.h>
#include <symline/kernel_dump.h>

#include <iostream>
#include <memory>

namespace {

void print(symline::KernelDump& dump, const symline::StackTrace& stack) {
    if (stack.cpu) std::cout << "CPU " << *stack.cpu << ' ';
    std::cout << stack.name << (stack.crashing ? " (panicked)\n" : "\n");
    for (const symline::StackFrame& frame : stack.frames) {
        const auto place = frame.user ? symline::ResolvedAddress{} : dump.resolve(frame.pc);
        if (frame.user) std::cout << "    user space\n";
        if (place.lookup.miss) std::cout << "    ?? (" << describe(*place.lookup.miss) << ")\n";
        for (const symline::Frame& each : place.lookup.frames) {
            std::cout << "    " << symline::demangle(each.linkage_or_name()) << " at "
                      << each.location.file << ':' << each.location.line << '\n';
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: kernel_dump VMCORE SYSROOT\n";
        return 2;
    }
    symline::DebugFileOptions places;
    places.sysroot = argv[2];
    auto dump = symline::KernelDump::open(
        argv[1], {.debug_files = std::make_shared<symline::DebugFiles>(std::move(places))});
    if (!dump) {
        std::cerr << argv[1] << ": " << dump.error().message << '\n';
        return 1;
    }
    std::cout << "Linux " << dump->release() << ": " << dump->panic_message() << '\n';
    const auto stacks = dump->threads(symline::KernelThreads::all);
    dump->prefetch(stacks);
    for (const symline::StackTrace& each : stacks) print(*dump, each);
    for (const auto& each : dump->problems()) std::cerr << each << '\n';
    return 0;
}
