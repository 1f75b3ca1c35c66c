#include "process/modules/remapped_code.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "process/modules/loaded_elf.h"

namespace symline::process {
namespace {

/// Of a crafted core, in which everything overlaps; each counts once in a real one.
constexpr std::size_t kMaxSteps = std::size_t{1} << 20;
constexpr std::size_t kMaxFound = std::size_t{1} << 16;
constexpr std::uint64_t kPage = 4096;

class Finder {
public:
    Finder(const Memory& memory, WordFormat format, std::vector<Mapping>& mappings)
        : memory_(memory), format_(format), mappings_(mappings) {}

    /// Looks at the parts of a segment that show no file.
    void look(const CoreSegment& segment) {
        auto at = segment.address;
        const auto end = segment.address + segment.memory_size;
        auto next = std::ranges::upper_bound(mappings_, RuntimeAddress{at}, {}, &Mapping::begin);
        if (next != mappings_.begin()) at = std::max(at, std::prev(next)->end.value);
        for (; at < end && steps_ < kMaxSteps; ++next, ++steps_) {
            const auto until = next == mappings_.end() ? end : std::min(end, next->begin.value);
            if (at < until) add(at, until, next);
            if (next == mappings_.end()) return;
            at = std::max(at, next->end.value);
        }
    }

    void finish() {
        if (found_.empty()) return;
        std::ranges::move(found_, std::back_inserter(mappings_));
        std::ranges::stable_sort(mappings_, {}, &Mapping::begin);
    }

private:
    using Next = std::vector<Mapping>::iterator;

    void add(std::uint64_t begin, std::uint64_t end, Next next) {
        if (const auto file = headers_in(begin, next)) return add_code(begin, end, *file, *next);
        if (next == mappings_.begin() || !std::prev(next)->bias) return;
        const Mapping& before = *std::prev(next);
        if (file_at_ != before.module_begin.value || !file_) {
            file_at_ = before.module_begin.value;
            file_ = read_loaded_elf(memory_, format_, file_at_);
        }
        if (file_) add_code(begin, end, *file_, before);
    }

    /// The first page of the file may have been moved, too: its headers say whose the mappings
    /// after it are.
    std::optional<LoadedElf> headers_in(std::uint64_t begin, Next next) {
        if (next == mappings_.end()) return std::nullopt;
        auto file = read_loaded_elf(memory_, format_, begin);
        if (!file || file->low() != begin || next->begin.value >= file->high()) return std::nullopt;
        const auto build_id = read_build_id(memory_, format_, *file);
        for (auto each = next; each != mappings_.end() && each->begin.value < file->high() &&
                               each->path == next->path && steps_ < kMaxSteps;
             ++each, ++steps_) {
            each->module_begin.value = begin;
            each->bias = LoadBias{file->bias};
            each->build_id = build_id;
        }
        return file;
    }

    void add_code(std::uint64_t begin, std::uint64_t end, const LoadedElf& file,
                  const Mapping& neighbour) {
        for (const auto& each : file.segments) {
            if (each.type != elf::kSegmentLoad || (each.flags & elf::kSegmentExecutable) == 0) {
                continue;
            }
            const auto loaded = each.address + file.bias;
            const auto from = std::max(begin, loaded - loaded % kPage);
            const auto to = std::min(end, (loaded + each.memory_size + kPage - 1) / kPage * kPage);
            if (from >= to || found_.size() == kMaxFound) continue;
            Mapping mapping = neighbour;
            mapping.begin.value = from;
            mapping.end.value = to;
            mapping.file_offset = each.offset + (from - loaded);
            mapping.remapped = true;
            found_.push_back(std::move(mapping));
        }
    }

    const Memory& memory_;
    WordFormat format_;
    std::vector<Mapping>& mappings_;
    std::uint64_t file_at_ = 0;
    std::optional<LoadedElf> file_;  ///< the one at `file_at_`
    std::size_t steps_ = 0;
    std::vector<Mapping> found_;
};

}  // namespace

void add_remapped_code(const Memory& memory, WordFormat format,
                       const std::vector<CoreSegment>& segments, std::vector<Mapping>& mappings) {
    Finder finder(memory, format, mappings);
    for (const CoreSegment& each : segments) {
        if (each.executable()) finder.look(each);
    }
    finder.finish();
}

}  // namespace symline::process
