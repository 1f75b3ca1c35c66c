#include "symline/embedded_source.h"

#include "symbolize/ask_dwarf.h"

namespace symline {

std::optional<std::string_view> embedded_source(const Module& module, FileAddress address,
                                                std::string_view path) {
    if (path.empty()) return std::nullopt;
    const auto text = symbolize::ask_dwarf(module, [&](dwarf::DwarfFile& dwarf) {
        const auto found = dwarf.embedded_source(address.value, path);
        return found.empty() && address.value != 0 ? dwarf.embedded_source(address.value - 1, path)
                                                   : found;
    });
    return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace symline
