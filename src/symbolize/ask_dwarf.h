// Asks a module's debug information by itself: past its answers, and past an index.
#pragma once

#include <utility>

#include "symbolize/module_parts.h"

namespace symline::symbolize {

/// Names what of a Module is protected.
struct ModuleAccess : Module {
    using Module::Parts;
};

/// Whether the debug file is there, or is looked for without asking a server.
inline bool is_at_hand(ModuleAccess::Parts& parts, const Module& module) {
    if (module.index().path().empty()) return true;
    const auto& places = parts.files.options().debug_files;
    return places == nullptr || !places->may_fetch();
}

/// What `ask(dwarf::DwarfFile&)` gives, or its type's default where there is no debug information.
/// The debug file is fetched for it if need be.
template <typename Ask>
auto fetch_and_ask_dwarf(const Module& module, Ask ask) {
    using Answer = decltype(ask(std::declval<dwarf::DwarfFile&>()));
    return ModuleAccess::Parts::of(module).readers.with_main([&](Reader& reader) {
        reader.pages().apply(reader.dwarf());
        return reader.dwarf() == nullptr ? Answer{} : ask(*reader.dwarf());
    });
}

/// The same of a debug file that is at hand.
template <typename Ask>
auto ask_dwarf(const Module& module, Ask ask) {
    using Answer = decltype(ask(std::declval<dwarf::DwarfFile&>()));
    if (!is_at_hand(ModuleAccess::Parts::of(module), module)) return Answer{};
    return fetch_and_ask_dwarf(module, ask);
}

}  // namespace symline::symbolize
