// A GSYM file as it is: which functions there are, and what their records say of the addresses
// around their beginnings. Seeds: fixtures/bin/gsym.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "gsym/plain_reader.h"

namespace {

using namespace symline;
using namespace symline::gsym;

/// Reads every byte of what a frame points to.
std::size_t sum(const std::vector<Frame>& frames) {
    std::size_t all = 0;
    for (const Frame& frame : frames) {
        for (const char c : frame.name) all += static_cast<unsigned char>(c);
        for (const char c : frame.location.file) all += static_cast<unsigned char>(c);
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::uint32_t kMaxFunctions = 24;
    const std::vector<std::uint8_t> image(data, data + size);
    const auto file = PlainFile::of(image);
    if (!file) return 0;
    PlainReader reader(*file);
    std::size_t all = 0;
    for (std::uint32_t i = 0; i < std::min(file->functions(), kMaxFunctions); ++i) {
        all += file->name_of(i).size();
        for (const std::uint64_t offset : {-1, 0, 1, 8, 40}) {
            if (const auto frames = reader.lookup(file->address_of(i) + offset)) {
                all += sum(*frames);
            }
        }
    }
    // So that the compiler cannot leave the work out.
    if (all == ~std::size_t{0}) std::abort();
    return 0;
}
