#include "process/modules/file_roots.h"

#include <unistd.h>

#include <utility>

#include "base/path_in_root.h"
#include "process/live/process_maps.h"

namespace symline::process {
namespace {

struct CrossFolder {
    std::uint16_t machine;  // e_machine
    std::string_view path;
};

/// Of Debian's packages libc6-ARCH-cross; Fedora's sysroots have "/sys-root" behind that.
constexpr CrossFolder kCrossFolders[] = {
    {3, "/usr/i686-linux-gnu"},          {4, "/usr/m68k-linux-gnu"},
    {8, "/usr/mips64el-linux-gnuabi64"}, {8, "/usr/mips64-linux-gnuabi64"},
    {8, "/usr/mipsel-linux-gnu"},        {8, "/usr/mips-linux-gnu"},
    {15, "/usr/hppa-linux-gnu"},         {20, "/usr/powerpc-linux-gnu"},
    {21, "/usr/powerpc64le-linux-gnu"},  {21, "/usr/powerpc64-linux-gnu"},
    {22, "/usr/s390x-linux-gnu"},        {40, "/usr/arm-linux-gnueabihf"},
    {40, "/usr/arm-linux-gnueabi"},      {42, "/usr/sh4-linux-gnu"},
    {43, "/usr/sparc64-linux-gnu"},      {62, "/usr/x86_64-linux-gnu"},
    {183, "/usr/aarch64-linux-gnu"},     {243, "/usr/riscv64-linux-gnu"},
    {258, "/usr/loongarch64-linux-gnu"},
};

bool is_foreign(std::uint16_t machine) {
    const auto own = read_process_format(::getpid());
    return machine != 0 && own && own->machine != machine;
}

}  // namespace

FileRoots::FileRoots(std::string_view sysroot, std::uint16_t machine, WordFormat format)
    : has_sysroot_(!sysroot.empty()), machine_(machine), format_(format) {
    if (has_sysroot_) roots_.emplace_back(sysroot);
    if (!has_sysroot_ || is_foreign(machine)) roots_.emplace_back();
}

void FileRoots::add_cross_folders(const std::string& interpreter) {
    if (has_sysroot_ || machine_ == 0 || !interpreter.starts_with('/') || open(interpreter)) return;
    for (const CrossFolder& each : kCrossFolders) {
        if (each.machine != machine_) continue;
        for (const std::string_view behind : {"", "/sys-root"}) {
            auto root = std::string(each.path) + std::string(behind);
            if (open(root + interpreter)) roots_.push_back(std::move(root));
        }
    }
}

std::optional<elf::ElfFile> FileRoots::open(const std::string& path) const {
    auto file = elf::ElfFile::open(path);
    const bool fits = file && (machine_ == 0 || file->machine() == machine_) &&
                      file->address_size() == format_.size &&
                      file->big_endian() == format_.big_endian;
    return fits ? std::optional(std::move(*file)) : std::nullopt;
}

std::optional<std::string> FileRoots::find(const std::string& path) const {
    for (const std::string& root : roots_) {
        auto inside = base::path_in_root(root, path);
        if (inside && open(*inside)) return inside;
    }
    return std::nullopt;
}

}  // namespace symline::process
