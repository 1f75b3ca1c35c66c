#include "tools/index_choice.h"

#include <cstdlib>

namespace symline::tools {

std::optional<IndexUse> index_use_named(std::string_view word) {
    if (word == "auto") return IndexUse::automatic;
    if (word == "never") return IndexUse::never;
    if (word == "require") return IndexUse::require;
    return std::nullopt;
}

IndexUse index_use_of_environment() {
    const char* word = std::getenv("SYMLINE_INDEX");
    return word == nullptr ? IndexUse::automatic
                           : index_use_named(word).value_or(IndexUse::automatic);
}

}  // namespace symline::tools
