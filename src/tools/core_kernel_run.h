// `symline core` on a kernel's dump: its log, and the stacks of its CPUs and tasks.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/kernel.h"
#include "output/core_report.h"
#include "tools/core_options.h"
#include "tools/diagnostics.h"
#include "tools/place_details.h"
#include "tools/standard_output.h"
#include "vmcore/kernel_dump.h"
#include "vmcore/kernel_stacks.h"

namespace symline::tools {

class CoreKernelRun {
public:
    /// `options` is borrowed and must live as long.
    CoreKernelRun(const CoreOptions& options, Diagnostics& diagnostics, StandardOutput& output);

    /// True when the dump could be read.
    bool run();
    const FetchSession& fetches() const { return fetches_; }

private:
    bool print_raw_log();
    void describe();
    void take_log();
    std::string decoded_log(const std::string& log);
    void add_stacks();
    void add_registers_only();
    void fetch_debug_files(const std::vector<vmcore::KernelThread>& threads);
    void add(const std::vector<vmcore::KernelThread>& threads);
    output::CoreThreadReport report(const vmcore::KernelThread& thread);
    const output::CoreFrame& frame(const vmcore::KernelFrame& frame);
    void tell();
    void print();

    const CoreOptions& options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::optional<vmcore::KernelDump> dump_;
    std::unique_ptr<kernel::Kernel> kernel_;
    std::optional<vmcore::KernelStacks> stacks_;
    std::optional<PlaceDetailer> detailer_;
    output::CoreReport report_;
    /// By pc and whether it is looked up as it is: stacks repeat their places.
    std::map<std::pair<std::uint64_t, bool>, output::CoreFrame> places_;
    /// Names that the report refers to.
    std::vector<std::unique_ptr<std::string>> names_;
};

}  // namespace symline::tools
