// Where a process had its files, as the symbolizer markup of a text says it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "log/occurrence.h"

namespace symline::decode {

class ProcessLayout {
public:
    /// Modules and mappings of one more line.
    void take(const log::Facts& facts);
    /// What is at an address of the process: the occurrence with the file, its build id and the
    /// address in it, which are valid until the next line is taken. Nothing: no module was there.
    std::optional<log::Occurrence> located(const log::Occurrence& occurrence) const;

private:
    struct File {
        std::string name;
        std::string build_id;
    };
    const log::UserMapping* mapping_of(std::uint64_t address) const;

    std::map<std::uint64_t, File> files_;                 ///< by their numbers in the text
    std::map<std::uint64_t, log::UserMapping> mappings_;  ///< by where they begin
};

}  // namespace symline::decode
