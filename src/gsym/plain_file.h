// A GSYM file as llvm-gsymutil writes it, as tables: which functions there are, their records, the
// strings and the source files. Unlike an index (gsym_file.h) it may be of either byte order, and
// it has no checksums: nothing in it is trusted, and each function's bytes are checked when they
// are read.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "symline/build_id.h"
#include "symline/error.h"

namespace symline::gsym {

class PlainFile {
public:
    /// `bytes` must outlive the result. Errors: malformed, unsupported (another version).
    static Expected<PlainFile> of(base::Bytes bytes);

    /// Of the file that it was made from; empty where that had none.
    const BuildId& build_id() const { return build_id_; }
    bool big_endian() const { return big_endian_; }
    std::uint32_t functions() const { return functions_; }
    /// The name and the address of a function (< functions()); an empty name where it is damaged.
    std::string_view name_of(std::uint32_t function) const;
    std::uint64_t address_of(std::uint32_t function) const { return base_ + offset_of(function); }

    struct Function {
        std::uint64_t low = 0;
        base::Bytes record;  ///< and what follows it; empty: no function
    };
    /// The function that holds an address. Errors: malformed.
    Expected<Function> function_at(std::uint64_t address) const;

    /// The string at an offset of the string table; empty where it is none of the table's.
    std::string_view string(std::uint64_t offset) const {
        return base::string_at(strings_, offset);
    }
    struct FilePath {
        std::string_view directory, name;
        bool is_none = true;  ///< entry 0: no file
    };
    /// A source file. Errors: malformed (there is none of that number).
    Expected<FilePath> path(std::uint32_t file) const;

private:
    Expected<void> read_tables(base::Bytes bytes, std::uint64_t strings_at,
                               std::uint64_t strings_size);
    std::uint64_t offset_of(std::uint32_t function) const;
    base::Bytes record_of(std::uint32_t function) const;
    std::uint32_t first_from(std::uint64_t offset) const;

    base::Bytes bytes_, addresses_, records_, files_, strings_;
    BuildId build_id_;
    bool big_endian_ = false;
    std::uint8_t width_ = 1;  ///< of a function's address, in bytes
    std::uint64_t base_ = 0;
    std::uint32_t functions_ = 0;
};

}  // namespace symline::gsym
