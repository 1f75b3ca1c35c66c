// What a text's address in a user program means: every tool counts from somewhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/loaded_kernel.h"
#include "log/occurrence.h"

namespace symline::decode {

/// Why a place of a user program was not found.
enum class UserMiss {
    low_bits_differ,  ///< the address and the offset in the file, both given, are not of one place
    other_build,      ///< the symbol is not where the text has it, or the file is not mapped so
    no_symbol,        ///< none of that name
    not_mapped,       ///< the text does not say where the file was mapped
};
/// One phrase for people.
std::string describe(UserMiss miss, std::string_view file);

struct UserPlaces {
    /// More than one when only the symbol and the last digits of the address tell.
    std::vector<kernel::KernelPlace> places{};
    std::optional<UserMiss> miss{};  ///< why there are none
};

/// The places in `file` that the occurrence may mean.
UserPlaces user_places(kernel::KernelFile& file, const log::Occurrence& occurrence);

}  // namespace symline::decode
