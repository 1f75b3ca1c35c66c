// Symbols with a size, by address: buckets of neighbours, each sorted when it is first searched. A
// kernel has 50,000 such symbols in its code, and sorting all takes longer than a few lookups.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/radix_sort.h"

namespace symline::elf {

class SizedSymbols {
public:
    struct Placed {
        std::uint64_t low, end;
        std::uint64_t highest;  ///< the highest end up to here: where to stop looking back
        std::uint32_t index;    ///< in the symbol table
    };

    SizedSymbols() = default;
    /// Capacity `max`; most symbols start in [low, high).
    SizedSymbols(std::uint64_t low, std::uint64_t high, std::uint32_t max) : base_(low) {
        constexpr std::uint64_t kInBucket = 32;
        const std::uint64_t parts = max / kInBucket + 1;
        const std::uint64_t span = high > low ? high - low : 1;
        shift_ = std::min(static_cast<unsigned>(std::bit_width(span / parts)), 63U);
        last_ = span >> shift_;
        buckets_.resize(last_ + 1);
        links_.reserve(max);
    }

    /// Adds a symbol; in the order of the symbol table. `end` is above `low`.
    void add(std::uint32_t index, std::uint64_t low, std::uint64_t end) {
        Bucket& bucket = buckets_[bucket_of(low)];
        links_.push_back({index, bucket.last});
        bucket.last = static_cast<std::uint32_t>(links_.size());
        ++bucket.count;
        bucket.highest = std::max(bucket.highest, end);
    }
    /// Call it after the last add().
    void finish() {
        std::uint32_t begin = 0;
        std::uint64_t highest = 0;
        for (Bucket& bucket : buckets_) {
            bucket.begin = begin;
            begin += bucket.count;
            std::swap(bucket.highest, highest);
            highest = std::max(highest, bucket.highest);
        }
        // Pages that are never written take no memory.
        placed_ = std::make_unique_for_overwrite<Placed[]>(links_.size());
    }

    std::uint32_t size() const { return static_cast<std::uint32_t>(links_.size()); }

    /// How many start at or before an address. `place(index)` gives the arguments that add() got
    /// for a symbol, as members low and end.
    template <typename Place>
    std::uint32_t count_up_to(std::uint64_t address, const Place& place) {
        if (buckets_.empty()) return 0;
        Bucket& bucket = buckets_[bucket_of(address)];
        arrange(bucket, place);
        const Placed* const begin = placed_.get() + bucket.begin;
        const Placed* const end = begin + bucket.count;
        const Placed* const after =
            std::upper_bound(begin, end, address,
                             [](std::uint64_t at, const Placed& each) { return at < each.low; });
        return static_cast<std::uint32_t>(after - placed_.get());
    }

    /// Symbol number `number` in the order of their starts; those that start together are in the
    /// order of the table.
    template <typename Place>
    const Placed& at(std::uint32_t number, const Place& place) {
        if (number - begin_ >= count_) {
            const auto after = std::ranges::upper_bound(buckets_, number, {}, &Bucket::begin);
            arrange(*std::prev(after), place);
        }
        return placed_[number];
    }

private:
    struct Bucket {
        std::uint32_t begin = 0, count = 0;
        std::uint32_t last = 0;     ///< the number of the last link plus one; 0: arranged, or empty
        std::uint64_t highest = 0;  ///< of the ends; from finish() on, of those in front of it
    };
    /// A symbol, and the one that was added to its bucket before it.
    struct Link {
        std::uint32_t index, before;
    };

    std::size_t bucket_of(std::uint64_t address) const {
        if (address < base_) return 0;
        return std::min<std::uint64_t>((address - base_) >> shift_, last_);
    }

    template <typename Place>
    void arrange(Bucket& bucket, const Place& place) {
        begin_ = bucket.begin;
        count_ = bucket.count;
        if (bucket.last == 0) return;
        std::vector<Placed> sorted(bucket.count);
        for (std::uint32_t number = bucket.count; number-- != 0;) {
            const Link& link = links_[bucket.last - 1];
            const auto where = place(link.index);
            sorted[number] = {where.low, where.end, 0, link.index};
            bucket.last = link.before;
        }
        base::radix_sort(sorted, [](const Placed& each) { return each.low; });
        std::uint64_t highest = bucket.highest;
        Placed* to = placed_.get() + bucket.begin;
        for (Placed& each : sorted) {
            each.highest = highest = std::max(highest, each.end);
            *to++ = each;
        }
    }

    std::uint64_t base_ = 0;
    unsigned shift_ = 0;      ///< from a distance to the number of a bucket,
    std::uint64_t last_ = 0;  ///< which is not above this
    std::vector<Bucket> buckets_;
    std::vector<Link> links_;
    std::unique_ptr<Placed[]> placed_;     ///< in the order of the buckets
    std::uint32_t begin_ = 0, count_ = 0;  ///< of the bucket that was used last
};

}  // namespace symline::elf
