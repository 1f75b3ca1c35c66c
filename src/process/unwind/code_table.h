// Pieces of generated code by address, as they were made one after the other: a new one takes the
// place of all that it overlaps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

namespace symline::process {

template <typename Value>
class CodeTable {
public:
    struct Entry {
        std::uint64_t size = 0;
        Value value{};
    };

    void add(std::uint64_t begin, std::uint64_t size, Value value) {
        if (size == 0 || size > ~begin) return;
        auto at = entries_.lower_bound(begin);
        if (at != entries_.begin()) {
            const auto before = std::prev(at);
            if (begin - before->first < before->second.size) at = before;
        }
        while (at != entries_.end() && at->first < begin + size) at = entries_.erase(at);
        entries_.insert_or_assign(begin, Entry{size, std::move(value)});
    }
    /// Removes what begins there, and gives it.
    std::optional<Entry> take(std::uint64_t begin) {
        const auto found = entries_.find(begin);
        if (found == entries_.end()) return std::nullopt;
        auto entry = std::move(found->second);
        entries_.erase(found);
        return entry;
    }

    /// The entry that holds an address and where it begins, or null.
    const std::pair<const std::uint64_t, Entry>* find(std::uint64_t address) const {
        auto after = entries_.upper_bound(address);
        if (after == entries_.begin()) return nullptr;
        --after;
        return address - after->first < after->second.size ? &*after : nullptr;
    }

    bool empty() const { return entries_.empty(); }
    /// Whether half of the entries or more begin where `is_code` says so.
    bool fits(const std::function<bool(std::uint64_t)>& is_code) const {
        const auto inside =
            std::ranges::count_if(entries_, [&](const auto& each) { return is_code(each.first); });
        return 2 * static_cast<std::size_t>(inside) >= entries_.size();
    }

private:
    std::map<std::uint64_t, Entry> entries_;
};

}  // namespace symline::process
