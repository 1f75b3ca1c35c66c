#include "vmcore/format/flattened_dump.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "base/bytes.h"

namespace symline::vmcore {
namespace {

constexpr std::string_view kSignature("makedumpfile\0\0\0\0", 16);
constexpr std::uint64_t kFirstRecord = 4096;
/// Offset and size, each 8 bytes big-endian.
constexpr std::uint64_t kRecordHead = 16;
/// Offsets and sizes are signed in the format; this one also keeps sums from wrapping.
constexpr std::uint64_t kMaxOffset = std::uint64_t{1} << 60;
/// 24 bytes each are kept. makedumpfile writes records of 4 MB, QEMU of one page's data.
constexpr std::size_t kMaxRecords = std::size_t{1} << 25;

using Record = FlattenedDump::Record;

/// Later records hide what earlier ones say of the same bytes.
std::vector<Record> without_overlaps(const std::vector<Record>& in_file_order) {
    std::map<std::uint64_t, Record> taken;  // by end
    for (auto record = in_file_order.rbegin(); record != in_file_order.rend(); ++record) {
        std::uint64_t from = record->offset;
        auto next = taken.upper_bound(from);
        while (from < record->end()) {
            const std::uint64_t gap = next == taken.end() ? record->end() : next->second.offset;
            const std::uint64_t to = std::min(gap, record->end());
            if (from < to) {
                taken.emplace(to, Record{from, to - from, record->at + (from - record->offset)});
            }
            if (next == taken.end()) break;
            from = std::max(from, next->second.end());
            ++next;
        }
    }
    std::vector<Record> records;
    records.reserve(taken.size());
    for (const auto& [end, record] : taken) records.push_back(record);
    return records;
}

}  // namespace

bool is_flattened(const DumpFile& file) {
    std::array<std::uint8_t, kSignature.size()> begin{};
    return file.read(0, begin) &&
           std::equal(begin.begin(), begin.end(), kSignature.begin(),
                      [](std::uint8_t a, char b) { return a == std::uint8_t(b); });
}

Expected<std::unique_ptr<DumpFile>> FlattenedDump::open(std::unique_ptr<DumpFile> file,
                                                        std::vector<std::string>& problems) {
    std::unique_ptr<FlattenedDump> dump(new FlattenedDump(std::move(file)));
    dump->read_records(problems);
    if (dump->records_.empty()) {
        return std::unexpected(Error{ErrorCode::malformed, {}, "flattened dump without records"});
    }
    dump->order();
    return dump;
}

void FlattenedDump::read_records(std::vector<std::string>& problems) {
    const std::uint64_t length = file_->size();
    const auto stop = [&problems](const char* why) {
        problems.push_back(std::string("the flattened dump ") + why + "; what follows is missing");
    };
    for (std::uint64_t at = kFirstRecord;;) {
        std::array<std::uint8_t, kRecordHead> head{};
        if (!file_->read(at, head)) return stop("ends without its end mark");
        const auto offset = base::load<std::uint64_t>(head.data(), true);
        const auto size = base::load<std::uint64_t>(head.data() + 8, true);
        at += kRecordHead;
        if (offset == ~std::uint64_t{0}) return;
        if (offset >= kMaxOffset || size == 0 || size >= kMaxOffset) return stop("is damaged");
        if (records_.size() == kMaxRecords) return stop("has too many records");
        const std::uint64_t there = std::min(size, length - at);
        if (there > 0) add({offset, there, at});
        if (there < size) return stop("is cut short");
        at += size;
    }
}

void FlattenedDump::add(Record record) {
    size_ = std::max(size_, record.end());
    given_ += record.size;
    records_.push_back(record);
}

void FlattenedDump::order() {
    std::vector<Record> sorted = records_;
    std::ranges::stable_sort(sorted, {}, &Record::offset);
    const auto overlap = [](const Record& a, const Record& b) { return a.end() > b.offset; };
    if (std::ranges::adjacent_find(sorted, overlap) != sorted.end()) {
        sorted = without_overlaps(records_);
    }
    records_ = std::move(sorted);
}

bool FlattenedDump::read(std::uint64_t offset, std::span<std::uint8_t> to) const {
    if (offset > size_ || to.size() > size_ - offset) return false;
    std::ranges::fill(to, std::uint8_t{0});
    const std::uint64_t end = offset + to.size();
    auto record = std::ranges::upper_bound(records_, offset, {}, &Record::offset);
    if (record != records_.begin()) --record;
    for (; record != records_.end() && record->offset < end; ++record) {
        const std::uint64_t from = std::max(record->offset, offset);
        const std::uint64_t upto = std::min(record->end(), end);
        if (from >= upto) continue;
        const auto part = to.subspan(from - offset, upto - from);
        if (!file_->read(record->at + (from - record->offset), part)) return false;
    }
    return true;
}

}  // namespace symline::vmcore
