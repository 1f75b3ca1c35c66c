// How much work one file may cause: real files have everything read a few times, crafted ones of a
// few KB could have it read, or kept in memory, millions of times over.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace symline::dwarf {

/// Work on what many units or DIEs may refer to.
enum class Work {
    abbreviation_tables,  ///< bytes read into tables
    unit_abbreviations,   ///< bytes passed in search of the abbreviations of unit DIEs
    line_programs,        ///< bytes of line programs run to learn their sequences
    indexed_ranges,       ///< ranges kept in an index
    listed_ranges,        ///< entries of range lists read for one lookup
    call_sites,           ///< DIEs passed in search of calls
    variables,     ///< for one lookup: DIEs and locations read of variables and their types, and
                   ///< files passed in search of a source
    overlaps,      ///< for one lookup, or an index: what holds an address beside what else does
    inline_trees,  ///< bytes of functions' DIEs passed for an index
};
constexpr std::size_t kWorkCount = 9;

class WorkBudget {
public:
    /// For debug information of `size` bytes. Of split units, hundreds may be open at once, each
    /// with little to read: their budgets are smaller.
    enum class Kind { whole_file, split_unit };
    WorkBudget(std::uint64_t size, Kind kind) : size_(size) {
        struct Allowance {
            std::uint64_t base, per_byte;
        };
        constexpr std::uint64_t kMega = std::uint64_t{1} << 20;
        constexpr std::array<Allowance, kWorkCount> kAllowances = {{
            {16 * kMega, 16},  // abbreviation_tables: up to 16 bytes of memory each
            {64 * kMega, 64},  // unit_abbreviations
            {8 * kMega, 16},   // line_programs: up to 20 bytes of memory each
            {kMega / 2, 1},    // indexed_ranges: 32 bytes of memory each
            {16 * kMega, 4},   // listed_ranges
            {16 * kMega, 4},   // call_sites: 20 ns each
            {4 * kMega, 1},    // variables: up to 100 ns each
            {kOverlaps, 0},    // overlaps: up to 100 ns each
            {16 * kMega, 32},  // inline_trees: 20 ns each
        }};
        const std::uint64_t divisor = kind == Kind::split_unit ? 64 : 1;
        for (std::size_t i = 0; i < kWorkCount; ++i) {
            allowed_[i] = kAllowances[i].base / divisor + kAllowances[i].per_byte * size;
        }
    }

    /// Counts work, and is false once there was more of it than a file of this size needs.
    bool spend(Work work, std::uint64_t amount) {
        const auto index = static_cast<std::size_t>(work);
        spent_[index] += amount;
        return spent_[index] <= allowed_[index];
    }
    std::uint64_t left(Work work) const {
        const auto index = static_cast<std::size_t>(work);
        return allowed_[index] - std::min(allowed_[index], spent_[index]);
    }
    /// What was read was evicted, and may have to be read again: that is not a file's fault. No
    /// more is given back than a file has: when the parts of a small file fill the memory, it is.
    void refund() {
        if (refunds_left_ == 0) return;
        --refunds_left_;
        for (std::uint64_t& spent : spent_) spent -= std::min(spent, size_);
    }
    /// An index asks for every place of a file once, in order: all of it counts together. Each
    /// place is in one unit, one function and one line sequence; where code was folded, in some
    /// more.
    void start_index() {
        constexpr std::uint64_t kBase = std::uint64_t{1} << 19;
        indexing_ = true;
        allowed_[static_cast<std::size_t>(Work::overlaps)] = kBase + size_ / 2;
        refunds_left_ = 64;  // code of a profiled program lies in another order than its units
    }
    /// What is counted for each lookup starts from 0 again.
    void start_lookup() {
        spent_[static_cast<std::size_t>(Work::listed_ranges)] = 0;
        spent_[static_cast<std::size_t>(Work::variables)] = 0;
        if (!indexing_) spent_[static_cast<std::size_t>(Work::overlaps)] = 0;
    }

private:
    /// Linkers fold some thousand empty functions of a large C++ program into one.
    static constexpr std::uint64_t kOverlaps = 16384;

    std::uint64_t size_;
    std::uint64_t refunds_left_ = UINT64_MAX;
    bool indexing_ = false;
    std::array<std::uint64_t, kWorkCount> spent_{};
    std::array<std::uint64_t, kWorkCount> allowed_{};
};

}  // namespace symline::dwarf
