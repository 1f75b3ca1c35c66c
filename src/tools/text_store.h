// Many texts, stored one after the other in pieces that never move. A single string would be copied
// whenever it grows, and would need twice the memory while it is copied.
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

    /// Append the next text, of less than 4 GB, to this string.
    std::string& begin() {
        constexpr std::size_t kRoom = std::size_t{16} * 1024;  // few texts are longer
        if (pieces_.empty() || pieces_.back().size() > kPiece - kRoom) {
            pieces_.emplace_back().reserve(kPiece);
        }
        start_ = pieces_.back().size();
        return pieces_.back();
    }
    /// The text that was appended since begin().
    Slice end() const {
        return {static_cast<std::uint32_t>(pieces_.size() - 1), static_cast<std::uint32_t>(start_),
                static_cast<std::uint32_t>(pieces_.back().size() - start_)};
    }

    std::string_view operator[](const Slice& slice) const {
        return std::string_view(pieces_[slice.piece]).substr(slice.offset, slice.size);
    }
    /// The start of a text, which is not read.
    const char* start(const Slice& slice) const {
        return pieces_[slice.piece].data() + slice.offset;
    }

private:
    static constexpr std::size_t kPiece = std::size_t{1024} * 1024;

    std::vector<std::string> pieces_;
    std::size_t start_ = 0;
};

}  // namespace symline::tools
