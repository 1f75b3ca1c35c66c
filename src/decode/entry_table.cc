#include "decode/entry_table.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace symline::decode {
namespace {

std::uint64_t hash_of(std::string_view key) {
    return std::hash<std::string_view>()(key);
}

}  // namespace

const EntryTable::Slot& EntryTable::slot_of(std::string_view key, std::uint64_t hash) const {
    const auto mask = slots_.size() - 1;
    for (auto at = hash & mask;; at = (at + 1) & mask) {
        const Slot& slot = slots_[at];
        if (slot.node == nullptr) return slot;
        if (slot.hash == hash && slot.node->key == key) return slot;
    }
}

const Entry* EntryTable::find(std::string_view key) const {
    if (slots_.empty()) return nullptr;
    const Node* node = slot_of(key, hash_of(key)).node;
    return node == nullptr ? nullptr : &node->entry;
}

EntryTable::Slot& EntryTable::free_slot(std::uint64_t hash) {
    const auto mask = slots_.size() - 1;
    auto at = hash & mask;
    while (slots_[at].node != nullptr) at = (at + 1) & mask;
    return slots_[at];
}

void EntryTable::grow() {
    constexpr std::size_t kFirst = 256;
    const auto old = std::exchange(slots_, std::vector<Slot>(std::max(kFirst, 2 * slots_.size())));
    for (const Slot& slot : old) {
        if (slot.node != nullptr) free_slot(slot.hash) = slot;
    }
}

const Entry& EntryTable::put(std::string_view key, Entry entry) {
    if (2 * size_ >= slots_.size()) grow();
    const auto hash = hash_of(key);
    if (Node* known = slot_of(key, hash).node) return known->entry = std::move(entry);
    std::pmr::polymorphic_allocator<> allocator(&memory_);
    Node* const node = allocator.new_object<Node>(std::move(entry));
    char* const copy = allocator.allocate_object<char>(key.size());
    std::ranges::copy(key, copy);
    node->key = {copy, key.size()};
    free_slot(hash) = {hash, node};
    ++size_;
    return node->entry;
}

void EntryTable::clear() {
    for (Slot& slot : slots_) {
        if (slot.node != nullptr) std::destroy_at(slot.node);
        slot = {};
    }
    size_ = 0;
    memory_.release();
}

}  // namespace symline::decode
