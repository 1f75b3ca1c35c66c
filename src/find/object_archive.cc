#include "find/object_archive.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

#include "elf/architecture_name.h"

namespace symline::find {
namespace {

constexpr std::string_view kPlainMagic = "!<arch>\n";
constexpr std::string_view kThinMagic = "!<thin>\n";
constexpr std::string_view kBigMagic = "<bigaf>\n";
/// libLLVM.a has 20,000 members fewer than this; AIX's point at each other, maybe in a circle.
constexpr std::size_t kMaxMembers = 1'000'000;
/// PATH_MAX: thin archives name their members by paths.
constexpr std::size_t kMaxName = 4096;
/// Of one name: an archive of all translations of a file for several machines has ten.
constexpr std::size_t kMaxNamesakes = 1000;

std::string_view text_of(base::Bytes bytes, std::uint64_t offset, std::uint64_t size) {
    if (offset > bytes.size() || size > bytes.size() - offset) return {};
    return {reinterpret_cast<const char*>(bytes.data()) + offset, size};
}

std::string_view without_end(std::string_view text, char padding) {
    return text.substr(0, text.find_last_not_of(padding) + 1);
}

/// A decimal number, filled up with spaces.
std::optional<std::uint64_t> number(std::string_view field) {
    field = without_end(field, ' ');
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc{} || stop != field.data() + field.size()) return std::nullopt;
    return value;
}

Error damaged(std::string message) {
    return {ErrorCode::malformed, {}, std::move(message)};
}

/// struct ar_hdr
struct Header {
    static constexpr std::uint64_t kSize = 60;
    std::string_view name;
    std::uint64_t size = 0;
};

std::optional<Header> header_at(base::Bytes archive, std::uint64_t offset) {
    const auto text = text_of(archive, offset, Header::kSize);
    if (text.empty() || !text.ends_with("`\n")) return std::nullopt;
    const auto size = number(text.substr(48, 10));
    if (!size) return std::nullopt;
    return Header{without_end(text.substr(0, 16), ' '), *size};
}

/// Reads the members of an archive of ar.
class Reader {
public:
    Reader(base::Bytes archive, bool thin) : archive_(archive), thin_(thin) {}

    Expected<std::vector<ArchiveMember>> named(std::string_view wanted) {
        std::vector<ArchiveMember> found;
        std::uint64_t at = kPlainMagic.size();
        for (std::size_t count = 0; at + 1 < archive_.size() && count < kMaxMembers; ++count) {
            if (found.size() == kMaxNamesakes) break;
            const auto header = header_at(archive_, at);
            if (!header) return std::unexpected(damaged("a damaged header of an archive member"));
            at += Header::kSize;
            const bool is_table = is_symbol_table(header->name) || header->name == "//";
            const std::uint64_t stored = thin_ && !is_table ? 0 : header->size;
            if (stored > archive_.size() - at) {
                return std::unexpected(damaged("an archive member lies beyond the end"));
            }
            const auto bytes = archive_.subspan(at, stored);
            if (header->name == "//") {
                long_names_ = text_of(bytes, 0, bytes.size());
            } else if (!is_table) {
                add(*header, bytes, wanted, found);
            }
            at += stored + stored % 2;
        }
        return found;
    }

private:
    static bool is_symbol_table(std::string_view name) {
        return name == "/" || name == "/SYM64/" || name.starts_with("__.SYMDEF");
    }

    void add(const Header& header, base::Bytes bytes, std::string_view wanted,
             std::vector<ArchiveMember>& found) const {
        const std::string_view name = name_of(header, bytes);
        const auto slash = thin_ ? name.rfind('/') : std::string_view::npos;
        const std::string_view last =
            slash == std::string_view::npos ? name : name.substr(slash + 1);
        if (name != wanted && last != wanted) return;
        found.push_back({std::string(name), bytes, thin_ ? std::string(name) : std::string()});
    }

    /// BSD puts a long name in front of the member's bytes, of which it is taken off.
    std::string_view name_of(const Header& header, base::Bytes& bytes) const {
        std::string_view name = header.name;
        if (name.starts_with("#1/")) {
            const auto size = number(name.substr(3));
            if (!size || *size > bytes.size()) return {};
            name = without_end(text_of(bytes, 0, *size), '\0');
            bytes = bytes.subspan(*size);
            return name;
        }
        if (name.starts_with('/')) {
            const auto offset = number(name.substr(1));
            if (!offset || *offset >= long_names_.size()) return {};
            name = long_names_.substr(*offset, kMaxName);
            name = name.substr(0, name.find('\n'));
        }
        return name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
    }

    base::Bytes archive_;
    bool thin_;
    std::string_view long_names_;
};

/// AIX's: a list whose links are decimal offsets.
Expected<std::vector<ArchiveMember>> big_members(base::Bytes archive, std::string_view wanted) {
    constexpr std::uint64_t kFixedSize = 112;  // ar_hdr_big, without the name
    constexpr std::uint64_t kFirstMember = 68;
    std::vector<ArchiveMember> found;
    auto at = number(text_of(archive, kFirstMember, 20));
    for (std::size_t count = 0; at && *at != 0 && count < kMaxMembers; ++count) {
        if (found.size() == kMaxNamesakes) break;
        const auto fixed = text_of(archive, *at, kFixedSize);
        const auto size = fixed.empty() ? std::nullopt : number(fixed.substr(0, 20));
        const auto name_size = fixed.empty() ? std::nullopt : number(fixed.substr(108, 4));
        if (!size || !name_size) {
            return std::unexpected(damaged("a damaged header of an archive member"));
        }
        const std::uint64_t name_at = *at + kFixedSize;
        const auto name = text_of(archive, name_at, *name_size);
        const std::uint64_t bytes_at = name_at + *name_size + *name_size % 2 + 2;
        if (name.size() != *name_size || bytes_at > archive.size() ||
            *size > archive.size() - bytes_at) {
            return std::unexpected(damaged("an archive member lies beyond the end"));
        }
        if (name == wanted && !name.empty())
            found.push_back({std::string(name), archive.subspan(bytes_at, *size), {}});
        at = number(fixed.substr(20, 20));
    }
    return found;
}

}  // namespace

Expected<std::vector<ArchiveMember>> members_named(base::Bytes archive, std::string_view name) {
    const auto magic = text_of(archive, 0, kPlainMagic.size());
    if (magic == kBigMagic) return big_members(archive, name);
    if (magic == kPlainMagic || magic == kThinMagic) {
        if (name.empty()) return std::vector<ArchiveMember>();
        return Reader(archive, magic == kThinMagic).named(name);
    }
    return std::unexpected(Error{ErrorCode::archive, {}, "not an archive"});
}

std::string_view architecture_of(base::Bytes object) {
    if (text_of(object, 0, 4) == "\177ELF") return elf::architecture_name(object);
    const auto magic = text_of(object, 0, 2);
    if (magic == "\x01\xdf") return "ppc";
    if (magic == "\x01\xf7") return "ppc64";
    if (magic == "\x64\x86") return "x86_64";
    if (magic == "\x4c\x01") return "i386";
    return {};
}

}  // namespace symline::find
