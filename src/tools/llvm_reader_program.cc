#include "tools/llvm_reader_program.h"

#include <filesystem>
#include <system_error>

namespace symline::tools {

std::string llvm_reader_program() {
    std::error_code problem;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
    const auto beside = folder / "llvm-reader";
    if (std::filesystem::exists(beside, problem)) return beside;
    return (folder / SYMLINE_LLVM_READER).lexically_normal();
}

}  // namespace symline::tools
