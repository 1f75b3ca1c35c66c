// Looks up addresses in a plain GSYM file, as LLVM's symbolizer does: from an address to its
// frames.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "gsym/plain_file.h"
#include "gsym/plain_record.h"
#include "symline/frame.h"

namespace symline::gsym {

/// For one thread at a time.
class PlainReader {
public:
    /// `file` must outlive the result.
    explicit PlainReader(const PlainFile& file) : file_(&file) {}

    /// The frames at an address, innermost first; none where no function holds it. Their text lives
    /// as long as the file's bytes and this reader. Errors: malformed.
    Expected<std::vector<Frame>> lookup(std::uint64_t address);

private:
    Expected<bool> set_place(const PlainPlace& place, SourceLocation& location);
    Expected<std::string_view> path(std::uint32_t number, const PlainFile::FilePath& parts);

    const PlainFile* file_;
    std::unordered_map<std::uint32_t, std::string> paths_;  ///< of two parts, by file
    std::size_t joined_ = 0;                                ///< bytes of `paths_`
};

}  // namespace symline::gsym
