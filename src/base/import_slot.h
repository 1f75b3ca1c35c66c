// Where a loaded library keeps the addresses of the functions that it imports.
#pragma once

#include <string_view>
#include <vector>

namespace symline::base {

/// One entry of a library's global offset table.
struct ImportSlot {
    void** place = nullptr;
    bool read_only = false;  ///< made so after relocation (RELRO)

    /// Stores `function`; returns what was there, or null, with nothing stored, where the memory
    /// cannot be made writable.
    void* exchange(void* function) const;
};

/// The slots of the function `name` in the library that the address `inside` lies in. Empty when it
/// imports none.
std::vector<ImportSlot> import_slots(const void* inside, std::string_view name);

}  // namespace symline::base
