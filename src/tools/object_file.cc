#include "tools/object_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "elf/elf_file.h"
#include "find/object_archive.h"
#include "symbolize/open_module.h"

namespace symline::tools {
namespace {

/// What is read from standard input stays in memory.
constexpr std::uint64_t kMaxInput = std::uint64_t{2} << 30;

struct Name {
    std::string file;
    std::optional<std::string> member;
    std::string architecture;
};

bool is_architecture(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
}

bool exists(const std::string& path) {
    std::error_code problem;
    return std::filesystem::exists(path, problem);
}

/// "lib.a(member.o):arch", of which the parts after the first one may be left out.
Name take_apart(std::string name) {
    Name parts;
    const auto colon = name.rfind(':');
    if (colon != std::string::npos && is_architecture(std::string_view(name).substr(colon + 1))) {
        parts.architecture = name.substr(colon + 1);
        name.resize(colon);
    }
    const auto bracket = name.rfind('(');
    if (name.ends_with(')') && bracket != std::string::npos) {
        parts.member = name.substr(bracket + 1, name.size() - bracket - 2);
        name.resize(bracket);
    }
    parts.file = std::move(name);
    return parts;
}

Error failure(std::string message) {
    return {ErrorCode::unreadable, {}, std::move(message)};
}

Expected<base::MemoryFile*> copy_input(base::MemoryFile& copy) {
    std::array<std::uint8_t, 1 << 16> buffer;
    std::uint64_t total = 0;
    while (true) {
        const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::unexpected(failure(std::strerror(errno)));
        if (count == 0) return &copy;
        total += static_cast<std::uint64_t>(count);
        if (total > kMaxInput || !copy.write({buffer.data(), static_cast<std::size_t>(count)})) {
            return std::unexpected(failure("there is no room for all of it in memory"));
        }
    }
}

/// GNU addr2line takes no members. LLVM's programs (22.1.8) refuse a name that several members
/// have, too: which of them is meant is not known.
std::string not_one_member(const std::string& archive, const std::string& name,
                           const ObjectFileRules& rules,
                           std::span<const find::ArchiveMember> members) {
    if (rules.llvm_words) {
        return "no matching member '" + name + "' with arch '" + rules.architecture + "' in '" +
               archive + "'";
    }
    const std::string wanted =
        "'" + name + "'" + (rules.architecture.empty() ? "" : " for " + rules.architecture);
    if (members.empty()) return "no member " + wanted + " in '" + archive + "'";
    return std::to_string(members.size()) + " members " + wanted + " in '" + archive + "'";
}

std::string path_in_other_processes(const base::MemoryFile& file) {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file.descriptor());
}

}  // namespace

std::optional<Expected<ObjectFile>> ObjectFile::named(const std::string& name,
                                                      const ObjectFileRules& rules) {
    if (name == "-") return standard_input();
    Name parts = take_apart(name);
    if (parts.file.size() == name.size() || !exists(parts.file)) return std::nullopt;
    if (parts.architecture.empty()) parts.architecture = rules.architecture;
    if (!parts.member) return opened(std::move(parts.file), std::move(parts.architecture));
    return member(parts.file, *parts.member, {std::move(parts.architecture), rules.llvm_words});
}

Expected<ObjectFile> ObjectFile::standard_input() {
    auto copy = std::make_unique<base::MemoryFile>("symline-stdin");
    if (const auto copied = copy_input(*copy); !copied) return std::unexpected(copied.error());
    auto file = opened(path_in_other_processes(*copy), {});
    if (file) file->copy_ = std::move(copy);
    return file;
}

Expected<ObjectFile> ObjectFile::opened(std::string path, std::string architecture) {
    auto file = base::MappedFile::open(path);
    if (!file) return std::unexpected(file.error());
    ObjectFile object(*std::move(file), std::move(architecture));
    object.path_ = std::move(path);
    return object;
}

Expected<ObjectFile> ObjectFile::member(const std::string& archive, const std::string& name,
                                        ObjectFileRules rules) {
    auto file = base::MappedFile::open(archive);
    if (!file) return std::unexpected(file.error());
    auto members = find::members_named(file->bytes(), name);
    if (!members) {
        const bool other = members.error().code == ErrorCode::archive;
        return std::unexpected(
            failure(other ? "'" + archive + "' is not a valid archive" : members.error().message));
    }
    if (!rules.architecture.empty()) {
        std::erase_if(*members, [&](const find::ArchiveMember& each) {
            return each.thin_path.empty() &&
                   find::architecture_of(each.bytes) != rules.architecture;
        });
    }
    if (members->size() != 1) {
        return std::unexpected(failure(not_one_member(archive, name, rules, *members)));
    }
    const find::ArchiveMember& found = members->front();
    if (!found.thin_path.empty()) {
        const auto folder = std::filesystem::path(archive).parent_path();
        return opened((folder / found.thin_path).string(), std::move(rules.architecture));
    }
    ObjectFile object(*std::move(file), std::move(rules.architecture));
    object.bytes_ = found.bytes;
    return object;
}

Expected<Module> ObjectFile::module(const std::string& name, ModuleOptions options) const {
    auto elf = elf::ElfFile::from_memory(name, bytes_);
    if (!elf) return std::unexpected(elf.error());
    return symbolize::open_module(*std::move(elf), std::move(options));
}

std::string ObjectFile::path() {
    if (!path_.empty()) return path_;
    copy_ = std::make_unique<base::MemoryFile>("symline-member");
    if (copy_->write(bytes_)) path_ = path_in_other_processes(*copy_);
    return path_;
}

}  // namespace symline::tools
