#include "find/kernel_names.h"

#include <algorithm>
#include <string_view>

#include "base/path.h"
#include "find/kernel_layout.h"

namespace symline::find {
namespace {

/// Without one of these sections any object file would pass for a module.
bool is_module(const elf::ElfFile& file) {
    return file.relocatable() && (file.section(".gnu.linkonce.this_module") != nullptr ||
                                  file.section(".modinfo") != nullptr);
}

bool is_vmlinux(const elf::ElfFile& file) {
    if (file.relocatable()) return false;
    return file.section("__ksymtab") != nullptr || file.section(".init.text") != nullptr;
}

std::string_view text_of(const elf::ElfFile& file, std::string_view name) {
    const Section* section = file.section(name);
    const auto bytes = section == nullptr ? base::Bytes{} : file.contents(*section);
    if (!bytes) return {};
    return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

/// The value of "KEY=value" among the strings of .modinfo.
std::string_view module_info(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        const auto entry = text.substr(0, text.find('\0'));
        if (entry.starts_with(key) && entry.substr(key.size()).starts_with('=')) {
            return entry.substr(key.size() + 1);
        }
        text.remove_prefix(std::min(entry.size() + 1, text.size()));
    }
    return {};
}

}  // namespace

std::string kernel_name(const elf::ElfFile& file) {
    if (is_vmlinux(file)) return "vmlinux";
    if (!is_module(file)) return {};
    std::string name(module_info(text_of(file, ".modinfo"), "name"));
    if (name.empty()) {
        return module_name(base::file_name(file.path()));
    }
    std::ranges::replace(name, '-', '_');
    return name;
}

std::string banner_release(std::string_view text) {
    constexpr std::string_view kBegin = "Linux version ";
    constexpr std::size_t kMaxSize = 64;  // __NEW_UTS_LEN
    for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at)) {
        at += kBegin.size();
        const auto release = text.substr(at, text.substr(at, kMaxSize + 1).find(' '));
        // Format strings ("Linux version %s") are in the kernel too.
        const bool number = !release.empty() && release.front() >= '0' && release.front() <= '9';
        if (number && release.size() <= kMaxSize) return std::string(release);
    }
    return {};
}

std::string vermagic_release(std::string_view modinfo) {
    const auto magic = module_info(modinfo, "vermagic");
    return std::string(magic.substr(0, magic.find(' ')));
}

std::string kernel_release(const elf::ElfFile& file) {
    if (is_module(file)) return vermagic_release(text_of(file, ".modinfo"));
    return is_vmlinux(file) ? banner_release(text_of(file, ".rodata")) : std::string();
}

}  // namespace symline::find
