// Makes the index of a module: everything that lookups would answer, written down.
#pragma once

#include <cstdint>
#include <vector>

#include "gsym/gsym_writer.h"
#include "symbolize/reader.h"

namespace symline::symbolize {

/// Tells two files apart whose code lies at different addresses although they have one build id: a
/// kernel module's sections are placed by us, and a stripped copy may have others.
std::uint64_t placement_of(const elf::ElfFile& file);

/// How long making the index takes, roughly: what reading so much debug information took elsewhere.
double seconds_to_index(const elf::ElfFile& debug_file);

class IndexBuilder {
public:
    /// `reader`, which has the module's debug information if there is any, is not used by others.
    IndexBuilder(const Sources& sources, Reader& reader, IndexProgress progress)
        : files_(sources.files),
          code_(sources.files.code()),
          symbols_(sources.symbols),
          dwarf_(reader.dwarf()),
          pages_(reader.pages()),
          progress_(std::move(progress)) {}

    /// The bytes of the index. Errors: not_found (no debug information), malformed (damaged, so
    /// that an index could not be trusted), unsupported (no build id).
    Expected<std::vector<std::uint8_t>> run();

private:
    using Range = gsym::CodeRange;

    void add_section(const Section& section);
    void add_span(Range range);
    void add_part(Range range);
    void add_function(const dwarf::CodeSpan& span, Range range);
    void add_rows(const dwarf::CodeSpan& span, Range range);
    void add_labelled(const dwarf::CodeSpan& span, std::size_t first, std::size_t after,
                      Range range);
    void add_symbol(Range range);
    void add(gsym::IndexedFunction function);
    std::vector<gsym::IndexedRow> rows_of(const dwarf::CodeSpan& span, std::size_t first,
                                          std::size_t after);
    std::uint32_t file(const SourceLocation& location);
    void report(std::uint64_t address);

    FileSet& files_;
    const elf::ElfFile& code_;
    SymbolTables& symbols_;
    dwarf::DwarfFile* dwarf_;
    PageLimit& pages_;
    IndexProgress progress_;
    gsym::GsymWriter writer_;
    std::vector<std::uint64_t> boundaries_, symbol_boundaries_;
    /// How far it is, in bytes of code; and in how many parts.
    struct {
        std::uint64_t all = 0, done = 0, spans = 0;
    } so_far_;
    struct {
        SourceLocation location;
        std::uint32_t file = 0;
    } last_;
};

}  // namespace symline::symbolize
