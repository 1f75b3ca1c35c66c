#include "decode/entry_table.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

using namespace symline;
using symline::decode::Entry;
using symline::decode::EntryTable;

namespace {

Entry entry_of(std::uint64_t id) {
    auto place = std::make_shared<DecodedPlace>();
    place->id = id;
    Entry entry;
    entry.answer = std::move(place);
    return entry;
}

std::uint64_t id_of(const Entry* entry) {
    return entry == nullptr ? 0 : entry->answer->id;
}

/// Of every size from none to many bytes, with bytes that end other texts.
std::string key_of(std::uint64_t number) {
    return std::string(number % 97, '\0') + std::to_string(number);
}

}  // namespace

TEST_CASE("entry table: thousands of entries, each where it was put") {
    constexpr std::uint64_t kEntries = 5000;
    EntryTable table;
    CHECK(table.find("") == nullptr);
    const Entry* const first = &table.put("", entry_of(kEntries));
    for (std::uint64_t i = 1; i < kEntries; ++i) {
        CHECK(table.find(key_of(i)) == nullptr);
        CHECK(id_of(&table.put(key_of(i), entry_of(i))) == i);
    }
    CHECK(table.find("") == first);
    for (std::uint64_t i = 1; i < kEntries; ++i) CHECK(id_of(table.find(key_of(i))) == i);
    CHECK(table.find(key_of(kEntries)) == nullptr);
}

TEST_CASE("entry table: an entry of the same key takes the place of the one before") {
    EntryTable table;
    const Entry* const entry = &table.put("key", entry_of(1));
    CHECK(&table.put("key", entry_of(2)) == entry);
    CHECK(id_of(table.find("key")) == 2);
}

TEST_CASE("entry table: cleared, it lets go of all entries and takes new ones") {
    EntryTable table;
    const auto entry = entry_of(1);
    for (std::uint64_t i = 0; i < 1000; ++i) table.put(key_of(i), entry);
    CHECK(entry.answer.use_count() == 1001);
    table.clear();
    CHECK(entry.answer.use_count() == 1);
    CHECK(table.find(key_of(7)) == nullptr);
    table.put(key_of(7), entry_of(8));
    CHECK(id_of(table.find(key_of(7))) == 8);
}
