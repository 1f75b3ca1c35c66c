// libarchive, loaded when the first package or compressed kernel is read. Linking to it would make
// every start load the fifteen libraries that it needs.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "symline/error.h"

namespace symline::find {

/// The functions in use, with the types of libarchive's own header.
struct ArchiveLibrary {
    decltype(&::archive_read_new) read_new;
    decltype(&::archive_read_free) read_free;
    decltype(&::archive_read_support_filter_bzip2) support_filter_bzip2;
    decltype(&::archive_read_support_filter_gzip) support_filter_gzip;
    decltype(&::archive_read_support_filter_lzma) support_filter_lzma;
    decltype(&::archive_read_support_filter_lz4) support_filter_lz4;
    decltype(&::archive_read_support_filter_rpm) support_filter_rpm;
    decltype(&::archive_read_support_filter_xz) support_filter_xz;
    decltype(&::archive_read_support_filter_zstd) support_filter_zstd;
    decltype(&::archive_filter_code) filter_code;
    decltype(&::archive_read_support_format_ar) support_format_ar;
    decltype(&::archive_read_support_format_tar) support_format_tar;
    decltype(&::archive_read_support_format_cpio) support_format_cpio;
    decltype(&::archive_read_support_format_raw) support_format_raw;
    decltype(&::archive_read_open_filename) open_filename;
    decltype(&::archive_read_open_memory) open_memory;
    decltype(&::archive_read_open_fd) open_descriptor;
    decltype(&::archive_read_open) open;
    decltype(&::archive_read_next_header) next_header;
    decltype(&::archive_read_data) data;
    decltype(&::archive_error_string) error_string;
    decltype(&::archive_entry_pathname) entry_pathname;
    decltype(&::archive_entry_symlink) entry_symlink;
    decltype(&::archive_entry_hardlink) entry_hardlink;
    decltype(&::archive_entry_filetype) entry_filetype;
    decltype(&::archive_entry_size) entry_size;

    /// Those that libarchive undoes by itself. For others it starts programs, such as lzop.
    void support_filters(archive* reader) const;
    /// Error::unsupported, with the loader's reason, where it is not installed.
    static Expected<const ArchiveLibrary*> load();
};

/// An archive that is being read.
using ArchiveHandle = std::unique_ptr<archive, decltype(&::archive_read_free)>;

inline ArchiveHandle new_archive(const ArchiveLibrary& library) {
    return {library.read_new(), library.read_free};
}

}  // namespace symline::find
