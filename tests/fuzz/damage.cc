#include "damage.h"

#include <algorithm>
#include <random>

#include "elf/elf_file.h"

namespace symline::fuzz {
namespace {

class Damage {
public:
    Damage(std::vector<std::uint8_t> image, std::uint64_t seed)
        : image_(std::move(image)), random_(seed) {
        if (const auto file = elf::ElfFile::from_memory("image", image_)) find_targets(*file);
    }

    std::vector<std::uint8_t> make() {
        const std::uint64_t changes = 1 + below(4);
        for (std::uint64_t i = 0; i < changes && !image_.empty(); ++i) change();
        return std::move(image_);
    }

private:
    struct Extent {
        std::uint64_t offset, size;
    };

    /// The file header and the section headers, then every section that a lookup reads.
    void find_targets(const elf::ElfFile& file) {
        targets_.push_back({0, 64});
        const std::uint64_t headers = file.sections().size() * (file.is64() ? 64U : 40U);
        targets_.push_back(
            {image_.size() - std::min<std::uint64_t>(headers, image_.size()), headers});
        for (const Section& section : file.sections()) {
            const bool read =
                section.name.starts_with(".debug_") || section.name.starts_with(".zdebug_") ||
                section.name.starts_with(".rel") || section.name.starts_with(".sym") ||
                section.name.starts_with(".strtab") || section.name.starts_with(".note");
            if (read && section.size > 0)
                targets_.push_back({file.header(section).offset, section.size});
        }
    }

    std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }

    /// A place in one of the targets: each is as likely as another, however small.
    std::uint64_t place() {
        if (targets_.empty()) return below(image_.size());
        const Extent& target = targets_[below(targets_.size())];
        return std::min<std::uint64_t>(target.offset + below(target.size), image_.size() - 1);
    }

    void change() {
        switch (below(6)) {
            case 0:
                for (std::uint64_t i = 1 + below(16); i > 0; --i) {
                    image_[place()] ^= static_cast<std::uint8_t>(1U << below(8));
                }
                break;
            case 1:
                image_.resize(below(4) == 0 ? below(image_.size())
                                            : image_.size() - below(512) % image_.size());
                break;
            case 2: splice(); break;
            case 3: fill(); break;
            default: huge(); break;
        }
    }

    void splice() {
        const std::uint64_t from = place(), to = place();
        const std::uint64_t size =
            std::min({1 + below(256), image_.size() - from, image_.size() - to});
        const std::vector<std::uint8_t> block(
            image_.begin() + static_cast<std::ptrdiff_t>(from),
            image_.begin() + static_cast<std::ptrdiff_t>(from + size));
        std::ranges::copy(block, image_.begin() + static_cast<std::ptrdiff_t>(to));
    }

    void fill() {
        const std::uint64_t at = place();
        const std::uint64_t size = std::min<std::uint64_t>(1 + below(64), image_.size() - at);
        constexpr std::uint8_t kFillings[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
        std::fill_n(image_.begin() + static_cast<std::ptrdiff_t>(at), size, kFillings[below(5)]);
    }

    /// A number of 1 to 8 bytes that is too large, or just so.
    void huge() {
        constexpr std::uint64_t kNumbers[] = {
            ~0ULL,          ~0ULL - 1,      1ULL << 63,     (1ULL << 63) - 1,
            1ULL << 40,     0xffff'fff0ULL, 0x8000'0000ULL, 0x7fff'ffffULL,
            0x1000'0000ULL, 0xffffULL,      0x10ULL,        0};
        const std::uint64_t value = kNumbers[below(std::size(kNumbers))];
        std::uint64_t at = place();
        if (below(2) == 0) at -= at % 4;
        const std::uint64_t size =
            std::min<std::uint64_t>(std::uint64_t{1} << below(4), image_.size() - at);
        for (std::uint64_t i = 0; i < size; ++i)
            image_[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }

    std::vector<std::uint8_t> image_;
    std::mt19937_64 random_;
    std::vector<Extent> targets_;
};

}  // namespace

std::vector<std::uint8_t> damaged(const std::vector<std::uint8_t>& image, std::uint64_t seed) {
    return Damage(image, seed).make();
}

}  // namespace symline::fuzz
