// A whole ELF image.
#include "probe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    symline::fuzz::probe_dwarf({data, size});
    return 0;
}
