// Makes a GSYM file in memory, function by function.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gsym/byte_sink.h"
#include "gsym/gsym_format.h"
#include "gsym/index_origin.h"
#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/frame.h"

namespace symline::gsym {

/// [low, high)
struct CodeRange {
    std::uint64_t low = 0, high = 0;
};

/// From `address` on, up to the next row or the function's end.
struct IndexedRow {
    std::uint64_t address = 0;
    std::uint32_t file = 0;  ///< of GsymWriter::file(); 0: unknown
    std::uint32_t line = 0, column = 0, discriminator = 0;
};

/// A function that was inlined; the list of them is in preorder.
struct IndexedCall {
    std::uint32_t depth = 1;  ///< 1: into the function itself
    std::uint32_t name = 0;
    std::uint32_t file = 0, line = 0, column = 0, discriminator = 0;  ///< of the call site
    std::vector<CodeRange> ranges;                                    ///< inside of its caller's
};

struct IndexedFunction {
    CodeRange range;
    std::uint32_t name = 0;
    NameSource name_source = NameSource::dwarf;
    std::optional<FileAddress> start;  ///< at or below range.low
    std::vector<IndexedRow> rows;      ///< by address; the first one stands at range.low
    std::vector<IndexedCall> calls;
};

/// What identifies the file that an index is of, and what holds for the whole of it.
struct IndexedModule {
    BuildId build_id;
    std::uint64_t placement = 0;  ///< of its code (see placement_of)
    bool has_symbols = false;
    IndexOrigin origin{};
};

/// Functions are added in the order of their addresses and do not overlap. New strings are copied;
/// the views passed in must stay valid as long as the writer.
class GsymWriter {
public:
    GsymWriter();

    /// The number of a function's name, of both names where DWARF gives two; both may be empty.
    std::uint32_t name(std::string_view name, std::string_view linkage_name);
    /// The number of a source file; 0 for an empty path.
    std::uint32_t file(const SourceLocation& location);
    void add(const IndexedFunction& function);
    /// A place for which the debug information itself has to be asked.
    void add_gap(CodeRange range);

    std::size_t functions() const { return functions_.size(); }
    /// The file's bytes. Errors: unsupported (a build id, or tables, too large for the format).
    Expected<std::vector<std::uint8_t>> finish(const IndexedModule& module);

private:
    struct Function {
        std::uint64_t address;
        std::uint32_t record;  ///< offset in records_
    };
    struct File {
        std::uint32_t directory, name, prefix;
    };
    using Key = std::pair<std::string_view, std::string_view>;
    struct KeyHash {
        std::size_t operator()(const Key& key) const {
            const std::hash<std::string_view> hash;
            return hash(key.first) * 31 + hash(key.second);
        }
    };

    /// Where the parts begin that GSYM has no place for, by Part.
    using PartOffsets = std::array<std::uint64_t, kPartCount>;

    std::uint32_t add_string(std::string_view text);
    std::uint32_t shared_string(std::string_view text);
    std::uint64_t max_content() const;
    std::size_t write_tables(ByteSink& sink, const IndexedModule& module) const;
    void write_strings(ByteSink& sink) const;
    void write_records(ByteSink& sink, std::size_t offsets_at) const;
    PartOffsets write_additions(ByteSink& sink, const IndexedModule& module);

    std::string strings_;
    std::unordered_map<Key, std::uint32_t, KeyHash> names_;
    std::unordered_map<std::string_view, std::uint32_t> shared_strings_;
    std::unordered_map<std::string_view, std::uint32_t> file_numbers_;
    std::vector<File> files_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs_;
    std::vector<CodeRange> gaps_;
    std::vector<Function> functions_;
    std::vector<std::uint8_t> records_;
};

}  // namespace symline::gsym
