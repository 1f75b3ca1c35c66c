#include "tools/disassembler_module.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace symline::tools {
namespace {

using Maker = Disassembler*(const CodeTarget&);

Error unusable(const std::string& path, const std::string& reason) {
    return {ErrorCode::not_found, path,
            "'" + path + "' " + reason +
                "; it is installed with symline, or built into it with "
                "-DSYMLINE_LINK_DISASSEMBLER=ON"};
}

Expected<Maker*> load() {
    std::error_code problem;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", problem);
    if (problem) return std::unexpected(unusable("/proc/self/exe", "cannot be read"));
    const auto path = (program.parent_path() / SYMLINE_DISASSEMBLER_MODULE).lexically_normal();
    if (!std::filesystem::exists(path, problem)) {
        return std::unexpected(unusable(path, "is not there"));
    }
    void* const module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* const maker = module ? ::dlsym(module, "symline_make_disassembler") : nullptr;
    if (maker == nullptr) {
        const char* const reason = ::dlerror();
        return std::unexpected(
            unusable(path, "cannot be loaded (" + std::string(reason ? reason : "empty") + ")"));
    }
    return reinterpret_cast<Maker*>(maker);
}

}  // namespace

Expected<std::unique_ptr<Disassembler>> load_disassembler(const CodeTarget& target) {
    static const Expected<Maker*> maker = load();
    if (!maker) return std::unexpected(maker.error());
    return std::unique_ptr<Disassembler>((*maker)(target));
}

}  // namespace symline::tools
