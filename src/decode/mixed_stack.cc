#include "decode/mixed_stack.h"

#include <algorithm>
#include <string_view>

#include "log/trap_entries.h"

namespace symline::decode {
namespace {

/// As many frames as Linux keeps of a stack.
constexpr std::size_t kMaxLines = 127;

/// Where each CPU's own task begins, below which nothing is.
bool begins_idle_task(std::string_view symbol) {
    constexpr std::string_view kNames[] = {"start_secondary", "start_kernel", "x86_64_start_kernel",
                                           "secondary_start_kernel", "rest_init"};
    return std::ranges::find(kNames, symbol) != std::end(kNames);
}

bool is_end_of_kernel(std::string_view symbol) {
    return log::is_outermost(symbol) || log::is_trap_entry(symbol) || begins_idle_task(symbol);
}

}  // namespace

bool is_of_kernel(const log::Occurrence& name, const std::deque<WindowLine>& below) {
    if (is_end_of_kernel(name.symbol)) return true;
    for (std::size_t i = 0; i < below.size() && i < kMaxLines; ++i) {
        const log::ParsedLine* line = below[i].parsed.get();
        if (line == nullptr || line->occurrences.size() != 1) return false;
        const log::Occurrence& next = line->occurrences.front();
        if (next.format != log::Format::bcc) return false;
        if (!next.may_be_user || is_end_of_kernel(next.symbol)) return true;
    }
    return false;
}

}  // namespace symline::decode
