// Looks up addresses in a GSYM file that GsymWriter made: from an address to its frames.
//
// The file and its tables are gsym_file.h, the function that holds an address is found by
// function_search.h, what its record says of the address is gsym_record.h.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "gsym/call_walk.h"
#include "gsym/function_search.h"
#include "gsym/gsym_file.h"
#include "gsym/gsym_record.h"
#include "gsym/path_table.h"
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
    /// See GsymFile::of().
    static Expected<GsymReader> of(base::Bytes bytes, const BuildId& build_id,
                                   std::uint64_t placement);

    /// Replaces `frames`, innermost first. Their views live as long as this reader. An answer that
    /// damaged bytes stand in the way of is `ask`, and damaged() is true from then on.
    Answer lookup(std::uint64_t address, std::vector<Frame>& frames);
    bool damaged() const { return file_.damaged(); }
    std::uint32_t functions() const { return file_.functions(); }
    /// Whether the file had symbols: else a place without frames has Miss::no_symbols.
    bool has_symbols() const { return file_.has_symbols(); }
    /// What it was made of.
    IndexOrigin origin() { return file_.origin(); }

private:
    explicit GsymReader(GsymFile file) : file_(std::move(file)) {}
    Answer without_function(std::uint64_t address);
    void add_frames(const GsymRecord& record, std::uint64_t address, std::vector<Frame>& frames);

    GsymFile file_;
    FunctionSearch search_;
    PathTable paths_;
    std::vector<InlinedCall> calls_;  ///< of the lookup at hand, outermost first
};

}  // namespace symline::gsym
