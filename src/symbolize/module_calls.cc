#include "symbolize/module_calls.h"

#include "symbolize/module_parts.h"

namespace symline::symbolize {
namespace {

/// Names what of a Module is protected.
struct ModuleAccess : Module {
    using Module::Parts;
};

/// Whether the debug file is there, or is looked for without asking a server.
bool is_at_hand(ModuleAccess::Parts& parts, const Module& module) {
    if (module.index().path().empty()) return true;
    const auto& places = parts.files.options().debug_files;
    return places == nullptr || !places->may_fetch();
}

template <typename Ask>
auto ask_dwarf(const Module& module, Ask ask) {
    ModuleAccess::Parts& parts = ModuleAccess::Parts::of(module);
    using Answer = decltype(ask(std::declval<dwarf::DwarfFile&>()));
    if (!is_at_hand(parts, module)) return Answer{};
    return parts.readers.with_main([&](Reader& reader) {
        reader.pages().apply(reader.dwarf());
        return reader.dwarf() == nullptr ? Answer{} : ask(*reader.dwarf());
    });
}

}  // namespace

std::optional<dwarf::CallSite> call_returning_to(const Module& module, FileAddress return_address) {
    return ask_dwarf(module, [&](dwarf::DwarfFile& dwarf) {
        return dwarf.call_returning_to(return_address.value);
    });
}

std::optional<dwarf::TailCallingFunction> tail_calls_at(const Module& module, FileAddress address) {
    return ask_dwarf(module,
                     [&](dwarf::DwarfFile& dwarf) { return dwarf.tail_calls_at(address.value); });
}

}  // namespace symline::symbolize
