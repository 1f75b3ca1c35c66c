// The markup of LLVM's symbolizer, which Fuchsia, sanitizers and bare-metal programs print: a
// process's modules and mappings, and addresses in them. See SymbolizerMarkupFormat in LLVM's
// documentation.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

inline constexpr Mark kMarkupMarks[] = {
    {"{{{bt:"}, {"{{{pc:"}, {"{{{module:"}, {"{{{mmap:"}, {"{{{reset"}};

/// True when the line holds a frame of a stack. Elements may stand anywhere in it.
bool read_symbolizer_markup(const LineContext& line);

}  // namespace symline::log
