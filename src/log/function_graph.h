// The function_graph tracer and funcgraph: " 1)   0.651 us    |      foo();", "} /* foo */".
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

inline constexpr std::string_view kGraphBar = "| ";
inline constexpr Mark kGraphMarks[] = {{kGraphBar}};

/// True when the line is one of the tracer's, also when it names no function.
bool read_function_graph(const LineContext& line);

}  // namespace symline::log
