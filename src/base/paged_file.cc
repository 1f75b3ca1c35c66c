#include "base/paged_file.h"

#include <algorithm>
#include <cstring>

namespace symline::base {

Expected<PagedFile> PagedFile::open(const std::string& path) {
    auto file = RegularFile::open(path);
    if (!file) return std::unexpected(std::move(file.error()));
    return PagedFile(std::move(*file));
}

/// The last block of the file may be shorter than others: the rest of its bytes mean nothing.
const PagedFile::Block* PagedFile::block(std::uint64_t number) const {
    auto& kept = blocks_[number % kBlocks];
    if (kept == nullptr) kept = std::make_unique<Block>();
    if (kept->number == number) return kept.get();
    const auto size = std::min<std::uint64_t>(kBlock, file_.size() - number * kBlock);
    kept->number = ~std::uint64_t{0};
    if (!file_.read(number * kBlock, std::span(kept->bytes).first(size))) return nullptr;
    kept->number = number;
    return kept.get();
}

bool PagedFile::read(std::uint64_t offset, std::span<std::uint8_t> to) const {
    if (offset > size() || to.size() > size() - offset) return false;
    if (to.size() >= kBlock) return file_.read(offset, to);
    while (!to.empty()) {
        const Block* from = block(offset / kBlock);
        if (from == nullptr) return false;
        const auto within = static_cast<std::size_t>(offset % kBlock);
        const auto piece = std::min(to.size(), kBlock - within);
        std::memcpy(to.data(), from->bytes.data() + within, piece);
        offset += piece;
        to = to.subspan(piece);
    }
    return true;
}

}  // namespace symline::base
