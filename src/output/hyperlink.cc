#include "output/hyperlink.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/text.h"
#include "output/numbers.h"

namespace symline::output {
namespace {

using base::is_digit;

/// VTE, and so GNOME's and many other terminals, ignores longer ones.
constexpr std::size_t kMaxUri = 2083;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// RFC 3986's unreserved characters, and the slash.
void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view kUnreserved = "-._~/";
    for (const char c : text) {
        if (is_letter(c) || is_digit(c) || kUnreserved.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        constexpr std::string_view kDigits = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 0xfU];
    }
}

/// A letter, more letters, digits, "+", "-" or ".", a colon.
bool has_scheme(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return false;
    return std::ranges::all_of(text.substr(0, colon), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
}

bool in_uri(char c) {
    return c > 0x20 && c < 0x7f;
}

}  // namespace

std::expected<UrlTemplate, std::string> UrlTemplate::parse(std::string_view text) {
    using Problem = std::unexpected<std::string>;
    if (!std::ranges::all_of(text, in_uri)) {
        return Problem("a URL has no spaces, control or non-ASCII characters");
    }
    if (!has_scheme(text)) return Problem("a URL begins with a scheme, such as https:");
    UrlTemplate made;
    bool has_path = false;
    for (std::size_t brace = 0; (brace = text.find_first_of("{}")) != std::string_view::npos;) {
        const auto end = text.find_first_of("{}", brace + 1);
        if (text[brace] == '}' || end == std::string_view::npos || text[end] == '{') {
            return Problem("a brace without its other one");
        }
        const auto name = text.substr(brace + 1, end - brace - 1);
        std::optional<Part> part;
        if (name == "path") part = Part::path;
        if (name == "line") part = Part::line;
        if (name == "release") part = Part::release;
        if (!part) {
            return Problem("{" + std::string(name) + "} is none of {path}, {line} and {release}");
        }
        has_path = has_path || part == Part::path;
        made.pieces_.push_back({std::string(text.substr(0, brace)), *part});
        text.remove_prefix(end + 1);
    }
    if (!has_path) return Problem("{path} is missing");
    made.end_ = text;
    return made;
}

std::string UrlTemplate::fill(const UrlParts& parts) const {
    std::string url;
    for (const Piece& piece : pieces_) {
        url += piece.text;
        switch (piece.part) {
            case Part::path:
                if (parts.path.empty()) return {};
                append_encoded(url, parts.path);
                break;
            case Part::line:
                if (parts.line == 0) return {};
                append_decimal(url, parts.line);
                break;
            case Part::release:
                if (parts.release.empty()) return {};
                append_encoded(url, parts.release);
                break;
        }
    }
    url += end_;
    return url.size() <= kMaxUri ? url : std::string();
}

std::string file_uri(std::string_view host, std::string_view path) {
    std::string uri = "file://";
    append_encoded(uri, host);
    append_encoded(uri, path);
    return uri.size() <= kMaxUri ? uri : std::string();
}

void append_link(std::string& out, std::string_view uri, std::string_view text) {
    if (uri.empty()) {
        out += text;
        return;
    }
    out += "\x1b]8;;";
    out += uri;
    out += "\x1b\\";
    out += text;
    out += "\x1b]8;;\x1b\\";
}

}  // namespace symline::output
