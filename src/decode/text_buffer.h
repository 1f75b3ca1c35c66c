// The text that was fed and not consumed yet, cut into lines that stay where they are.
//
// It lies in chunks. A line is always whole in one of them: what has no end yet when a chunk is
// full is copied to the front of the next one. So views into lines stay valid while more text
// comes, until the consumer has gone on to a line of a later chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace symline::decode {

/// A line as the text has it.
struct TextLine {
    std::string_view text;    ///< without its end
    std::string_view end;     ///< "\n", "\r\n", "\r\r\n"; empty: the text ends, or the line goes on
    std::uint64_t chunk = 0;  ///< see TextBuffer::release_before
};

class TextBuffer {
public:
    /// A longer line comes as several without an end.
    static constexpr std::size_t kMaxLine = std::size_t{64} * 1024 * 1024;

    void feed(std::string_view text);
    /// Nothing more will be fed: what is left is a line, too.
    void end() { ended_ = true; }
    bool ended() const { return ended_; }
    /// Forgets everything, for another text.
    void clear();

    /// The next line; nothing when there is no whole one.
    std::optional<TextLine> take_line();
    /// Nobody looks at lines of earlier chunks any more.
    void release_before(std::uint64_t chunk) {
        if (reading_ > 0) release_chunks_before(chunk);
    }

private:
    struct Chunk {
        std::unique_ptr<char[]> bytes;
        std::size_t capacity = 0;
        std::size_t filled = 0;
        std::size_t taken = 0;    ///< given out as lines
        std::size_t scanned = 0;  ///< no line end between `taken` and this
        std::uint64_t number = 0;
        std::string_view rest() const { return {bytes.get() + taken, filled - taken}; }
    };

    Chunk make_chunk(std::size_t capacity);
    Chunk& room_for(std::size_t size);
    void release_chunks_before(std::uint64_t chunk);
    std::optional<TextLine> take_from(Chunk& chunk, bool last);

    std::vector<Chunk> chunks_;  ///< two at most, but for lines that are looked ahead of
    Chunk spare_;  ///< a released one, to be used again: fresh memory costs more than copying
    std::uint64_t next_number_ = 0;
    std::size_t reading_ = 0;  ///< which of chunks_ the next line is in
    bool ended_ = false;
};

}  // namespace symline::decode
