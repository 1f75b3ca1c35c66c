#include "output/names.h"

#include "base/path.h"
#include "symline/demangle.h"

namespace symline::output {
namespace {

std::string_view without_prefix(std::string_view path, std::string_view prefix) {
    if (prefix.empty() || !path.starts_with(prefix)) return path;
    path.remove_prefix(prefix.size());
    while (path.starts_with("./")) path.remove_prefix(2);
    return path;
}

}  // namespace

std::string_view shown_path(const SourceLocation& location, const NameStyle& style) {
    switch (style.paths) {
        case Paths::base: return base::file_name(location.file);
        case Paths::relative:
            return without_prefix(location.relative_file(), style.assembler_prefix);
        case Paths::full: break;
    }
    if (style.prefix.empty() && style.assembler_prefix.empty()) return location.file;
    const auto path = without_prefix(location.file, style.prefix);
    return path.size() < location.file.size() ? path : without_prefix(path, style.assembler_prefix);
}

std::string shown_name(std::string_view name, const NameStyle& style) {
    return style.demangle ? demangle(name, style.demangling) : std::string(name);
}

std::string_view chosen_name(const Frame& frame, const NameStyle& style) {
    const bool short_name = style.functions == Functions::short_names && !frame.name.empty();
    return short_name ? frame.name : frame.linkage_or_name();
}

std::string shown_name(const Frame& frame, const NameStyle& style) {
    return shown_name(chosen_name(frame, style), style);
}

}  // namespace symline::output
