#include "symline/miss.h"

namespace symline {

std::string_view describe(Miss::Code code) {
    switch (code) {
        case Miss::no_debug_info: return "no debug information and no symbols";
        case Miss::no_symbols: return "not covered by debug information, and no symbols";
        case Miss::not_covered: return "in no function, line or symbol";
        case Miss::not_mapped: return "in no section of the file";
        case Miss::module_not_found: return "module not found";
        case Miss::anonymous_code: return "JIT or anonymous code";
    }
    return "unknown";
}

std::string_view describe(const Miss& miss) {
    return miss.detail.empty() ? describe(miss.code) : std::string_view(miss.detail);
}

}  // namespace symline
