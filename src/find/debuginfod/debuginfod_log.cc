#include "find/debuginfod/debuginfod_log.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/path.h"

namespace symline::find {
namespace {

constexpr std::size_t kMaxNameSize = 60;
constexpr std::size_t kMaxReasonSize = 200;

template <typename Take>
void for_each_line(std::string_view text, Take take) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        take(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

bool take_prefix(std::string_view& line, std::string_view prefix) {
    if (!line.starts_with(prefix)) return false;
    line.remove_prefix(prefix.size());
    return true;
}

std::optional<int> http_status(std::string_view reason) {
    if (!take_prefix(reason, "The requested URL returned error: ")) return std::nullopt;
    int status = 0;
    const auto result = std::from_chars(reason.data(), reason.data() + reason.size(), status);
    return result.ec == std::errc() ? std::optional(status) : std::nullopt;
}

/// The value of a header; its name is matched without regard to case.
std::string_view header_value(std::string_view line, std::string_view name) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    };
    if (line.size() < name.size() || !std::ranges::equal(line.substr(0, name.size()), name, same)) {
        return {};
    }
    line.remove_prefix(name.size());
    while (line.starts_with(' ')) line.remove_prefix(1);
    return line;
}

std::string_view last_component(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    return base::file_name(path);
}

/// "linux-image-6.1.0-dbg" of "linux-image-6.1.0-dbg_6.1.192-2_amd64.deb".
std::string_view package_name(std::string_view archive) {
    const auto file = last_component(archive);
    const auto rpm = file.rfind(".rpm");
    return file.substr(0, rpm != std::string_view::npos ? rpm : file.find('_'));
}

/// The server chooses these characters, and they go to a terminal.
std::string printable(std::string_view text, std::size_t max_size = kMaxNameSize) {
    std::string result;
    for (const char letter : text.substr(0, max_size)) {
        const auto code = static_cast<unsigned char>(letter);
        result += code < 0x20 || code >= 0x7f ? '?' : letter;
    }
    return result;
}

}  // namespace

DebuginfodLog read_debuginfod_log(std::string_view text) {
    DebuginfodLog log;
    bool answered = false;
    for_each_line(text, [&](std::string_view line) {
        if (take_prefix(line, "checking cache dir ")) {
            log.cache_folder = line;
        } else if (take_prefix(line, "suffix ")) {
            log.suffix = line;
        } else if (line.starts_with("query ")) {
            log.asked = true;
        } else if (take_prefix(line, "server response ")) {
            log.reason = line;
            answered = true;
        } else if (line.starts_with("Retry ")) {
            answered = false;
        } else if (answered && take_prefix(line, "url 0 ")) {
            log.reason = line;
        }
    });
    log.http = http_status(log.reason);
    log.reason = printable(log.reason, kMaxReasonSize);
    return log;
}

std::string name_in_headers(std::string_view headers) {
    std::string_view archive;
    std::string_view file;
    for_each_line(headers, [&](std::string_view line) {
        if (const auto value = header_value(line, "x-debuginfod-archive:"); !value.empty()) {
            archive = package_name(value);
        } else if (const auto path = header_value(line, "x-debuginfod-file:"); !path.empty()) {
            file = last_component(path);
        }
    });
    if (archive.empty()) return printable(file);
    if (file.empty()) return printable(archive);
    return printable(std::string(archive) + "/" + std::string(file));
}

std::string without_passwords(std::string_view text) {
    constexpr std::string_view kBegin = "://";
    std::string shown;
    for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin)) {
        const auto authority = at + kBegin.size();
        shown += text.substr(0, authority);
        text.remove_prefix(authority);
        const auto end = std::min(text.find_first_of("/?# \t\r\n"), text.size());
        const auto sign = text.substr(0, end).rfind('@');
        if (sign == std::string_view::npos) continue;
        shown += "***";
        text.remove_prefix(sign);
    }
    return shown += text;
}

}  // namespace symline::find
