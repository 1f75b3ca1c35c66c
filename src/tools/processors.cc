#include "tools/processors.h"

#include <sched.h>

#include <algorithm>

namespace symline::tools {

unsigned usable_processors() {
    cpu_set_t usable;
    CPU_ZERO(&usable);
    // Fails on machines of more processors than the set has room for.
    if (::sched_getaffinity(0, sizeof(usable), &usable) != 0) return 1;
    return static_cast<unsigned>(std::max(CPU_COUNT(&usable), 1));
}

}  // namespace symline::tools
