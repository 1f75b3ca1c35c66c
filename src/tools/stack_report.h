// Stacks as `symline core` shows them: each frame's place in source, of processes and kernels
// alike.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "output/core_report.h"
#include "symline/address_space.h"
#include "symline/kernel.h"
#include "symline/kernel_task.h"
#include "symline/stack_trace.h"
#include "tools/place_details.h"

namespace symline::tools {

class StackReport {
public:
    /// Whether threads with the same stack are shown as one.
    enum class Folding { together, apart };
    struct Options {
        Folding folding = Folding::together;
        bool registers = false;
        std::string release{};  ///< of a kernel: for its source files
        /// Of a kernel: what is known of them is shown with their stacks. Stacks of tasks in
        /// different states are not folded.
        std::span<const KernelTask> tasks{};
        /// Names a place of which no file was found.
        std::function<std::optional<KernelSymbol>(CodeAddress)> symbol_at{};
    };

    /// `space` and `detailer` are borrowed. What threads() gives refers to this object.
    StackReport(AddressSpace& space, PlaceDetailer& detailer, Options options)
        : space_(space), detailer_(detailer), options_(std::move(options)) {
        for (const KernelTask& each : options_.tasks) tasks_.emplace(each.pid, &each);
    }

    std::vector<output::CoreThreadReport> threads(std::span<const StackTrace> stacks);

private:
    struct Place {
        ResolvedAddress resolved;
        output::CoreFrame shown;
    };
    output::CoreThreadReport thread(const StackTrace& stack);
    output::CoreThreadReport folded(std::span<const StackTrace> stacks,
                                    std::span<const std::size_t> group);
    const KernelTask* task_of(const StackTrace& stack) const;
    const output::CoreFrame& place(const StackFrame& frame);
    void fill(Place& place, const StackFrame& frame);

    AddressSpace& space_;
    PlaceDetailer& detailer_;
    Options options_;
    std::multimap<int, const KernelTask*> tasks_;  ///< by pid: each CPU has an idle one
    std::map<CodeAddress, Place> places_;          ///< stacks repeat their places
};

}  // namespace symline::tools
