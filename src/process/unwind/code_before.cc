#include "process/unwind/code_before.h"

#include <algorithm>

namespace symline::process {
namespace {

/// Of what follows, so that the last instruction is whole.
constexpr std::size_t kAfter = 4;
/// Memory may begin anywhere: where no more is there, smaller pieces are tried.
constexpr std::size_t kPieces[] = {2048, 256, 32, 4, 2};

}  // namespace

CodeBefore::CodeBefore(const Memory& memory, std::uint64_t end)
    : bytes_(kMaxSize + kAfter), begin_(end), end_(end) {
    const auto place = [&](std::uint64_t address, std::size_t size) {
        return std::span(bytes_).subspan(kMaxSize - (end - address), size);
    };
    for (const std::size_t piece : kPieces) {
        while (begin_ >= piece && end - begin_ + piece <= kMaxSize &&
               memory.read(begin_ - piece, place(begin_ - piece, piece))) {
            begin_ -= piece;
        }
    }
    if (memory.read(end, place(end, kAfter))) end_ += kAfter;
    first_ = kMaxSize - (end - begin_);
}

bool CodeBefore::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    if (address < begin_ || address > end_ || to.size() > end_ - address) return false;
    std::ranges::copy(std::span(bytes_).subspan(first_ + (address - begin_), to.size()),
                      to.begin());
    return true;
}

}  // namespace symline::process
