#include "decode/warning_kind.h"

#include <string_view>

namespace symline::decode {
namespace {

/// A report's registers and stack begin after the lists of modules and CPUs.
constexpr std::size_t kMaxLines = 64;

bool prints_warnings(std::string_view symbol) {
    return symbol.starts_with("warn_slowpath_") || symbol == "__warn";
}

bool is_place(const log::Occurrence& each, const log::Occurrence& warning) {
    return each.symbol == warning.symbol && each.offset == warning.offset;
}

}  // namespace

void settle_warning(log::Occurrence& warning, const std::deque<WindowLine>& below) {
    bool after_printer = false;
    for (std::size_t i = 0; i < below.size() && i < kMaxLines; ++i) {
        const log::ParsedLine* line = below[i].parsed.get();
        if (line == nullptr) continue;
        if (line->facts.warning_line != 0 || line->facts.begins_boot) return;
        for (const log::Occurrence& each : line->occurrences) {
            const bool same = is_place(each, warning);
            if (same && each.kind == log::Kind::exact && line->facts.names_pc) return;
            if (same && after_printer) {
                warning.kind = log::Kind::call;
                warning.machine = each.machine;
                return;
            }
            after_printer = prints_warnings(each.symbol);
        }
    }
}

}  // namespace symline::decode
