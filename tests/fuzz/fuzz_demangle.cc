// One mangled name.
#include "probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    symline::fuzz::probe_demangle({reinterpret_cast<const char*>(data), size});
    return 0;
}
