#include "find/package/archive_library.h"

#include <dlfcn.h>

#include <string>

namespace symline::find {
namespace {

/// Since libarchive 3.0 (2011); lz4 since 3.2 (2016).
constexpr const char* kName = "libarchive.so.13";

struct Loaded {
    ArchiveLibrary functions{};
    std::string failure;
};

template <typename Function>
void load_symbol(void* library, const char* name, Function& function, std::string& failure) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function == nullptr) failure = std::string(kName) + " has no " + name;
}

Loaded load_once() {
    Loaded loaded;
    void* library = ::dlopen(kName, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char* reason = ::dlerror();
        loaded.failure = reason == nullptr ? kName : reason;
        return loaded;
    }
    ArchiveLibrary& f = loaded.functions;
    const auto get = [&](const char* name, auto& function) {
        load_symbol(library, name, function, loaded.failure);
    };
    get("archive_read_new", f.read_new);
    get("archive_read_free", f.read_free);
    get("archive_read_support_filter_bzip2", f.support_filter_bzip2);
    get("archive_read_support_filter_gzip", f.support_filter_gzip);
    get("archive_read_support_filter_lzma", f.support_filter_lzma);
    get("archive_read_support_filter_lz4", f.support_filter_lz4);
    get("archive_read_support_filter_rpm", f.support_filter_rpm);
    get("archive_read_support_filter_xz", f.support_filter_xz);
    get("archive_read_support_filter_zstd", f.support_filter_zstd);
    get("archive_filter_code", f.filter_code);
    get("archive_read_support_format_ar", f.support_format_ar);
    get("archive_read_support_format_tar", f.support_format_tar);
    get("archive_read_support_format_cpio", f.support_format_cpio);
    get("archive_read_support_format_raw", f.support_format_raw);
    get("archive_read_open_filename", f.open_filename);
    get("archive_read_open_memory", f.open_memory);
    get("archive_read_open_fd", f.open_descriptor);
    get("archive_read_open", f.open);
    get("archive_read_next_header", f.next_header);
    get("archive_read_data", f.data);
    get("archive_error_string", f.error_string);
    get("archive_entry_pathname", f.entry_pathname);
    get("archive_entry_symlink", f.entry_symlink);
    get("archive_entry_hardlink", f.entry_hardlink);
    get("archive_entry_filetype", f.entry_filetype);
    get("archive_entry_size", f.entry_size);
    return loaded;
}

}  // namespace

void ArchiveLibrary::support_filters(archive* reader) const {
    for (const auto support : {support_filter_bzip2, support_filter_gzip, support_filter_lz4,
                               support_filter_lzma, support_filter_xz, support_filter_zstd}) {
        support(reader);
    }
}

Expected<const ArchiveLibrary*> ArchiveLibrary::load() {
    static const Loaded loaded = load_once();
    if (!loaded.failure.empty()) {
        return std::unexpected(Error{
            ErrorCode::unsupported, {}, "libarchive is needed to read it: " + loaded.failure});
    }
    return &loaded.functions;
}

}  // namespace symline::find
