// The small words of log lines: characters, numbers, and a cursor that reads them.
//
// A line of a stack goes past some forty rules that ask for their first word. Where these calls are
// in the header, the compiler knows the word and compares it in an instruction or two; otherwise a
// third of the time went into memcmp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace symline::log {

using base::is_digit;

/// A set of characters: one look into a table, whatever is in it.
class CharSet {
public:
    consteval explicit CharSet(std::string_view characters) {
        for (const char c : characters) has_[static_cast<unsigned char>(c)] = true;
    }
    /// The first characters of words; `word` makes one of each element.
    template <std::size_t kSize, typename Element, typename Word>
    static consteval CharSet first_of(const Element (&elements)[kSize], Word word) {
        CharSet set("");
        for (const Element& element : elements)
            set.has_[static_cast<unsigned char>(std::invoke(word, element).front())] = true;
        return set;
    }
    constexpr bool operator()(char c) const { return has_[static_cast<unsigned char>(c)]; }

private:
    std::array<bool, 256> has_{};
};

inline bool is_hex(char c) {
    static constexpr CharSet kHex("0123456789abcdefABCDEF");
    return kHex(c);
}
inline bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
inline bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || is_upper(c);
}
inline bool is_space(char c) {
    return c == ' ' || c == '\t';
}
/// Of the names that kallsyms prints: "foo.isra.0", "$x", "_RNvCs4fC".
inline bool is_symbol_char(char c) {
    static constexpr CharSet kOfSymbols(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$");
    return kOfSymbols(c);
}
inline bool is_symbol_start(char c) {
    return is_symbol_char(c) && !is_digit(c);
}

/// A number as it stands in the text.
struct Number {
    std::uint64_t value = 0;
    std::size_t digits = 0;
};

/// Reads a text from left to right. A reader that does not find what it names leaves the place as
/// it is.
class Cursor {
public:
    explicit Cursor(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

    std::size_t at() const { return at_; }
    void move_to(std::size_t at) { at_ = at; }
    bool done() const { return at_ >= text_.size(); }
    char peek() const { return done() ? '\0' : text_[at_]; }
    std::string_view rest() const { return text_.substr(at_); }

    bool take(char c) {
        if (done() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take(std::string_view word) {
        if (at_ > text_.size() || !text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    /// How many spaces and tabs were skipped.
    std::size_t skip_spaces() {
        const auto from = at_;
        while (!done() && is_space(text_[at_])) ++at_;
        return at_ - from;
    }
    /// One to 16 digits.
    std::optional<Number> hex();
    /// The same after "0x".
    std::optional<Number> prefixed_hex();
    /// With "0x" or without it.
    std::optional<Number> any_hex();
    /// One to 19 digits.
    std::optional<Number> decimal();
    /// An identifier; empty when there is none, or when it is longer than any kernel's names.
    std::string_view symbol();
    /// Up to the next space; empty at a space or at the end.
    std::string_view word();
    /// True when only spaces are left.
    bool at_end();

private:
    std::string_view text_;
    std::size_t at_;
};

/// KSYM_NAME_LEN is 512 since Linux 6.1.
constexpr std::size_t kMaxSymbol = 512;

std::string_view trimmed(std::string_view text);
std::string_view trimmed_right(std::string_view text);
/// The last word of a text whose right end holds no space, looked for in its last 128 bytes.
std::string_view last_word(std::string_view text);
inline bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

/// True for the upper half of the address space, where kernels live: 64-bit ones by their highest
/// bit, 32-bit ones (eight digits) too, for user programs end below 0xc0000000 or 0x80000000. False
/// for all ones: unwinders and registers end with it, and no code is there.
bool is_kernel_address(const Number& address);
/// Whether the text ends with the "0023:" of a code segment whose privilege level is a program's:
/// the lowest two bits of an x86 selector are its level, 3 for programs, also where Xen runs the
/// kernel on level 1.
bool ends_with_user_segment(std::string_view text);
/// What %p prints since Linux 4.15: a 32-bit hash in 16 digits.
bool is_hashed(const Number& address);

/// Files are mapped by pages: an address in one and its place in the file agree in the low bits.
inline bool low_bits_differ(std::uint64_t runtime_address, std::uint64_t in_file) {
    constexpr std::uint64_t kPage = 0x1000;
    return (runtime_address - in_file) % kPage != 0;
}

}  // namespace symline::log
