#include "symline/demangle.h"

#include <llvm/Demangle/Demangle.h>

#include <cstdlib>
#include <memory>

namespace symline {
namespace {

struct Free {
    void operator()(char* text) const { std::free(text); }
};
using Text = std::unique_ptr<char, Free>;

/// The hash at the end of a legacy Rust name: "17h" and 16 hexadecimal digits, then "E".
bool ends_with_rust_hash(std::string_view name) {
    constexpr std::size_t kTail = 20;
    if (name.size() < kTail || name.back() != 'E') return false;
    const std::string_view tail = name.substr(name.size() - kTail, kTail - 1);
    return tail.starts_with("17h") &&
           tail.find_first_not_of("0123456789abcdef", 3) == std::string_view::npos;
}

struct Escape {
    std::string_view code;
    char character;
};
constexpr Escape kRustEscapes[] = {{"$SP$", '@'}, {"$BP$", '*'}, {"$RF$", '&'}, {"$LT$", '<'},
                                   {"$GT$", '>'}, {"$LP$", '('}, {"$RP$", ')'}, {"$C$", ','}};

/// One "$u7e$" escape at the start of `text`: its character and length, or length 0.
std::pair<char, std::size_t> unicode_escape(std::string_view text) {
    const auto end = text.find('$', 1);
    if (!text.starts_with("$u") || end == std::string_view::npos || end < 4 || end > 4) return {};
    const std::string digits(text.substr(2, end - 2));
    char* stop = nullptr;
    const auto code = std::strtoul(digits.c_str(), &stop, 16);
    if (*stop != '\0' || code < 0x20 || code > 0x7e) return {};
    return {static_cast<char>(code), end + 1};
}

/// What legacy Rust mangling wrote for characters that an assembler would not take.
std::string rust_unescape(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t taken = 1;
        char character = text.front();
        if (text.starts_with("..")) {
            out += "::";
            text.remove_prefix(2);
            continue;
        }
        if (const auto [unicode, size] = unicode_escape(text); size != 0) {
            character = unicode;
            taken = size;
        }
        for (const Escape& escape : kRustEscapes) {
            if (!text.starts_with(escape.code)) continue;
            character = escape.character;
            taken = escape.code.size();
        }
        out += character;
        text.remove_prefix(taken);
    }
    return out;
}

/// "a::b::h0123456789abcdef" -> "a::b", escapes undone.
std::string tidy_legacy_rust(std::string_view demangled) {
    const auto hash = demangled.rfind("::h");
    std::string_view path = demangled.substr(0, hash);
    std::string out;
    // A path element that begins with an escape carries an underscore in front of it.
    while (!path.empty()) {
        const auto end = path.find("::");
        std::string_view element = path.substr(0, end);
        if (element.starts_with("_$")) element.remove_prefix(1);
        if (!out.empty()) out += "::";
        out += rust_unescape(element);
        if (end == std::string_view::npos) break;
        path.remove_prefix(end + 2);
    }
    return out;
}

std::string demangle_itanium(std::string_view name) {
    const Text text(llvm::itaniumDemangle(name));
    if (text == nullptr) return {};
    return ends_with_rust_hash(name) ? tidy_legacy_rust(text.get()) : std::string(text.get());
}

std::string demangle_whole(std::string_view name) {
    if (name.starts_with("_Z") || name.starts_with("___Z")) return demangle_itanium(name);
    if (name.starts_with("_R")) {
        const Text text(llvm::rustDemangle(name));
        return text == nullptr ? std::string{} : std::string(text.get());
    }
    return {};
}

}  // namespace

std::string demangle(std::string_view name) {
    if (!name.starts_with("_R") && !name.starts_with("_Z") && !name.starts_with("___Z")) {
        return std::string(name);
    }
    const auto version = name.find('@');
    const std::string_view mangled = name.substr(0, version);
    const std::string_view rest =
        version == std::string_view::npos ? std::string_view{} : name.substr(version);
    std::string text = demangle_whole(mangled);
    if (text.empty()) {
        // A clone suffix that the demangler does not know (".llvm.123" behind a Rust name).
        const auto dot = mangled.find('.');
        if (dot == std::string_view::npos) return std::string(name);
        text = demangle_whole(mangled.substr(0, dot));
        if (text.empty()) return std::string(name);
        text.append(" [clone ").append(mangled.substr(dot)).append("]");
    }
    return text.append(rest);
}

}  // namespace symline
