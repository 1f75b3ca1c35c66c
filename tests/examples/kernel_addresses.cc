// Kernel addresses with KASLR: where each is in the kernel's source.
//
//     kernel_addresses VMLINUX MODULES_DIRECTORY MODULES_TEXT [ADDRESS=]SYMBOL+OFFSET[/SIZE] |
//     ADDRESS...
//
// MODULES_TEXT is a file as /proc/modules is. A place that is given both ways, such as
// 0xffffffffab000014=kernel_init+0x4, says where the kernel was loaded. Addresses are return
// addresses, as in a stack.
#include <symline/demangle.h>
#include <symline/kernel.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

void print(const symline::Lookup& lookup) {
    if (lookup.miss) std::cout << "    ?? (" << describe(*lookup.miss) << ")\n";
    for (const symline::Frame& frame : lookup.frames) {
        std::cout << "    " << symline::demangle(frame.linkage_or_name()) << " at "
                  << frame.location.file << ':' << frame.location.line
                  << (frame.inlined ? " (inlined)" : "") << '\n';
    }
}

void print_symbol(symline::Kernel& kernel, const symline::KernelSymbol& place) {
    const auto found = kernel.resolve(place);
    if (found.miss) std::cout << "    ?? (" << describe(*found.miss) << ")\n";
    for (const symline::KernelCandidate& each : found.candidates) print(each.lookup);
}

void print_address(symline::Kernel& kernel, std::uint64_t address) {
    const auto place = kernel.resolve({{address}, symline::CodeKind::after_call});
    if (place.module != nullptr) {
        std::cout << "    in " << place.module_name << " at offset " << place.offset << '\n';
    }
    print(place.lookup);
}

void answer(symline::Kernel& kernel, std::string_view text) {
    std::cout << text << '\n';
    const auto equals = text.find('=');
    const auto address = std::strtoull(std::string(text.substr(0, equals)).c_str(), nullptr, 16);
    const auto named = symline::KernelSymbol::parse(text.substr(equals + 1));  // npos + 1 is 0
    if (!named) return print_address(kernel, address);
    if (equals != std::string_view::npos && kernel.learn({address}, *named)) {
        std::cout << "    the kernel was moved by " << kernel.slide()->value << " bytes\n";
    }
    print_symbol(kernel, *named);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        std::cerr << "usage: kernel_addresses VMLINUX MODULES_DIRECTORY MODULES_TEXT PLACE...\n";
        return 2;
    }
    std::ifstream modules(argv[3]);
    auto kernel = symline::Kernel::open(
        {.vmlinux = argv[1],
         .module_directories = {argv[2]},
         .modules = {std::istreambuf_iterator<char>(modules), std::istreambuf_iterator<char>()}});
    if (!kernel) {
        std::cerr << argv[1] << ": " << kernel.error().message << '\n';
        return 1;
    }
    for (int i = 4; i < argc; ++i) answer(*kernel, argv[i]);
    for (const symline::Notice& each : kernel->notices()) std::cerr << describe(each) << '\n';
    return 0;
}
