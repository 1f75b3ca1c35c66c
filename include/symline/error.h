// Why something could not be looked at. The counterpart for "looked, and found nothing" is Miss.
//
// An Error owns its strings. No function of the library prints, exits or throws; every call that
// can fail returns Expected<T>.
//
//     const auto module = symline::Module::open("/usr/bin/ls");
//     if (!module) std::cerr << module.error().file << ": " << module.error().message << '\n';
#pragma once

#include <expected>
#include <string>

namespace symline {

enum class ErrorCode {
    not_found,        ///< the file does not exist
    is_directory,     ///< the path names a directory
    not_a_file,       ///< a device, socket or pipe
    unreadable,       ///< open, stat or mmap failed; the message carries the system's reason
    empty,            ///< a file of 0 bytes
    not_elf,          ///< no ELF magic
    archive,          ///< an ar archive ("!<arch>"): no addresses of its own
    truncated,        ///< the headers point beyond the end of the file
    malformed,        ///< a header or a section contradicts the ELF or DWARF format
    unsupported,      ///< well formed, but of a kind that is not read (e.g. an unknown compression)
    mismatch,         ///< a debug file of another build id
    no_such_section,  ///< a section name that the file does not have
    out_of_range,     ///< an offset beyond the end of its section
    no_index,         ///< an index was required, and there is none
    unusable_index,   ///< an index was required, and the one that is there cannot be used
};

/// One failure. `message` is one line without the file's name, without a final full stop, such as
/// "section header table lies beyond the end of the file".
struct Error {
    ErrorCode code = ErrorCode::malformed;
    std::string file;     ///< the file it happened to, as the caller named it; may be empty
    std::string message;  ///< what happened
};

template <typename T>
using Expected = std::expected<T, Error>;

}  // namespace symline
