// The command line of `symline core`.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "output/core_report.h"
#include "symline/kernel_task.h"
#include "tools/debug_file_places.h"
#include "tools/display.h"
#include "tools/ending.h"
#include "tools/fetch_session.h"
#include "tools/resource_limits.h"

namespace symline::tools {

enum class CoreFormat { text, json, folded };
enum class ShownRegisters { none, general, all };

struct CoreOptions {
    std::string core;       ///< where it is read
    std::string core_name;  ///< as it was named
    std::string program;
    std::optional<int> pid;  ///< a living process instead of a core
    std::optional<int> tid;
    bool crashing_only = false;
    CoreFormat format = CoreFormat::text;
    std::optional<output::ShownFrames> shown_frames = output::ShownFrames();
    bool tasks = false;                ///< of a kernel: all tasks, not only those on a CPU
    std::vector<TaskState> states;     ///< of a kernel: the tasks in these alone; empty: all
    bool process_table = false;        ///< of a kernel: a table of its tasks
    bool module_table = false;         ///< a table of the modules
    bool raw_log = false;              ///< of a kernel: its log alone, as it is
    std::vector<std::string> modules;  ///< of a kernel: folders of modules that are searched first
    ShownRegisters registers = ShownRegisters::none;
    std::string split_package;  ///< --dwp; empty: none
    DebugFileOptions places = unread_debug_file_options();
    ResourceLimits limits;
    FetchChoice fetch;
    DisplayOptions shown;  ///< source lines only

    /// Stacks come with a table only if they are asked for.
    bool shows_stacks() const {
        const bool table = process_table || module_table;
        return !table || tasks || tid.has_value() || crashing_only ||
               registers != ShownRegisters::none || format == CoreFormat::folded;
    }
};

/// `words` is the command line after "core".
std::expected<CoreOptions, Ending> parse_core(const std::vector<std::string>& words);

}  // namespace symline::tools
