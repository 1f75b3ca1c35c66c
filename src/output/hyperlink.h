// Places as links: URIs, and OSC 8, the escape sequence with which terminals show text as one.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace symline::output {

/// What a UrlTemplate is filled with.
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

    /// The URL, its parts percent-encoded; empty when a part that the template names is not known,
    /// or the URL would be longer than terminals take.
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

/// "file://HOST/path" of an absolute path; empty when it would be longer than terminals take.
std::string file_uri(std::string_view host, std::string_view path);

/// `text` as a link; as it is when `uri` is empty. `uri` must be from above: no control characters.
void append_link(std::string& out, std::string_view uri, std::string_view text);

}  // namespace symline::output
