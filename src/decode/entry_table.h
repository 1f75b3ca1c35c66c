// Entries by what was asked. A log comes back to thousands of frames in no order, so that looking
// one up waits for memory: a table of hashes, and each key right behind its entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "decode/entry.h"

namespace symline::decode {

class EntryTable {
public:
    EntryTable() = default;
    EntryTable(const EntryTable&) = delete;
    EntryTable& operator=(const EntryTable&) = delete;
    ~EntryTable() { clear(); }

    /// Null where there is none. Entries stay where they are until they are cleared.
    const Entry* find(std::string_view key) const;
    /// Replaces the one of the same key.
    const Entry& put(std::string_view key, Entry entry);
    void clear();

private:
    struct Node {
        Entry entry;
        std::string_view key;
    };
    struct Slot {
        std::uint64_t hash = 0;
        Node* node = nullptr;  ///< null: the slot is free
    };

    /// Of that key, or the free one that it belongs in.
    const Slot& slot_of(std::string_view key, std::uint64_t hash) const;
    Slot& free_slot(std::uint64_t hash);
    void grow();

    std::vector<Slot> slots_;  ///< a power of two
    std::size_t size_ = 0;
    std::pmr::monotonic_buffer_resource memory_;  ///< of nodes and keys
};

}  // namespace symline::decode
