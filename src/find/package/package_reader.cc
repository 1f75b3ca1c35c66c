#include "find/package/package_reader.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace symline::find {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;
constexpr std::size_t kMaxPathSize = 4096;

}  // namespace

struct PackageReader::Source {
    Source(const ArchiveLibrary& used, ArchiveHandle opened)
        : library(used), reader(std::move(opened)), block(kBlock) {}

    /// libarchive's read callback.
    static la_ssize_t read(archive*, void* data, const void** block) {
        auto& self = *static_cast<Source*>(data);
        *block = self.block.data();
        return self.library.data(self.reader.get(), self.block.data(), self.block.size());
    }

    const ArchiveLibrary& library;
    ArchiveHandle reader;
    std::vector<char> block;
};

std::optional<std::string> path_inside(std::string_view folder, std::string_view path) {
    std::vector<std::string_view> components;
    const auto walk = [&](std::string_view text) {
        while (!text.empty()) {
            const auto component = text.substr(0, text.find('/'));
            text.remove_prefix(std::min(component.size() + 1, text.size()));
            if (component.empty() || component == ".") continue;
            if (component != "..") {
                components.push_back(component);
                continue;
            }
            if (components.empty()) return false;
            components.pop_back();
        }
        return true;
    };
    // An absolute link in a package is relative to the root that the package is installed in.
    if (!path.starts_with('/') && !walk(folder)) return std::nullopt;
    if (!walk(path)) return std::nullopt;
    std::string inside;
    for (const auto component : components) (inside += inside.empty() ? "" : "/") += component;
    return inside;
}

PackageReader::PackageReader(const ArchiveLibrary& library, std::string path)
    : library_(&library), path_(std::move(path)), files_(new_archive(library)) {}

Error PackageReader::error(archive* reader) const {
    const char* reason = library_->error_string(reader);
    return {ErrorCode::malformed, path_,
            "damaged package: " + std::string(reason == nullptr ? "cannot be read" : reason)};
}

Expected<PackageReader> PackageReader::open(const std::string& path) {
    const auto library = ArchiveLibrary::load();
    if (!library) {
        return std::unexpected(Error{library.error().code, path, library.error().message});
    }
    PackageReader reader(**library, path);
    const bool deb = path.ends_with("deb");
    const auto opened = deb ? reader.open_deb() : reader.open_rpm();
    if (!opened) return std::unexpected(opened.error());
    return reader;
}

/// An ar archive whose member data.tar.* holds the files.
Expected<void> PackageReader::open_deb() {
    source_ = std::make_shared<Source>(*library_, new_archive(*library_));
    archive* outer = source_->reader.get();
    library_->support_format_ar(outer);
    if (library_->open_filename(outer, path_.c_str(), kBlock) != ARCHIVE_OK) {
        return std::unexpected(error(outer));
    }
    for (archive_entry* entry = nullptr;;) {
        const int result = library_->next_header(outer, &entry);
        if (result == ARCHIVE_EOF) {
            return std::unexpected(
                Error{ErrorCode::malformed, path_, "damaged package: it has no data.tar"});
        }
        if (result < ARCHIVE_WARN) return std::unexpected(error(outer));
        const char* name = library_->entry_pathname(entry);
        if (name != nullptr && std::string_view(name).starts_with("data.tar")) break;
    }
    library_->support_filters(files_.get());
    library_->support_format_tar(files_.get());
    if (library_->open(files_.get(), source_.get(), nullptr, Source::read, nullptr) != ARCHIVE_OK) {
        return std::unexpected(error(files_.get()));
    }
    return {};
}

Expected<void> PackageReader::open_rpm() {
    library_->support_filter_rpm(files_.get());
    library_->support_filters(files_.get());
    library_->support_format_cpio(files_.get());
    if (library_->open_filename(files_.get(), path_.c_str(), kBlock) != ARCHIVE_OK) {
        return std::unexpected(error(files_.get()));
    }
    return {};
}

Expected<std::optional<PackageMember>> PackageReader::next() {
    archive_entry* entry = nullptr;
    const int result = library_->next_header(files_.get(), &entry);
    if (result == ARCHIVE_EOF) return std::optional<PackageMember>{};
    if (result < ARCHIVE_WARN) return std::unexpected(error(files_.get()));
    PackageMember member;
    const char* name = library_->entry_pathname(entry);
    const std::string_view raw = name == nullptr ? "" : name;
    const bool climbs = ("/" + std::string(raw) + "/").find("/../") != std::string::npos;
    auto inside = path_inside({}, raw);
    member.leads_out = climbs || !inside || raw.size() > kMaxPathSize;
    member.path = member.leads_out ? std::string(raw) : std::move(*inside);
    const auto slash = member.path.rfind('/');
    const auto folder = slash == std::string::npos ? std::string() : member.path.substr(0, slash);
    if (const char* link = library_->entry_hardlink(entry)) {
        member.target = path_inside({}, link).value_or("");
    } else if (const char* symbolic = library_->entry_symlink(entry)) {
        member.target = path_inside(folder, symbolic).value_or("");
    } else {
        member.regular = library_->entry_filetype(entry) == AE_IFREG;
    }
    const auto size = library_->entry_size(entry);
    member.size = size > 0 ? static_cast<std::uint64_t>(size) : 0;
    return member;
}

Expected<void> PackageReader::copy_to(int descriptor, std::uint64_t limit) {
    std::vector<char> block(kBlock);
    for (std::uint64_t total = 0;;) {
        const auto size = library_->data(files_.get(), block.data(), block.size());
        if (size == 0) return {};
        if (size < 0) return std::unexpected(error(files_.get()));
        total += static_cast<std::uint64_t>(size);
        if (total > limit) {
            return std::unexpected(
                Error{ErrorCode::unsupported, path_, "a member is larger than it claims"});
        }
        for (la_ssize_t done = 0; done < size;) {
            const auto wrote = ::write(descriptor, block.data() + done, size - done);
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote <= 0) {
                return std::unexpected(
                    Error{ErrorCode::unreadable, path_,
                          std::string("cannot be unpacked: ") + std::strerror(errno)});
            }
            done += wrote;
        }
    }
}

}  // namespace symline::find
