#include "output/kernel_tables.h"

#include <algorithm>
#include <set>
#include <vector>

#include "output/numbers.h"
#include "output/table.h"
#include "output/terminal_text.h"

namespace symline::output {
namespace {

const std::string kNotKnown = "-";

template <typename Number>
std::string decimal(const std::optional<Number>& value) {
    return value ? std::to_string(*value) : kNotKnown;
}

std::string kibibytes(const std::optional<std::uint64_t>& bytes) {
    return bytes ? std::to_string(*bytes / 1024) : kNotKnown;
}

/// "0-2,7", as the kernel writes sets of CPUs.
std::string cpu_list(const std::set<unsigned>& cpus) {
    std::string text;
    for (auto at = cpus.begin(); at != cpus.end();) {
        const unsigned first = *at;
        unsigned last = first;
        for (++at; at != cpus.end() && *at == last + 1; ++at) last = *at;
        if (!text.empty()) text += ',';
        text += std::to_string(first);
        if (last != first) (text += '-') += std::to_string(last);
    }
    return text;
}

void add_part(std::string& text, std::string_view part) {
    if (!text.empty() && !part.empty()) text += ", ";
    text += part;
}

std::string waiting_times(std::span<const KernelTask> tasks) {
    std::optional<std::chrono::nanoseconds> min;
    std::optional<std::chrono::nanoseconds> max;
    for (const KernelTask& each : tasks) {
        if (!each.waiting) continue;
        min = std::min(min.value_or(*each.waiting), *each.waiting);
        max = std::max(max.value_or(*each.waiting), *each.waiting);
    }
    if (!min) return {};
    const auto shortest = in_seconds(*min, 3);
    const auto longest = in_seconds(*max, 3);
    return "waiting " + (shortest == longest ? longest : shortest + " to " + longest) + " s";
}

}  // namespace

std::string in_seconds(std::chrono::nanoseconds time, unsigned digits) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    std::string fraction = std::to_string(kSecond + time.count() % kSecond);
    return std::to_string(time.count() / kSecond) + '.' + fraction.substr(1, digits);
}

void append_task_table(std::string& out, std::span<const KernelTask> tasks) {
    using enum Align;
    Table table({left, right, right, right, left, right, right, right, right, left},
                {"", "PID", "PPID", "CPU", "ST", "UID", "VSZ", "RSS", "WAITING", "COMM"});
    for (const KernelTask& each : tasks) {
        const std::string name = visible(each.name);
        table.add({each.on_cpu ? ">" : "", std::to_string(each.pid), decimal(each.ppid),
                   decimal(each.cpu), each.state ? std::string(1, letter(*each.state)) : kNotKnown,
                   decimal(each.uid), kibibytes(each.virtual_size), kibibytes(each.resident_size),
                   each.waiting ? in_seconds(*each.waiting, 3) : kNotKnown,
                   each.kernel_thread ? '[' + name + ']' : name});
    }
    table.append_to(out);
}

void append_module_table(std::string& out, std::span<const DumpedKernelModule> modules) {
    using enum Align;
    Table table({left, right, left, left}, {"ADDRESS", "SIZE", "MODULE", "BUILD ID"});
    for (const DumpedKernelModule& each : modules) {
        std::string address;
        append_0x(address, each.base.value, 16);
        table.add({address, std::to_string(each.size), visible(each.name),
                   each.build_id ? each.build_id->hex() : kNotKnown});
    }
    table.append_to(out);
}

std::string task_summary(std::span<const KernelTask> tasks) {
    std::string text;
    if (tasks.empty()) return text;
    if (const auto state = tasks.front().state) {
        (text += letter(*state)) += " (";
        (text += describe(*state)) += ')';
    }
    std::set<unsigned> cpus;
    for (const KernelTask& each : tasks) {
        if (each.cpu && !each.on_cpu) cpus.insert(*each.cpu);
    }
    if (!cpus.empty()) add_part(text, "last on CPU " + cpu_list(cpus));
    add_part(text, waiting_times(tasks));
    return text;
}

void write_task(JsonWriter& json, const KernelTask& task) {
    const auto number = [&](std::string_view name, const auto& value) {
        if (value) json.number(name, *value);
    };
    json.begin_object();
    json.number("pid", task.pid);
    number("tgid", task.tgid);
    number("ppid", task.ppid);
    json.string("name", task.name);
    if (task.state) json.string("state", std::string(1, letter(*task.state)));
    number("cpu", task.cpu);
    json.boolean("on_cpu", task.on_cpu);
    json.boolean("kernel_thread", task.kernel_thread);
    number("uid", task.uid);
    number("virtual_size", task.virtual_size);
    number("resident_size", task.resident_size);
    if (task.waiting) json.raw("waiting_seconds", in_seconds(*task.waiting, 6));
    json.hex("address", task.address.value);
    json.end_object();
}

void write_module(JsonWriter& json, const DumpedKernelModule& module) {
    json.begin_object();
    json.string("name", module.name);
    json.hex("address", module.base.value);
    json.number("size", module.size);
    if (module.build_id) json.string("build_id", module.build_id->hex());
    json.end_object();
}

}  // namespace symline::output
