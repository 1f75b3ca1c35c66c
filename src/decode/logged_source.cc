#include "decode/logged_source.h"

#include <charconv>

namespace symline {
namespace decode {
namespace {

/// "fork.c:19", also with a column: where it parts.
struct Source {
    std::string_view file;
    std::uint32_t line = 0;
};

/// The number after the last colon, which is taken off with it; 0 where there is none.
std::uint32_t take_number(std::string_view& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return 0;
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, number);
    if (error != std::errc{} || stop != end) return 0;
    text = text.substr(0, colon);
    return number;
}

Source split(std::string_view source) {
    const auto last = take_number(source);
    const auto line = take_number(source);
    return {source, line != 0 ? line : last};
}

}  // namespace

bool ends_with_path(std::string_view path, std::string_view end) {
    while (end.starts_with("./")) end.remove_prefix(2);
    if (end.empty() || !path.ends_with(end)) return false;
    return path.size() == end.size() || end.front() == '/' ||
           path[path.size() - end.size() - 1] == '/';
}

bool begins_at(std::span<const Frame> frames, std::string_view source) {
    const auto [file, line] = split(source);
    if (frames.empty() || line == 0) return false;
    const SourceLocation& location = frames.front().location;
    return location.line == line && ends_with_path(location.file, file);
}

std::optional<std::size_t> candidate_at(const DecodedPlace& place, std::string_view source) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < place.candidates.size(); ++i) {
        if (!begins_at(place.candidates[i].frames, source)) continue;
        if (found) return std::nullopt;
        found = i;
    }
    return found;
}

}  // namespace decode

bool DecodedFrame::location_is_in_text() const {
    const DecodedCandidate* const meant = candidate();
    return meant != nullptr && decode::begins_at(meant->frames, logged.source);
}

}  // namespace symline
