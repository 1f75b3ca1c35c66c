#include "tools/shared_twin.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/regular_file.h"

namespace symline::tools {
namespace {

/// False for a kernel image.
bool is_elf(const std::string& path) {
    const auto file = base::RegularFile::open(path);
    std::array<std::uint8_t, 4> magic{};
    return file && file->read(0, magic) &&
           magic == std::array<std::uint8_t, 4>{0x7f, 'E', 'L', 'F'};
}

bool asks_servers(const Addr2lineOptions& options) {
    const char* servers = std::getenv("DEBUGINFOD_URLS");
    return options.fetch.policy != FetchPolicy::never && servers != nullptr && *servers != '\0';
}

/// Empty if the system does not say.
std::string own_path() {
    std::string path(4096, '\0');
    const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
    path.resize(size > 0 && static_cast<std::size_t>(size) < path.size()
                    ? static_cast<std::size_t>(size)
                    : 0);
    return path;
}

}  // namespace

bool needs_libraries(const Addr2lineOptions& options) {
    const bool one_file = options.file || (options.form == Form::gnu && !options.build_id);
    if (!one_file || !options.core.empty() || options.pid || !options.places.packages.empty())
        return true;
    return asks_servers(options) || !is_elf(options.file.value_or("a.out"));
}

void become_shared_twin(char** arguments) {
    const std::string path = own_path();
    if (path.empty()) return;
    const std::string twin = path.substr(0, path.rfind('/') + 1) + SYMLINE_SHARED_TWIN;
    ::execv(twin.c_str(), arguments);
}

}  // namespace symline::tools

// These keep the C library's own out of the program: at run time they need exactly the version of
// the C library that they were linked from.
extern "C" {

void* dlopen(const char* /*file*/, int /*mode*/) noexcept {
    return nullptr;
}
void* dlsym(void* /*library*/, const char* /*name*/) noexcept {
    return nullptr;
}
char* dlerror() noexcept {
    static char reason[] = "this program is linked statically, and the one that is not is missing";
    return reason;
}
}
