// An index: as it is, and with its checksums made right, as somebody would who wants to be
// believed; without that, what they guard would never be reached.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "elf/compression.h"
#include "gsym/block_sum.h"
#include "gsym/gsym_format.h"
#include "gsym/gsym_reader.h"

namespace {

using namespace symline;
using namespace symline::gsym;
using Image = std::vector<std::uint8_t>;

constexpr std::size_t kPlacementAt = kFooterMagic.size() + 8;
constexpr std::size_t kPartsAt = kPlacementAt + 8 + kOriginSize;
constexpr std::size_t kBuildIdAt = kHeaderSize - kMaxBuildId;

template <typename T>
T number(const Image& image, std::size_t at) {
    return at + sizeof(T) <= image.size() ? base::load<T>(image.data() + at, false) : T{0};
}

template <typename T>
void set(Image& image, std::size_t at, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i, value = static_cast<T>(value >> 7 >> 1)) {
        image[at + i] = static_cast<std::uint8_t>(value);
    }
}

void set_crc(Image& image, std::size_t at, std::size_t begin, std::size_t end) {
    set(image, at, elf::crc32(std::span(image).subspan(begin, end - begin)));
}

/// `image` must have room for a header and a footer.
void seal(Image& image) {
    const std::size_t footer = image.size() - kFooterSize;
    std::ranges::copy(kFooterMagic, image.begin() + static_cast<std::ptrdiff_t>(footer));
    set(image, footer + kFooterMagic.size(), kFooterVersion);
    set(image, image.size() - 16, std::uint64_t{image.size()});
    const std::size_t last = footer + kPartsAt + 8 * (kPartCount - 1);
    const auto sums = number<std::uint64_t>(image, last);
    if (sums <= footer) {
        for (std::size_t block = 0; block < sums; block += kBlockSize) {
            const std::size_t at = sums + block / kBlockSize * 4;
            if (at + 4 > footer) break;
            const auto size = std::min<std::size_t>(kBlockSize, sums - block);
            set(image, at, block_sum(std::span(image).subspan(block, size)));
        }
        set_crc(image, image.size() - 8, sums, footer);
    }
    set_crc(image, image.size() - 4, footer, image.size() - 4);
}

/// Of the image itself, so that it is not refused for another's.
BuildId build_id_of(const Image& image) {
    const auto size = std::min<std::size_t>(image[7], kMaxBuildId);
    return BuildId(std::as_bytes(std::span(image).subspan(kBuildIdAt, size)));
}

/// Where the first functions begin, with a byte before and one after.
std::vector<std::uint64_t> addresses(const Image& image) {
    constexpr std::size_t kMaxFunctions = 24;
    const std::size_t width = image[6];
    const auto base = number<std::uint64_t>(image, 8);
    std::vector<std::uint64_t> all = {0, base, ~std::uint64_t{0}};
    for (std::size_t i = 0; i < kMaxFunctions && width <= 8; ++i) {
        const auto offset = number<std::uint64_t>(image, kHeaderSize + i * width);
        const std::uint64_t mask = width == 8 ? ~std::uint64_t{0} : (1ULL << (8 * width)) - 1;
        const std::uint64_t begin = base + (offset & mask);
        all.insert(all.end(), {begin - 1, begin, begin + 1, begin + 40});
    }
    return all;
}

/// Reads every byte of what a frame points to.
std::size_t sum(std::string_view text) {
    std::size_t all = text.size();
    for (const char letter : text) all += static_cast<unsigned char>(letter);
    return all;
}

std::size_t probe(const Image& image) {
    const auto placement = number<std::uint64_t>(image, image.size() - kFooterSize + kPlacementAt);
    auto reader = GsymReader::of(image, build_id_of(image), placement);
    if (!reader) return 0;
    std::size_t all = 0;
    std::vector<Frame> frames;
    for (const std::uint64_t address : addresses(image)) {
        if (reader->lookup(address, frames) != Answer::frames) continue;
        for (const Frame& frame : frames) {
            all += sum(frame.name) + sum(frame.linkage_name) + sum(frame.location.file);
            if (frame.location.compilation_directory_size > frame.location.file.size())
                std::abort();
        }
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < kHeaderSize + kFooterSize) return 0;
    Image image(data, data + size);
    const std::size_t as_it_is = probe(image);
    seal(image);
    if (as_it_is + probe(image) == ~std::size_t{0}) std::abort();  // the sums are needed
    return 0;
}
