#include "tools/foreign_format.h"

#include <algorithm>
#include <string_view>

namespace symline::tools {
namespace {

constexpr std::string_view kMagics[] = {
    "\xfe\xed\xfa\xce",
    "\xfe\xed\xfa\xcf",  // Mach-O, big-endian
    "\xce\xfa\xed\xfe",
    "\xcf\xfa\xed\xfe",  // and little-endian
    "\xca\xfe\xba\xbe",
    "\xca\xfe\xba\xbf",  // universal
    "MZ",                // PE
    "\x64\x86",
    "\x4c\x01",  // COFF objects of x86-64, i386,
    "\x64\xaa",
    "\xc4\x01",  // ARM64 and ARM
    "\x01\xdf",
    "\x01\xf7",  // XCOFF, 32 and 64 bits
};
constexpr std::string_view kWasm{"\0asm", 4};

bool begins(base::Bytes start, std::string_view magic) {
    return start.size() >= magic.size() &&
           std::equal(magic.begin(), magic.end(), start.begin(),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

}  // namespace

bool is_foreign_format(base::Bytes start) {
    return begins(start, kWasm) || std::ranges::any_of(kMagics, [&](std::string_view magic) {
               return begins(start, magic);
           });
}

bool is_universal(base::Bytes start) {
    return begins(start, "\xca\xfe\xba\xbe") || begins(start, "\xca\xfe\xba\xbf");
}

}  // namespace symline::tools
