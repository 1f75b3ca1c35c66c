#include "output/utf8.h"

namespace symline::output {

std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xc2   ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return 0;
    }
    const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
    const bool surrogate = lead == 0xed && byte(1) >= 0xa0;
    const bool too_large = lead == 0xf4 && byte(1) >= 0x90;
    return overlong || surrogate || too_large ? 0 : length;
}

Effect effect_of(std::string_view character) {
    // A range of last bytes behind the same first ones.
    struct Range {
        std::string_view front;
        unsigned char first;
        unsigned char last;
        Effect effect;
    };
    constexpr Range kRanges[] = {
        {"\xc2", 0x80, 0x9f, Effect::control},
        {"\xd8", 0x9c, 0x9c, Effect::reorders},      // U+061C
        {"\xe2\x80", 0x8e, 0x8f, Effect::reorders},  // U+200E, U+200F
        {"\xe2\x80", 0xaa, 0xae, Effect::reorders},  // U+202A to U+202E
        {"\xe2\x81", 0xa6, 0xa9, Effect::reorders},  // U+2066 to U+2069
    };
    if (character.size() < 2) return Effect::none;
    const auto front = character.substr(0, character.size() - 1);
    const auto last = static_cast<unsigned char>(character.back());
    for (const Range& range : kRanges) {
        if (range.front == front && range.first <= last && last <= range.last) return range.effect;
    }
    return Effect::none;
}

}  // namespace symline::output
