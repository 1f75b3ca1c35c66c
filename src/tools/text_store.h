// Many texts kept one after the other, in pieces that never move: growing one large string copies
// all of it again and again, and takes twice the memory while it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace symline::tools {

class TextStore {
public:
    struct Slice {
        std::uint32_t piece = 0, offset = 0, size = 0;
    };

    /// Where the next text, of less than 4 GB, is to be appended.
    std::string& begin() {
        constexpr std::size_t kRoom = std::size_t{16} * 1024;  // few texts are longer
        if (pieces_.empty() || pieces_.back().size() > kPiece - kRoom) {
            pieces_.emplace_back().reserve(kPiece);
        }
        start_ = pieces_.back().size();
        return pieces_.back();
    }
    /// What was appended since.
    Slice end() const {
        return {static_cast<std::uint32_t>(pieces_.size() - 1), static_cast<std::uint32_t>(start_),
                static_cast<std::uint32_t>(pieces_.back().size() - start_)};
    }

    std::string_view operator[](const Slice& slice) const {
        return std::string_view(pieces_[slice.piece]).substr(slice.offset, slice.size);
    }
    /// Where a text begins, without reading it.
    const char* start(const Slice& slice) const {
        return pieces_[slice.piece].data() + slice.offset;
    }

private:
    static constexpr std::size_t kPiece = std::size_t{1024} * 1024;

    std::vector<std::string> pieces_;
    std::size_t start_ = 0;
};

}  // namespace symline::tools
