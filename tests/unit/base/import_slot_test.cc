// The slots of a library's imports: found by name, exchanged, put back.
#include "base/import_slot.h"

#include <dlfcn.h>

#include <doctest/doctest.h>
#include <cstdlib>
#include <cstring>

using namespace symline;

namespace {

char* other_getenv(const char* /*name*/) {
    return nullptr;
}

}  // namespace

TEST_CASE("an import of a loaded library can be exchanged") {
    void* const library = ::dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    const void* const inside = ::dlsym(library, "debuginfod_begin");
    const auto slots = base::import_slots(inside, "getenv");
    REQUIRE_FALSE(slots.empty());
    for (const auto& slot : slots) {
        auto* const before = slot.exchange(reinterpret_cast<void*>(other_getenv));
        CHECK(before != nullptr);
        CHECK(slot.exchange(before) == reinterpret_cast<void*>(other_getenv));
    }
    CHECK(base::import_slots(inside, "no_such_function").empty());
}

TEST_CASE("an address in no library has no imports") {
    int local = 0;
    CHECK(base::import_slots(&local, "getenv").empty());
    CHECK(base::import_slots(nullptr, "getenv").empty());
}
