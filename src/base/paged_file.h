// A file that may be larger than memory, or than what a process may map: read in blocks, of which
// the last ones are kept. A file that becomes shorter meanwhile is an answer, not a SIGBUS.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/regular_file.h"

namespace symline::base {

class PagedFile {
public:
    /// Errors: those of RegularFile::open.
    static Expected<PagedFile> open(const std::string& path);
    explicit PagedFile(RegularFile file) : file_(std::move(file)), blocks_(kBlocks) {}

    std::uint64_t size() const { return file_.size(); }
    /// False when not all of it is in the file. Not for two threads at once.
    bool read(std::uint64_t offset, std::span<std::uint8_t> to) const;

private:
    /// What is read lies close together (a stack, a list), and small: of the 500 stacks of a core
    /// one block each is read.
    static constexpr std::size_t kBlock = 16384;
    /// 2 MB in all.
    static constexpr std::size_t kBlocks = 128;
    struct Block {
        std::uint64_t number = ~std::uint64_t{0};
        std::array<std::uint8_t, kBlock> bytes;
    };
    const Block* block(std::uint64_t number) const;

    RegularFile file_;
    mutable std::vector<std::unique_ptr<Block>> blocks_;  ///< at their number modulo kBlocks
};

}  // namespace symline::base
