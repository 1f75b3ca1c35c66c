#include "base/path.h"
#include "output/core_report.h"
#include "output/numbers.h"
#include "output/signal_words.h"
#include "output/terminal_text.h"
#include "output/thread_heading.h"

namespace symline::output {
namespace {

/// So many frames that repeat those before them are shown as one line.
constexpr std::size_t kRepeats = 8;
/// The longest cycle that is seen.
constexpr std::size_t kLongestCycle = 16;

void append_place(std::string& out, const SourceLocation& location, const NameStyle& names) {
    if (location.file.empty()) return;
    out += " at ";
    append_visible(out, shown_path(location, names));
    out += ':';
    if (location.line == 0) {
        out += '?';
        return;
    }
    append_decimal(out, location.line);
    if (location.column == 0) return;
    out += ':';
    append_decimal(out, location.column);
}

/// "libc.so.6+0x1234"
void append_module(std::string& out, const CoreFrame& frame) {
    append_visible(out, base::file_name(frame.module));
    out += '+';
    append_0x(out, frame.offset);
}

void append_way(std::string& out, const CoreFrame& frame) {
    if (frame.unwound_by == UnwoundBy::scan) out += " (scan)";
    if (frame.unwound_by == UnwoundBy::tail_call) out += " (tail call)";
    if (frame.signal_return) out += " (signal handler called)";
    if (frame.unwound_by != UnwoundBy::frame_pointer &&
        frame.unwound_by != UnwoundBy::return_address && frame.unwound_by != UnwoundBy::prologue) {
        return;
    }
    out += " (found by ";
    out += describe(*frame.unwound_by);
    out += ')';
}

/// One frame, or the repetition of those before it.
struct StackLine {
    std::size_t first = 0;
    std::size_t count = 1;
    std::size_t period = 0;  ///< frames that are repeated; 0: no repetition
};

/// How many frames from `from` on are those `period` before them.
std::size_t repetition(const std::vector<CoreFrame>& frames, std::size_t from, std::size_t period) {
    std::size_t to = from;
    while (to < frames.size() && frames[to].pc == frames[to - period].pc) ++to;
    return to - from;
}

/// Runs of frames, and cycles of several functions that call one another, are one line each.
std::vector<StackLine> lines_of_stack(const std::vector<CoreFrame>& frames) {
    std::vector<StackLine> lines;
    for (std::size_t i = 0; i < frames.size();) {
        std::size_t again = 0, period = 0;
        while (again < kRepeats && period < kLongestCycle && period < i) {
            ++period;
            again = repetition(frames, i, period);
            // Whole cycles, and at least two of them beside the one before.
            again = again < 2 * period ? 0 : again - again % period;
        }
        if (again < kRepeats) {
            lines.push_back({.first = i++});
        } else {
            // The last of a run is a frame like the others, whose caller follows.
            if (period == 1) --again;
            lines.push_back({.first = i, .count = again, .period = period});
            i += again;
        }
    }
    return lines;
}

class ThreadPrinter {
public:
    ThreadPrinter(std::string& out, const CoreReport& report, const NameStyle& names)
        : out_(out), shown_(report.shown), digits_(report.address_digits), names_(names) {}

    void print(const CoreThreadReport& thread) {
        append_thread_heading(out_, thread, shown_ ? Ids::some : Ids::all);
        if (thread.unstopped) blocked(*thread.unstopped);
        for (const NamedRegister& each : thread.registers) {
            register_name(each.name);
            append_0x(out_, each.value, digits_);
            out_ += '\n';
        }
        for (const ExtendedRegister& each : thread.extended_registers) {
            register_name(each.name);
            append_0x(out_, each.bytes);
            out_ += '\n';
        }
        frames(thread.frames);
        if (!thread.stopped.empty()) {
            out_ += "    stopped: ";
            append_visible(out_, thread.stopped);
            out_ += '\n';
        }
    }

private:
    void register_name(std::string_view name) {
        out_ += "    ";
        out_.append(name.size() < 8 ? 8 - name.size() : 0, ' ');
        out_ += name;
        out_ += ' ';
    }
    void blocked(const UnstoppedThread& thread) {
        out_ += "    ";
        if (thread.state == 'D') {
            out_ += "uninterruptible";
        } else {
            (out_ += "did not stop, state ") += thread.state;
        }
        if (thread.system_call) {
            out_ += ", in system call ";
            append_decimal(out_, *thread.system_call);
        }
        if (!thread.wait_channel.empty()) {
            out_ += ", waits in ";
            append_visible(out_, thread.wait_channel);
        }
        out_ += '\n';
        for (const std::string& each : thread.kernel_stack) {
            out_ += "    in the kernel: ";
            append_visible(out_, each);
            out_ += '\n';
        }
    }
    void frames(const std::vector<CoreFrame>& frames) {
        const auto lines = lines_of_stack(frames);
        auto from = lines.size(), to = lines.size();
        if (shown_ && lines.size() > 2 * (shown_->innermost + shown_->outermost)) {
            from = shown_->innermost;
            to = lines.size() - shown_->outermost;
        }
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (i == from) {
                left_out(lines[from].first, to < lines.size() ? lines[to].first : frames.size());
                i = to;
                if (i == lines.size()) break;
            }
            const StackLine& line = lines[i];
            if (line.period == 0) {
                frame(line.first, frames[line.first]);
            } else {
                repeated(line);
            }
        }
    }

