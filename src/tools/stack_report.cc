#include "tools/stack_report.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "output/numbers.h"

namespace symline::tools {
namespace {

/// Of a kernel without its vmlinux there may be registers alone: no task, and nothing was unwound.
bool is_known(const StackTrace& stack) {
    return stack.tid >= 0;
}

/// By one of the ways for kernels: also where the task is not known.
bool was_unwound(const StackFrame& frame) {
    using enum UnwoundBy;
    return frame.unwound_by == orc || frame.unwound_by == frame_pointer ||
           frame.unwound_by == return_address || frame.unwound_by == tail_call;
}

/// Which of a function's jumps it was is not known: the line of none of them.
void leave_function_alone(output::CoreFrame& shown) {
    auto& frames = shown.frames;
    if (frames.size() > 1) frames.erase(frames.begin(), frames.end() - 1);
    if (!frames.empty()) frames.front().location.line = frames.front().location.column = 0;
    shown.source.clear();
}

/// "worker+0x10/0x40 [module]"
std::string as_printed(const KernelSymbol& place) {
    std::string text = place.symbol + '+';
    output::append_0x(text, place.offset);
    if (place.size) output::append_0x(text += '/', *place.size);
    if (!place.module.empty()) ((text += " [") += place.module) += ']';
    return text;
}

}  // namespace

std::vector<output::CoreThreadReport> StackReport::threads(std::span<const StackTrace> stacks) {
    std::vector<output::CoreThreadReport> reports;
    if (options_.folding == Folding::apart) {
        for (const StackTrace& each : stacks) reports.push_back(thread(each));
        return reports;
    }
    for (const auto& group : fold_stacks(stacks)) {
        std::vector<std::pair<std::optional<TaskState>, std::vector<std::size_t>>> by_state;
        for (const std::size_t index : group) {
            const KernelTask* const task = task_of(stacks[index]);
            const auto state = task != nullptr ? task->state : std::nullopt;
            auto known = std::ranges::find(by_state, state, [](const auto& e) { return e.first; });
            if (known == by_state.end()) known = by_state.insert(known, {state, {}});
            known->second.push_back(index);
        }
        for (const auto& each : by_state) reports.push_back(folded(stacks, each.second));
    }
    return reports;
}

output::CoreThreadReport StackReport::folded(std::span<const StackTrace> stacks,
                                             std::span<const std::size_t> group) {
    auto report = thread(stacks[group.front()]);
    report.tids.clear();
    report.tasks.clear();
    std::vector<std::size_t> sorted(group.begin(), group.end());
    std::ranges::stable_sort(sorted, {}, [&](std::size_t index) { return stacks[index].tid; });
    for (const std::size_t index : sorted) {
        if (is_known(stacks[index])) report.tids.push_back(stacks[index].tid);
        if (const auto* task = task_of(stacks[index])) report.tasks.push_back(*task);
        if (stacks[index].name != report.name) report.name.clear();
    }
    return report;
}

/// Of several with the same pid, it is the one that ran on the stack's CPU.
const KernelTask* StackReport::task_of(const StackTrace& stack) const {
    const auto [begin, end] = tasks_.equal_range(stack.tid);
    const auto found = std::find_if(begin, end, [&](const auto& each) {
        return !stack.cpu || std::next(begin) == end || each.second->cpu == stack.cpu;
    });
    return found == end ? nullptr : found->second;
}

output::CoreThreadReport StackReport::thread(const StackTrace& stack) {
    output::CoreThreadReport report;
    if (is_known(stack)) report.tids = {stack.tid};
    report.name = stack.name;
    report.crashing = stack.crashing;
    if (stack.cpu) report.cpu = static_cast<int>(*stack.cpu);
    report.stopped = stack.stopped;
    if (const auto* task = task_of(stack)) report.tasks = {*task};
    report.unstopped = stack.unstopped;
    report.frames.reserve(stack.frames.size());
    for (const StackFrame& each : stack.frames) {
        report.frames.push_back(place(each));
        report.frames.back().signal_return = each.signal_return;
        if (is_known(stack) || was_unwound(each)) {
            report.frames.back().unwound_by = each.unwound_by;
        }
        if (each.unwound_by == UnwoundBy::tail_call && each.pc.kind == CodeKind::exact) {
            leave_function_alone(report.frames.back());
        }
    }
    if (options_.registers) report.registers = stack.registers;
    report.extended_registers = stack.extended_registers;
    return report;
}

const output::CoreFrame& StackReport::place(const StackFrame& frame) {
    const auto [known, is_new] = places_.try_emplace(frame.pc);
    if (is_new) fill(known->second, frame);
    return known->second.shown;
}

void StackReport::fill(Place& place, const StackFrame& frame) {
    output::CoreFrame& shown = place.shown;
    shown.pc = frame.pc.address.value;
    if (frame.user) {
        shown.user = true;
        shown.miss = "in user space";
        return;
    }
    const ResolvedAddress& found = place.resolved = space_.resolve(frame.pc);
    shown.module = found.module_name;
    shown.offset = found.offset;
    if (found.build_id) shown.build_id = found.build_id->hex();
    shown.frames = found.lookup.frames;
    if (found.lookup.miss) shown.miss = describe(*found.lookup.miss);
    if (found.module == nullptr && options_.symbol_at) {
        if (const auto symbol = options_.symbol_at(frame.pc)) shown.symbol = as_printed(*symbol);
    }
    if (found.module == nullptr || !detailer_.wanted()) return;
    const PlaceOrigin origin{
        .module = *found.module, .tree = {}, .release = options_.release, .address = found.address};
    for (const Frame& each : shown.frames) {
        shown.source.push_back(detailer_.details(each, origin).source);
    }
}

}  // namespace symline::tools
