#include "tools/text_store.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using symline::tools::TextStore;

TEST_CASE("texts stay what they were, however many and however long") {
    TextStore store;
    std::vector<TextStore::Slice> slices;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 3000; ++i) {
        texts.emplace_back(i % 1000 == 999 ? std::size_t{1500000} : i,
                           static_cast<char>('a' + i % 26));
        store.begin() += texts.back();
        slices.push_back(store.end());
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
        REQUIRE(store[slices[i]] == texts[i]);
        CHECK(store.start(slices[i]) == store[slices[i]].data());
    }
}
