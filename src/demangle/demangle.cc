#include "symline/demangle.h"

#include <llvm/Demangle/Demangle.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "base/text.h"
#include "demangle/demangle_limits.h"
#include "demangle/gnu_form.h"

namespace symline {
namespace {

using base::is_digit;

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

/// The escapes of legacy Rust mangling for characters that assemblers refuse.
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
    // A path element that begins with an escape has an underscore in front.
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

std::string demangle_itanium(std::string_view name, DemangleStyle style) {
    if (!demangling::within_itanium_limits(name)) return {};
    const Text text(llvm::itaniumDemangle(name));
    if (text == nullptr) return {};
    if (ends_with_rust_hash(name)) return tidy_legacy_rust(text.get());
    return style == DemangleStyle::gnu ? demangling::in_gnu_form(text.get())
                                       : std::string(text.get());
}

std::string demangle_whole(std::string_view name, DemangleStyle style) {
    if (name.starts_with("_Z") || name.starts_with("___Z")) {
        return demangle_itanium(name, style);
    }
    if (name.starts_with("_R")) {
        if (!demangling::within_rust_limits(name)) return {};
        const Text text(llvm::rustDemangle(name));
        return text == nullptr ? std::string{} : std::string(text.get());
    }
    return {};
}

bool is_rust(std::string_view mangled) {
    return mangled.starts_with("_R") || ends_with_rust_hash(mangled);
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}
/// The length of the clone suffix at the start of `text`, by the rule of GNU's demangler: a word
/// (".cold"), then numbers (".isra.0"). 0 when there is none.
std::size_t clone_suffix_size(std::string_view text) {
    if (text.size() < 2 || text.front() != '.' || !is_word(text[1])) return 0;
    std::size_t end = 2;
    while (end < text.size() && is_word(text[end])) ++end;
    while (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
        end += 2;
        while (end < text.size() && is_digit(text[end])) ++end;
    }
    return end;
}

/// ".isra.0.cold" as " [clone .isra.0] [clone .cold]"; nothing when it is not made of clone
/// suffixes.
std::optional<std::string> clones(std::string_view suffixes) {
    std::string text;
    while (!suffixes.empty()) {
        const auto size = clone_suffix_size(suffixes);
        if (size == 0) return std::nullopt;
        text.append(" [clone ").append(suffixes.substr(0, size)).append("]");
        suffixes.remove_prefix(size);
    }
    return text;
}

/// A mangled name and its clone suffixes. A legacy Rust name may contain dots itself, so the name
/// ends at the first dot before which it is complete.
std::string demangle_with_suffixes(std::string_view name, DemangleStyle style) {
    constexpr int kMaxDots = 64;  // a name longer than that is damage, and trying costs time
    std::size_t end = name.find('.');
    for (int dots = 0; dots < kMaxDots; ++dots) {
        const std::string_view mangled = name.substr(0, end);
        std::string text = demangle_whole(mangled, style);
        if (!text.empty()) {
            if (end == std::string_view::npos || is_rust(mangled)) return text;
            if (style == DemangleStyle::llvm) {
                return text.append(" (").append(name.substr(end)).append(")");
            }
            const auto suffixes = clones(name.substr(end));
            return suffixes ? text + *suffixes : std::string{};
        }
        if (end == std::string_view::npos) break;
        end = name.find('.', end + 1);
    }
    return {};
}

}  // namespace

std::string demangle(std::string_view name, DemangleStyle style) {
    // What LLVM's demangler of D knows of functions, whose types it cannot read.
    if (style == DemangleStyle::llvm && name == "_Dmain") return "D main";
    if (!name.starts_with("_R") && !name.starts_with("_Z") && !name.starts_with("___Z")) {
        return std::string(name);
    }
    const auto version = name.find('@');
    std::string text = demangle_with_suffixes(name.substr(0, version), style);
    if (text.empty()) return std::string(name);
    if (version != std::string_view::npos) text.append(name.substr(version));
    return text;
}

}  // namespace symline
