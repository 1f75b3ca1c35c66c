// What the parser keeps between lines.
#pragma once

#include <cstdint>

namespace symline::log {

/// Tools whose lines mean something only after lines that came before.
enum class Tracer : std::uint8_t {
    none,
    perf_script,  ///< after a sample's header: a bare name is a frame
    perf_report,  ///< in a call graph: a bare name is a frame
    trace_hist,   ///< in "{ stacktrace:" of a histogram
};

struct StackState {
    bool in_stack = false;    ///< the line before was a frame
    bool after_trap = false;  ///< ... of a trap's entry code: the next frame is where it came from
    bool after_warning = false;  ///< a warning's line that ends where its symbol should stand
    bool after_signal = false;   ///< gdb's "<signal handler called>", likewise
    bool probe_at_call =
        false;  ///< the last probe named was one whose first frame is a return address
    Tracer tracer = Tracer::none;
};

}  // namespace symline::log
