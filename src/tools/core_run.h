// `symline core` behind its command line: a core or a living process in, its stacks out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "output/core_report.h"
#include "process/process_stacks.h"
#include "symline/core_dump.h"
#include "symline/symbolizer.h"
#include "tools/core_options.h"
#include "tools/diagnostics.h"
#include "tools/place_details.h"
#include "tools/standard_output.h"

namespace symline::tools {

class CoreRun {
public:
    /// `options` is borrowed and must live as long.
    CoreRun(const CoreOptions& options, Diagnostics& diagnostics, StandardOutput& output);

    /// True when the core could be read and the thread that was asked for is in it.
    bool run();
    const FetchSession& fetches() const { return fetches_; }

private:
    /// A process ready to be shown; `names` are those of its threads, where they are known.
    struct Subject {
        process::ProcessView view;
        const CoreProcess& process;
        const std::vector<process::CoreThread>& threads;
        const std::vector<std::string>& names;
    };

    bool run_core();
    bool run_process();
    void set_up_symbolizer(const CoreProcess& process);
    bool show(const Subject& subject);
    void describe(const CoreProcess& process, unsigned word_size);
    std::vector<process::CoreThread> chosen(const Subject& subject) const;
    void fetch_debug_files(const std::vector<StackTrace>& stacks,
                           const std::vector<Mapping>& mappings);
    void add_threads(const std::vector<StackTrace>& stacks, const std::vector<Mapping>& mappings);
    output::CoreThreadReport thread_report(const StackTrace& stack,
                                           const std::vector<Mapping>& mappings);
    const output::CoreFrame& frame_at(const StackFrame& frame,
                                      const std::vector<Mapping>& mappings);
    void note(std::string text);
    void print();

    const CoreOptions& options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> debug_files_;
    std::unique_ptr<Symbolizer> symbolizer_;
    std::optional<PlaceDetailer> detailer_;
    output::CoreReport report_;
    std::map<CodeAddress, output::CoreFrame> places_;  ///< stacks repeat their places
};

}  // namespace symline::tools
