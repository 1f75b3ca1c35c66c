#include "tools/core_print.h"

namespace symline::tools {

void print_core(const output::CoreReport& report, bool json, output::NameStyle names,
                StandardOutput& output) {
    std::string& out = output.buffer();
    if (json) return output::append_core_json(out, report);
    names.functions = output::Functions::linkage;
    names.demangle = true;
    output::append_core_heading(out, report);
    for (const auto& each : report.threads) {
        output::append_core_thread(out, report, each, names);
        if (!output.flush_if_large()) return;
    }
    if (!report.log.empty()) (out += "\nlog:\n") += report.log;
}

}  // namespace symline::tools
