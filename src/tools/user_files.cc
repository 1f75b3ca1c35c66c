#include "tools/user_files.h"

#include <optional>
#include <utility>

namespace symline::tools {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

/// What a text calls an address of a file: an offset in it (perf), the distance from the start of
/// the mapping of its code, or what ELF and DWARF count by.
std::optional<FileAddress> file_address(const Module& module, const log::Occurrence& occurrence) {
    using log::AddressSpace;
    if (!occurrence.address) return std::nullopt;
    const std::uint64_t value = *occurrence.address;
    if (occurrence.space == AddressSpace::mapping) return module.address_in_code_mapping(value);
    if (occurrence.space == AddressSpace::user) {
        const auto& mapping = occurrence.mapping;
        if (value - mapping.base >= mapping.size) return std::nullopt;
        return module.address_in_code_mapping(value - mapping.base);
    }
    if (occurrence.is_file_offset) return module.address_of_file_offset(value);
    if (module.section_offset(FileAddress{value})) return FileAddress{value};
    // A program that is not position independent, by its distance from where it is loaded.
    return module.address_of_file_offset(value);
}

KernelPlaces named(KernelFile& file, const log::Occurrence& occurrence) {
    KernelPlaces answer;
    for (const Symbol* symbol : file.symbols().named(occurrence.symbol)) {
        const std::uint64_t offset = occurrence.offset.value_or(0);
        answer.places.push_back(
            {&file, symbol->address, {symbol->address.value + offset}, symbol->size, true});
    }
    return answer;
}

}  // namespace

std::vector<std::string> UserFiles::paths(std::string_view name, std::string_view build_id) const {
    std::vector<std::string> paths;
    if (!name.empty()) paths.push_back(sysroot_ + std::string(name));
    if (!name.empty() && name.find('/') == std::string_view::npos) {
        // The kernel prints the last component alone.
        for (const char* folder : {"/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/lib64/",
                                   "/usr/lib/x86_64-linux-gnu/", "/usr/lib/aarch64-linux-gnu/"}) {
            paths.push_back(sysroot_ + folder + std::string(name));
        }
    }
    find::KernelFolders folders;
    folders.debug_directories = debug_directories_;
    for (auto& each : find::vmlinux_candidates(folders, {}, BuildId::parse(build_id))) {
        paths.push_back(std::move(each.path));
    }
    return paths;
}

UserFiles::Opened& UserFiles::open(std::string_view name, std::string_view build_id) {
    const std::string key = std::string(name) + '\n' + std::string(build_id);
    const auto [known, fresh] = files_.try_emplace(key);
    Opened& opened = known->second;
    if (!fresh) return opened;
    opened.miss = "no such file";
    const auto id = BuildId::parse(build_id);
    for (const std::string& path : paths(name, build_id)) {
        ModuleOptions options;
        options.debug_directories = debug_directories_;
        auto module = Module::open(path, std::move(options));
        if (!module) {
            if (module.error().code != ErrorCode::not_found) opened.miss = module.error().message;
        } else if (id && module->build_id() != id) {
            opened.miss = "the file has another build id";
        } else {
            opened.file = std::make_unique<KernelFile>(std::move(*module), "path in the text");
            break;
        }
    }
    return opened;
}

KernelPlaces UserFiles::places(const log::Occurrence& occurrence) {
    std::string_view name = occurrence.file;
    if (name.ends_with(kDeleted)) name.remove_suffix(kDeleted.size());
    if (name.starts_with('[') || (name.empty() && occurrence.build_id.empty())) {
        return {{}, "no file"};
    }
    Opened& opened = open(name, occurrence.build_id);
    if (opened.file == nullptr) return {{}, opened.miss};
    KernelFile& file = *opened.file;
    if (const auto address = file_address(file.module, occurrence)) {
        return {{{&file, *address, *address, 0, true}}, {}};
    }
    if (occurrence.symbol.empty()) return {{}, "where the file was mapped is not known"};
    auto answer = named(file, occurrence);
    if (answer.places.empty()) answer.miss = "no such symbol in " + file.module.path();
    return answer;
}

}  // namespace symline::tools
