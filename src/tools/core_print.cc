#include "tools/core_print.h"

#include "output/folded.h"
#include "output/kernel_tables.h"
#include "output/module_table.h"

namespace symline::tools {

void print_core(const output::CoreReport& report, CoreFormat format, output::NameStyle names,
                StandardOutput& output) {
    std::string& out = output.buffer();
    if (format == CoreFormat::json) return output::append_core_json(out, report, names);
    names.functions = output::Functions::linkage;
    names.demangle = true;
    if (format == CoreFormat::folded) return output::append_folded(out, report, names);
    output::append_core_heading(out, report);
    if (report.kernel.tasks) output::append_task_table(out += '\n', *report.kernel.tasks);
    if (report.modules) {
        output::append_module_table(out += '\n', *report.modules, report.address_digits);
    }
    if (report.kernel.modules) output::append_module_table(out += '\n', *report.kernel.modules);
    for (const auto& each : report.threads) {
        output::append_core_thread(out, report, each, names);
        if (!output.flush_if_large()) return;
    }
    const std::string& log = report.kernel.log;
    if (!log.empty()) (out += "\nlog:\n") += log;
}

}  // namespace symline::tools