    void repeated(const StackLine& line) {
        out_ += "    #" + std::to_string(line.first) + " to #" +
                std::to_string(line.first + line.count - 1) + ": the same";
        if (line.period > 1) {
            out_ += " " + std::to_string(line.period) + " frames, " +
                    std::to_string(line.count / line.period) + " times";
        }
        out_ += '\n';
    }

    void left_out(std::size_t first, std::size_t end) {
        out_ += "    #" + std::to_string(first) + " to #" + std::to_string(end - 1) +
                ": left out (--frames=all shows them)\n";
    }

    void number(std::size_t index, std::uint64_t pc) {
        std::string text = "#" + std::to_string(index);
        if (text.size() < 3) text.resize(3, ' ');
        text += ' ';
        append_0x(text, pc, digits_);
        out_ += text;
        margin_.assign(text.size(), ' ');
    }

    void frame(std::size_t index, const CoreFrame& frame) {
        number(index, frame.pc);
        if (!frame.symbol.empty()) return by_symbol(frame);
        if (frame.frames.empty()) return unresolved(frame);
        for (std::size_t i = 0; i < frame.frames.size(); ++i) {
            const Frame& each = frame.frames[i];
            const bool last = i + 1 == frame.frames.size();
            if (i != 0) out_ += margin_;
            out_ += ' ';
            const auto name = shown_name(each, names_);
            append_visible(out_, name.empty() ? kUnknown : name);
            append_place(out_, each.location, names_);
            if (each.inlined) out_ += " (inlined)";
            if (last) {
                out_ += " [";
                append_module(out_, frame);
                out_ += ']';
                append_way(out_, frame);
                say_once(frame);
            }
            out_ += '\n';
            if (i < frame.source.size()) source(frame.source[i], each.location.line);
        }
    }

    void by_symbol(const CoreFrame& frame) {
        out_ += ' ';
        append_visible(out_, frame.symbol);
        append_way(out_, frame);
        out_ += '\n';
    }

    void source(const std::vector<SourceLine>& lines, std::uint32_t line) {
        const auto width = number_width(lines);
        for (const SourceLine& each : lines) {
            out_ += "        ";
            append_line_number(out_, each.number, width, line);
            append_visible_part(out_, each.text);
            out_ += '\n';
        }
    }

    void unresolved(const CoreFrame& frame) {
        out_ += ' ';
        if (frame.module.empty()) {
            out_ += kUnknown;
        } else {
            append_module(out_, frame);
        }
        append_way(out_, frame);
        say_once(frame);
        out_ += '\n';
    }

    /// A reason is printed with the first of the frames that share it.
    void say_once(const CoreFrame& frame) {
        if (frame.signal_return) return;  // what it is has been said
        if (frame.miss.empty() || (said_ == frame.miss && said_of_ == frame.module)) return;
        said_ = frame.miss;
        said_of_ = frame.module;
        out_ += " (";
        append_visible(out_, frame.miss);
        out_ += ')';
    }

    std::string& out_;
    std::optional<ShownFrames> shown_;
    unsigned digits_;
    const NameStyle& names_;
    std::string margin_;
    std::string_view said_of_;
    std::string said_;
};

void append_line(std::string& out, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out += key;
    out += ": ";
    append_visible(out, value);
    out += '\n';
}

std::string in_parentheses(const std::optional<BuildId>& build_id) {
    return build_id ? " (build id " + build_id->hex() + ")" : std::string();
}

void append_kernel(std::string& out, const KernelReport& kernel) {
    if (kernel.release.empty()) return;
    std::string text = kernel.release + in_parentheses(kernel.build_id);
    if (kernel.offset) append_0x(text += ", moved by ", *kernel.offset);
    append_line(out, "kernel", text);
    std::string vmlinux = kernel.vmlinux;
    if (kernel.vmlinux_found_by) ((vmlinux += " (") += describe(*kernel.vmlinux_found_by)) += ')';
    append_line(out, "vmlinux", vmlinux);
    append_line(out, "panic", kernel.panic);
}

void append_process(std::string& out, const ProcessFacts& process) {
    append_line(out, "program", process.program + in_parentheses(process.build_id));
    append_line(out, "command", process.command_line);
    if (process.signal == 0) return;
    std::string text = signal_name(process.signal, process.machine);
    if (process.code) {
        const auto words = signal_code_words(process.signal, *process.code, process.machine);
        if (!words.empty()) (text += ", ") += words;
    }
    if (process.fault_address) append_0x(text += ", address ", *process.fault_address);
    if (!process.fault_place.empty()) ((text += " (") += process.fault_place) += ')';
    if (process.sender) text += ", sent by process " + std::to_string(*process.sender);
    append_line(out, "signal", text);
}

}  // namespace

void append_core_heading(std::string& out, const CoreReport& report) {
    append_line(out, "core", report.core);
    append_kernel(out, report.kernel);
    append_process(out, report.process);
    for (const auto& each : report.problems) append_line(out, "note", each);
}

void append_core_thread(std::string& out, const CoreReport& report, const CoreThreadReport& thread,
                        const NameStyle& names) {
    out += '\n';
    ThreadPrinter(out, report, names).print(thread);
}

}  // namespace symline::output
