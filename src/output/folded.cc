#include "output/folded.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <ranges>
#include <string_view>

#include "base/path.h"
#include "output/terminal_text.h"

namespace symline::output {
namespace {

/// A ';' would end the name, a line end the stack. stackcollapse-perf.pl writes ':' as well.
void append_word(std::string& line, std::string_view word) {
    const auto begin = line.size();
    append_visible(line, word);
    std::ranges::replace(line.begin() + static_cast<std::ptrdiff_t>(begin), line.end(), ';', ':');
}

void append_frame(std::string& line, std::string_view name) {
    line += ';';
    append_word(line, name.empty() ? kUnknown : name);
}

/// "worker+0x10/0x40 [module]" is the function alone: its places are one frame.
std::string_view function_of(std::string_view symbol) {
    return symbol.substr(0, symbol.rfind("+0x"));
}

/// Cores do not name the threads beside the first.
std::string_view name_of(const CoreReport& report, const CoreThreadReport& thread) {
    if (!thread.name.empty()) return thread.name;
    if (!report.process.name.empty()) return report.process.name;
    return report.kernel.release.empty() ? "process" : "kernel";
}

/// The frames of stacks, outermost first.
class Frames {
public:
    explicit Frames(const NameStyle& names) : names_(names) {}

    std::string of(const CoreThreadReport& thread) {
        std::string line;
        for (const CoreFrame& each : thread.frames | std::views::reverse) append(line, each);
        return line;
    }

private:
    void append(std::string& line, const CoreFrame& frame) {
        if (frame.user) return;
        for (const Frame& each : frame.frames | std::views::reverse) {
            append_frame(line, name_of(each));
        }
        if (!frame.frames.empty()) return;
        if (!frame.symbol.empty()) return append_frame(line, function_of(frame.symbol));
        const auto file = base::file_name(frame.module);
        append_frame(line, "[" + (file.empty() ? "unknown" : std::string(file)) + "]");
    }

    /// A runaway recursion has a few names a 100,000 times.
    const std::string& name_of(const Frame& frame) {
        const auto [known, is_new] = known_.try_emplace(frame.linkage_or_name());
        if (is_new) known->second = shown_name(frame, names_);
        return known->second;
    }

    const NameStyle& names_;
    std::map<std::string_view, std::string> known_;
};

}  // namespace

void append_folded(std::string& out, const CoreReport& report, const NameStyle& names) {
    std::map<std::string, std::size_t> stacks;
    const auto add = [&](std::string_view name, std::string_view frames, std::size_t count) {
        std::string line;
        append_word(line, name);
        stacks[line += frames] += count;
    };
    Frames all(names);
    for (const CoreThreadReport& each : report.threads) {
        const auto frames = all.of(each);
        const auto count = std::max<std::size_t>(1, each.tids.size());
        if (each.name.empty() && each.tasks.size() == count) {
            for (const KernelTask& task : each.tasks) add(task.name, frames, 1);
        } else {
            add(name_of(report, each), frames, count);
        }
    }
    for (const auto& [line, count] : stacks) {
        ((out += line) += ' ') += std::to_string(count);
        out += '\n';
    }
}

}  // namespace symline::output
