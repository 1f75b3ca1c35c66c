// Reads a GSYM file that GsymWriter made: from an address to its frames.
//
// Nothing in the file is trusted: whatever is read lies inside of it and is as it was written, and
// the file says of which build it is. A GSYM file of another program has no check sums and is
// refused.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "gsym/call_walk.h"
#include "gsym/checked_bytes.h"
#include "gsym/gsym_format.h"
#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/frame.h"

namespace symline::gsym {

/// What an index says of an address.
enum class Answer {
    frames,   ///< these are the frames
    nothing,  ///< no frame: nothing covers the address
    ask,      ///< it does not know: the debug information has to be asked
};

class GsymReader {
public:
    /// `bytes` must outlive the result. Errors, with a message that says what of: mismatch (another
    /// build id or another placement of the code), malformed, unsupported (made by another program
    /// or another version).
    static Expected<GsymReader> of(base::Bytes bytes, const BuildId& build_id,
                                   std::uint64_t placement);

    /// Replaces `frames`, innermost first. Their views live as long as this reader. An answer that
    /// damaged bytes stand in the way of is `ask`, and damaged() is true from then on.
    Answer lookup(std::uint64_t address, std::vector<Frame>& frames);
    bool damaged() const { return bytes_.damaged(); }
    std::uint32_t functions() const { return function_count_; }
    /// Whether the file had symbols: else a place without frames has Miss::no_symbols.
    bool has_symbols() const { return (flags_ & kHasSymbols) != 0; }

private:
    struct Record;
    struct RowState;
    struct Names {
        std::string_view name, linkage_name;
    };

    struct Path {
        std::string_view text;
        std::uint32_t prefix = 0;
        bool read = false;
    };

    Expected<void> read_footer(base::Bytes bytes, std::uint64_t placement);
    Expected<void> read_header(const BuildId& build_id);
    std::uint64_t part(Part which) const { return parts_[static_cast<std::size_t>(which)]; }
    std::uint64_t address_of(std::uint32_t function);
    const std::uint8_t* whole_table();
    std::uint32_t last_function_at(std::uint64_t address);
    template <typename Offset>
    std::uint32_t last_near(const std::uint8_t* table, std::uint64_t offset);
    Answer without_function(std::uint64_t address);
    bool in_gap(std::uint64_t address);
    Record read_record(std::uint32_t function);
    void read_row(Record& record, std::uint64_t address);
    void read_calls(const Record& record, std::uint64_t address);
    static RowState nearest_mark(Record& record, std::uint64_t address);
    void add_details(Record& record);
    void fill(const Record& record, std::vector<Frame>& frames);
    std::string_view string(std::uint64_t offset);
    Names names(std::uint32_t name);
    void set_file(std::uint32_t file, SourceLocation& location);
    void read_path(std::uint32_t file, Path& path);

    CheckedBytes bytes_;
    base::Bytes table_;  ///< see whole_table()
    std::uint32_t lookups_ = 0;
    std::uint32_t last_found_ = 0;  ///< the function of the last lookup
    std::array<std::uint64_t, kPartCount> parts_{};
    std::uint32_t flags_ = 0;
    std::uint8_t width_ = 1;  ///< of an address offset
    std::uint64_t base_ = 0;
    std::uint32_t function_count_ = 0;
    std::uint32_t file_count_ = 0;
    std::uint64_t info_offsets_at_ = 0, files_at_ = 0;
    std::uint64_t strings_at_ = 0, strings_end_ = 0;
    std::vector<Call> calls_;  ///< of the lookup at hand, outermost first
    static constexpr std::size_t kPathsTogether = 32;
    using Paths = std::array<Path, kPathsTogether>;
    std::vector<std::unique_ptr<Paths>> paths_;  ///< by file, joined when first asked for
    std::unique_ptr<std::pmr::monotonic_buffer_resource> joined_ =
        std::make_unique<std::pmr::monotonic_buffer_resource>();  ///< paths of two parts
};

}  // namespace symline::gsym
