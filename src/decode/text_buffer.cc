#include "decode/text_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace symline::decode {
namespace {

constexpr std::size_t kChunk = std::size_t{512} * 1024;

}  // namespace

TextBuffer::Chunk TextBuffer::make_chunk(std::size_t capacity) {
    Chunk chunk;
    if (spare_.capacity >= capacity) chunk = std::exchange(spare_, {});
    if (chunk.capacity < capacity) {
        chunk.capacity = std::max(capacity, kChunk);
        chunk.bytes = std::make_unique_for_overwrite<char[]>(chunk.capacity);
    }
    chunk.filled = chunk.taken = chunk.scanned = 0;
    chunk.number = next_number_++;
    return chunk;
}

/// The last chunk, when `size` bytes more fit; else a new one that begins with the line which the
/// last one has only a part of.
TextBuffer::Chunk& TextBuffer::room_for(std::size_t size) {
    if (!chunks_.empty() && chunks_.back().capacity - chunks_.back().filled >= size) {
        return chunks_.back();
    }
    std::string_view part;
    std::size_t scanned = 0;
    if (!chunks_.empty()) {
        const Chunk& last = chunks_.back();
        const auto rest = last.rest();
        const auto end = rest.rfind('\n');
        part = end == std::string_view::npos ? rest : rest.substr(end + 1);
        if (part.size() == rest.size()) scanned = std::max(last.scanned, last.taken) - last.taken;
    }
    // Twice the size, so that a line that comes in small pieces is not copied for each of them.
    Chunk chunk = make_chunk(2 * part.size() + size);
    if (!part.empty()) std::memcpy(chunk.bytes.get(), part.data(), part.size());
    chunk.filled = part.size();
    chunk.scanned = scanned;
    if (!chunks_.empty()) {
        Chunk& last = chunks_.back();
        last.filled -= part.size();
        last.scanned = std::min(last.scanned, last.filled);
    }
    chunks_.push_back(std::move(chunk));
    return chunks_.back();
}

void TextBuffer::feed(std::string_view text) {
    if (text.empty()) return;
    Chunk& chunk = room_for(text.size());
    std::memcpy(chunk.bytes.get() + chunk.filled, text.data(), text.size());
    chunk.filled += text.size();
}

void TextBuffer::clear() {
    chunks_.clear();
    reading_ = 0;
    ended_ = false;
}

std::optional<TextLine> TextBuffer::take_from(Chunk& chunk, bool last) {
    const char* const bytes = chunk.bytes.get();
    const char* const from = bytes + chunk.taken;
    chunk.scanned = std::max(chunk.scanned, chunk.taken);
    const void* const found =
        std::memchr(bytes + chunk.scanned, '\n', chunk.filled - chunk.scanned);
    if (found == nullptr) {
        chunk.scanned = chunk.filled;
        const std::size_t size = chunk.filled - chunk.taken;
        if (size == 0 || !last || (!ended_ && size < kMaxLine)) return std::nullopt;
        chunk.taken = chunk.filled;
        return TextLine{{from, size}, {}, chunk.number};
    }
    const char* const end = static_cast<const char*>(found);
    chunk.taken = chunk.scanned = static_cast<std::size_t>(end - bytes) + 1;
    // Two returns: a terminal added its own to the log's.
    constexpr int kMaxReturns = 2;
    const char* text_end = end;
    for (int i = 0; i < kMaxReturns && text_end > from && text_end[-1] == '\r'; ++i) --text_end;
    return TextLine{{from, text_end}, {text_end, end + 1}, chunk.number};
}

std::optional<TextLine> TextBuffer::take_line() {
    for (; reading_ < chunks_.size(); ++reading_) {
        const bool last = reading_ + 1 == chunks_.size();
        if (auto line = take_from(chunks_[reading_], last)) return line;
        if (last) break;
    }
    return std::nullopt;
}

void TextBuffer::release_chunks_before(std::uint64_t chunk) {
    while (!chunks_.empty() && reading_ > 0 && chunks_.front().number < chunk) {
        if (chunks_.front().capacity > spare_.capacity) spare_ = std::move(chunks_.front());
        chunks_.erase(chunks_.begin());
        --reading_;
    }
    // A chunk that one long line made is not kept for ever.
    if (spare_.capacity > 4 * kChunk) spare_ = {};
}

}  // namespace symline::decode
