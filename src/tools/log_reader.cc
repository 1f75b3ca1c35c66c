#include "tools/log_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace symline::tools {
namespace {

constexpr std::size_t kBlock = std::size_t{256} * 1024;

base::Packing packing_of(std::string_view start) {
    return base::packing_of({reinterpret_cast<const std::uint8_t*>(start.data()), start.size()});
}

/// Whether more bytes may make it the start of compressed data.
bool is_cut(std::string_view start) {
    using namespace std::string_view_literals;
    constexpr std::array kStarts{"\x1f\x8b\x08"sv, "\xfd\x37\x7a\x58\x5a\x00"sv,
                                 "\x28\xb5\x2f\xfd"sv};
    return std::ranges::any_of(kStarts, [&](std::string_view whole) {
        return start.size() < whole.size() && whole.starts_with(start);
    });
}

}  // namespace

LogReader::LogReader(int descriptor) : descriptor_(descriptor), block_(kBlock) {}

bool LogReader::ready(int milliseconds) const {
    if (!packed_.empty() || has_more_) return true;
    pollfd state{descriptor_, POLLIN, 0};
    return ::poll(&state, 1, milliseconds) > 0;
}

std::string_view LogReader::read_bytes() {
    const auto count = ::read(descriptor_, block_.data(), block_.size());
    if (count > 0) return {block_.data(), static_cast<std::size_t>(count)};
    if (count < 0 && errno == EINTR) return {};
    if (count < 0 && errno == EAGAIN) {
        // Only a caller that set O_NONBLOCK gets here: wait instead of spinning.
        ready(-1);
        return {};
    }
    if (count < 0) problem_ = std::strerror(errno);
    bytes_ended_ = true;
    return {};
}

std::string_view LogReader::read() {
    const auto bytes = next_bytes();
    return encoding_.convert(bytes, ended_);
}

std::string_view LogReader::next_bytes() {
    if (unpacker_ != nullptr) return unpack();
    const auto bytes = read_bytes();
    if (!opened_) return open(bytes);
    ended_ = bytes_ended_;
    return bytes;
}

/// Once enough of the start is there, decides what it is of.
std::string_view LogReader::open(std::string_view bytes) {
    start_ += bytes;
    if (is_cut(start_) && !bytes_ended_) return {};
    opened_ = true;
    unpacker_ = make_stream_unpacker(packing_of(start_));
    if (unpacker_ == nullptr) {
        ended_ = bytes_ended_;
        return start_;
    }
    unpacked_.resize(kBlock);
    packed_ = start_;
    return unpack();
}

std::string_view LogReader::unpack() {
    if (packed_.empty() && !has_more_ && !bytes_ended_) packed_ = read_bytes();
    std::span<char> room(unpacked_);
    const auto before = packed_.size();
    bool sound = unpacker_->run(packed_, room, bytes_ended_);
    const bool stuck = before != 0 && packed_.size() == before && room.size() == unpacked_.size();
    sound = sound && !stuck;
    has_more_ = room.empty();
    ended_ = !sound || (packed_.empty() && !has_more_ && bytes_ended_);
    if (ended_ && problem_.empty()) {
        if (!sound) {
            problem_ = "compressed data is damaged";
        } else if (!unpacker_->complete()) {
            problem_ = "compressed data ends too early";
        }
    }
    return {unpacked_.data(), unpacked_.size() - room.size()};
}

}  // namespace symline::tools
