#include "llvm_reader/program/limits.h"

#include <fcntl.h>
#include <llvm/Support/ErrorHandling.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <new>

#include "llvm_reader/messages.h"

namespace symline::llvm_reader {
namespace {

/// LLVM keeps each DIE of each unit that it was asked about: 3 GB for all units of a kernel.
constexpr std::uint64_t kMaxMemory = std::uint64_t{8} << 30;
/// A unit of 100 MB takes 5; damage can make LLVM go round and round.
constexpr rlim_t kSecondsForOneRequest = 10;
/// The file, its dSYM, PDB, .dwo files.
constexpr rlim_t kMaxFiles = 256;

void limit(__rlimit_resource what, rlim_t value) {
    rlimit current{};
    if (::getrlimit(what, &current) != 0) return;
    current.rlim_cur = std::min(value, current.rlim_max);
    ::setrlimit(what, &current);
}

/// Half of the machine's, at most kMaxMemory.
rlim_t memory() {
    const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
    const auto page = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
    return std::min(pages * page / 2, kMaxMemory);
}

[[noreturn]] void out_of_memory() {
    ::_exit(kOutOfMemory);
}

}  // namespace

void limit_resources() {
    std::set_new_handler(out_of_memory);
    llvm::install_bad_alloc_error_handler([](void*, const char*, bool) { ::_exit(kOutOfMemory); });
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, kMaxFiles);
    // The sanitizers reserve terabytes of addresses.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    limit(RLIMIT_AS, memory());
#endif
}

void limit_time() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
    limit(RLIMIT_CPU, seconds + 1 + kSecondsForOneRequest);
}

}  // namespace symline::llvm_reader

/// LLVM opens what a file names (the path of a PDB, a debug link) with this function of the C
/// library, which the program's own takes the place of: a FIFO or a device would never answer.
extern "C" int open(const char* path, int flags, ...) {
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0) {
        va_list more;
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    const int file = ::openat(AT_FDCWD, path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, mode);
    struct stat status{};
    if (file < 0 || ::fstat(file, &status) != 0) return file;
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return file;
    ::close(file);
    errno = ENXIO;
    return -1;
}
