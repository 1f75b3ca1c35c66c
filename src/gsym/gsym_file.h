// A GSYM file that GsymWriter made, as tables: where each part of it stands, and what it holds.
//
// Nothing in the file is trusted: whatever is read lies inside of it and is as it was written, and
// the file says of which build it is. A GSYM file of another program has no checksums and is
// refused.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "gsym/checked_bytes.h"
#include "gsym/gsym_format.h"
#include "gsym/index_origin.h"
#include "symline/build_id.h"
#include "symline/error.h"

namespace symline::gsym {

class GsymFile {
public:
    /// `bytes` must outlive the result. Errors, with a message that says what of: mismatch (another
    /// build id or another placement of the code), malformed, unsupported (made by another program
    /// or another version).
    static Expected<GsymFile> of(base::Bytes bytes, const BuildId& build_id,
                                 std::uint64_t placement);

    bool has_symbols() const { return (flags_ & kHasSymbols) != 0; }
    std::uint32_t functions() const { return function_count_; }
    std::uint32_t files() const { return file_count_; }
    bool damaged() const { return bytes_.damaged(); }
    void note_damage() { bytes_.note_damage(); }

    /// Function addresses are stored as distances from this one,
    std::uint64_t base() const { return base_; }
    /// of so many bytes each, in one sorted table.
    std::uint8_t width() const { return width_; }
    /// The whole table; empty when it is damaged.
    base::Bytes addresses() {
        return bytes_.at(kHeaderSize, std::uint64_t{function_count_} * width_);
    }
    std::uint64_t address_of(std::uint32_t function) {
        return base_ + bytes_.word(kHeaderSize + std::uint64_t{function} * width_, width_);
    }
    /// The record of a function, and what follows it up to that of the next one.
    base::Bytes record(std::uint32_t function);

    /// The string at an offset of the string table; empty at 0.
    std::string_view string(std::uint64_t offset) {
        return offset == 0 ? std::string_view{} : bytes_.string(strings_at_ + offset, strings_end_);
    }
    /// The string at an offset will be read soon.
    void prefetch_string(std::uint64_t offset) const { bytes_.prefetch(strings_at_ + offset); }

    struct FunctionNames {
        std::string_view name, linkage_name;
    };
    /// The names of a function whose record names the string at an offset.
    FunctionNames names(std::uint32_t offset);
    /// A source file (< files()) in the parts that it is stored in.
    struct FilePath {
        std::string_view directory, name;
        std::uint32_t prefix;  ///< SourceLocation::compilation_directory_size
    };
    FilePath path(std::uint32_t file);
    /// What it was made of; the path is a view of the file.
    IndexOrigin origin();
    /// Whether an address was left to the debug information.
    bool in_gap(std::uint64_t address);

private:
    Expected<void> read_footer(base::Bytes bytes, std::uint64_t placement);
    Expected<void> read_header(const BuildId& build_id);
    std::uint64_t part(Part which) const { return parts_[static_cast<std::size_t>(which)]; }

    CheckedBytes bytes_;
    std::array<std::uint64_t, kPartCount> parts_{};  ///< where each begins
    IndexOrigin origin_;
    std::uint32_t flags_ = 0;
    std::uint8_t width_ = 1;
    std::uint64_t base_ = 0;
    std::uint32_t function_count_ = 0;
    std::uint32_t file_count_ = 0;
    std::uint64_t info_offsets_at_ = 0, files_at_ = 0;
    std::uint64_t strings_at_ = 0, strings_end_ = 0;
};

}  // namespace symline::gsym
