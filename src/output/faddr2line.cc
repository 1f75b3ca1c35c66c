#include "output/faddr2line.h"

#include "output/gnu.h"
#include "output/names.h"
#include "output/terminal_text.h"

namespace symline::output {
namespace {

/// The path as printed comes first: a reader in the source tree wants the tree's own file, not
/// the one of the machine that built the kernel.
void append_source(std::string& out, const SourceLocation& location, const NameStyle& names,
                   SourceText& source) {
    if (location.file.empty() || location.line == 0) return;
    auto text = source.embedded(location.file);
    if (!text) text = source.text(shown_path(location, names));
    if (!text) text = source.text(location.file);
    if (text) append_listing(out, *text, location.line);
}

}  // namespace

void append_faddr2line(std::string& out, std::span<const Frame> frames,
                       const Faddr2lineStyle& style) {
    const NameStyle names{.functions = Functions::linkage,
                          .prefix = style.prefix,
                          .assembler_prefix = style.assembler_prefix};
    if (frames.empty()) {
        if (style.source) out += '\n';
        out += "?? ??:0\n";
        return;
    }
    bool first = true;
    for (const Frame& frame : frames) {
        if (style.source) out += '\n';
        if (!first) out += "(inlined by) ";
        first = false;
        auto name = shown_name(frame, names);
        if (name.empty() && &frame == &frames.back()) name = style.symbol;
        append_visible(out, name.empty() ? kUnknown : std::string_view(name));
        out += " at ";
        append_gnu_location(out, frame.location, names);
        out += '\n';
        if (style.source) append_source(out, frame.location, names, *style.source);
    }
}

}  // namespace symline::output
