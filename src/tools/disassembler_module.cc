#include "tools/disassembler_module.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace symline::tools {
namespace {

using Maker = Disassembler*(const CodeTarget&);

Maker* load() {
    std::error_code problem;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", problem);
    if (problem) return nullptr;
    const auto path = program.parent_path() / SYMLINE_DISASSEMBLER_MODULE;
    void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) return nullptr;
    return reinterpret_cast<Maker*>(::dlsym(module, "symline_make_disassembler"));
}

}  // namespace

std::unique_ptr<Disassembler> load_disassembler(const CodeTarget& target) {
    static Maker* const maker = load();
    return std::unique_ptr<Disassembler>(maker == nullptr ? nullptr : maker(target));
}

}  // namespace symline::tools
