// How many processors this process may use.
#pragma once

namespace symline::tools {

/// At least 1.
unsigned usable_processors();

}  // namespace symline::tools
