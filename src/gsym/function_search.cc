#include "gsym/function_search.h"

namespace symline::gsym {

/// The addresses, once so many were looked up that checking all of them is the cheaper way; null
/// before that.
const std::uint8_t* FunctionSearch::whole_table(GsymFile& file) {
    constexpr std::uint32_t kFew = 64;
    if (lookups_ < kFew) {
        ++lookups_;
        return nullptr;
    }
    if (table_.empty()) table_ = file.addresses();
    return table_.empty() ? nullptr : table_.data();
}

std::uint32_t FunctionSearch::last_at(GsymFile& file, std::uint64_t address) {
    const std::uint8_t* table = whole_table(file);
    const std::uint32_t count = file.functions();
    if (table != nullptr && address >= file.base()) {
        const std::uint64_t offset = address - file.base();
        switch (file.width()) {
            case 1: return last_near<std::uint8_t>(table, count, offset);
            case 2: return last_near<std::uint16_t>(table, count, offset);
            case 4: return last_near<std::uint32_t>(table, count, offset);
            default: return last_near<std::uint64_t>(table, count, offset);
        }
    }
    std::uint32_t low = 0, high = count;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (file.address_of(middle) <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? count : low - 1;
}

/// The same in the whole table. Addresses mostly come sorted: the search begins where the last one
/// ended.
template <typename Offset>
std::uint32_t FunctionSearch::last_near(const std::uint8_t* table, std::uint32_t count,
                                        std::uint64_t offset) {
    const auto before = [&](std::uint32_t function) {
        return base::load<Offset>(table + sizeof(Offset) * std::uint64_t{function}, false) <=
               offset;
    };
    std::uint32_t low = 0, high = count;
    if (before(last_found_)) {
        low = last_found_ + 1;
        for (std::uint32_t step = 1; step < high - low; step *= 2) {
            if (!before(low + step)) {
                high = low + step;
            } else {
                low += step + 1;
            }
        }
    }
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (before(middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) return count;
    return last_found_ = low - 1;
}

}  // namespace symline::gsym
