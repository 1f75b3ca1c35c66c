// Links to source lines: URIs, and OSC 8, the escape sequence that turns text into a link.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace symline::output {

/// The values that a UrlTemplate inserts.
struct UrlParts {
    std::string_view path;  ///< below the source tree
    std::uint32_t line = 0;
    std::string_view release;  ///< of the kernel
};

/// "https://host/tree/{path}?h=v{release}#n{line}".
class UrlTemplate {
public:
    /// The error is one line, without the template.
    static std::expected<UrlTemplate, std::string> parse(std::string_view text);

    /// The URL with percent-encoded values. Empty if a value that the template names is missing, or
    /// if the URL would be longer than terminals accept.
    std::string fill(const UrlParts& parts) const;

private:
    enum class Part { path, line, release };
    struct Piece {
        std::string text;  ///< in front of the part
        Part part;
    };
    std::vector<Piece> pieces_;
    std::string end_;
};

/// "file://HOST/path" of an absolute path; empty if it would be longer than terminals accept.
std::string file_uri(std::string_view host, std::string_view path);

/// `text` as a link, or unchanged if `uri` is empty. `uri` must come from the functions above,
/// which let no control character through.
void append_link(std::string& out, std::string_view uri, std::string_view text);

}  // namespace symline::output
