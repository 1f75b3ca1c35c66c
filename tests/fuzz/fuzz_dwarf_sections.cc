// Debug sections in the format of section_image.h.
#include "probe.h"
#include "section_image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto image = symline::fuzz::build_image(symline::fuzz::split({data, size}));
    symline::fuzz::probe_units(image);
    symline::fuzz::probe_dwarf(image);
    return 0;
}
