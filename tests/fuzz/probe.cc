#include "probe.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "dwarf/call_frame_sections.h"
#include "dwarf/dwarf_file.h"
#include "dwarf/frame_expression.h"
#include "elf/plt.h"
#include "elf/symbol_table.h"
#include "symline/demangle.h"

namespace symline::fuzz {
namespace {

constexpr std::size_t kMaxSections = 64;
constexpr std::uint32_t kMaxSymbols = 64;
constexpr std::size_t kMaxUnits = 64;
constexpr std::size_t kMaxFunctions = 16;

volatile std::uint8_t sink;

/// Reads both ends and some places between, so that a wrong length does not go unseen.
void touch(base::Bytes bytes) {
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / 64);
    for (std::size_t i = 0; i < bytes.size(); i += step) sink = bytes[i];
    if (!bytes.empty()) sink = bytes.back();
}

void touch(std::string_view text) {
    touch(base::Bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::uint64_t probe_symbols(const elf::ElfFile& file) {
    const auto table = elf::SymbolTable::of(file);
    if (!table) return 0;
    const std::uint32_t step = std::max(1U, table->size() / kMaxSymbols);
    for (std::uint32_t i = 0; i < table->size(); i += step) {
        const Symbol symbol = table->symbol(i);
        touch(symbol.name);
        table->kallsyms_size(symbol);
        table->label(symbol.address);
        for (const Symbol& same : table->named(symbol.name)) touch(same.name);
        if (const auto found = table->at(symbol.address)) touch(found->name);
        table->at(FileAddress{symbol.address.value + symbol.size / 2});
    }
    return table->size();
}

/// The start, the end and a few places between of what an address may be asked in.
std::vector<std::uint64_t> addresses_of(const elf::ElfFile& file) {
    std::vector<std::uint64_t> addresses{0, 1, ~std::uint64_t{0}};
    std::size_t count = 0;
    for (const Section& section : file.sections()) {
        if (!section.allocated() || count++ == kMaxSections) continue;
        const std::uint64_t low = section.address.value;
        for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x10},
                                           std::uint64_t{0x40}, section.size / 4, section.size / 2,
                                           section.size / 4 * 3, section.size - 1, section.size}) {
            addresses.push_back(low + offset);
        }
    }
    return addresses;
}

/// What call frame information says of an address, and what its expressions give where every
/// register and all memory can be read.
void probe_rules(const dwarf::CallFrames& frames, const elf::ElfFile& file, std::uint64_t address) {
    using Value = std::optional<std::uint64_t>;
    const auto rules = frames.rules_at(address);
    if (!rules) return;
    const std::function<Value(std::uint64_t)> registers = [](std::uint64_t n) { return Value(n); };
    const std::function<Value(std::uint64_t, unsigned)> memory = [](std::uint64_t at, unsigned) {
        return Value(at);
    };
    const dwarf::ExpressionContext context{.address_size = file.address_size(),
                                           .big_endian = file.big_endian(),
                                           .register_value = registers,
                                           .memory = memory};
    touch(rules->cfa.expression);
    dwarf::evaluate_frame_expression(rules->cfa.expression, context, std::nullopt);
    for (const auto& [number, rule] : rules->registers) {
        touch(rule.expression);
        dwarf::evaluate_frame_expression(rule.expression, context, number);
    }
}

void probe_call_frames(const elf::ElfFile& file) {
    for (const auto& open : {&dwarf::open_eh_frames, &dwarf::open_debug_frames}) {
        const auto frames = open(file);
        if (!frames) continue;
        for (const std::uint64_t address : addresses_of(file)) probe_rules(*frames, file, address);
    }
}

void touch(const Variable& variable) {
    touch(variable.function);
    touch(variable.name);
    touch(variable.linkage_name);
    touch(variable.declaration.relative_file());
}

Findings probe_frames(dwarf::DwarfFile& dwarf, std::uint64_t address) {
    Findings found;
    for (const Variable& variable : dwarf.variables_at(address)) {
        touch(variable);
        ++found.variables;
    }
    if (const auto variable = dwarf.static_variable_at(address)) {
        touch(*variable);
        ++found.variables;
    }
    for (const Detail detail : {Detail::frames, Detail::declarations}) {
        for (const Frame& frame : dwarf.at(address, detail).frames) {
            touch(frame.name);
            touch(frame.linkage_name);
            touch(frame.location.file);
            touch(frame.location.relative_file());
            touch(dwarf.embedded_source(address, frame.location.file));
            touch(frame.declaration.relative_file());
            ++found.frames;
            if (!frame.name.empty()) ++found.named_frames;
        }
    }
    return found;
}

/// Frames as a Module finds them: with the symbol table to choose among folded functions. The file
/// itself is the package of its split units, and each of its split files.
class Lookups : dwarf::SymbolNames, dwarf::CompanionFiles {
public:
    Lookups(const elf::ElfFile& file, base::Bytes supplementary)
        : file_(file), table_(elf::SymbolTable::of(file)), dwarf_(file, *this, this) {
        if (supplementary.empty()) return;
        auto opened = elf::ElfFile::from_memory("supplementary", supplementary);
        if (opened) supplementary_ = std::move(*opened);
    }

    dwarf::DwarfFile& dwarf() { return dwarf_; }

private:
    std::string_view holding(std::uint64_t address) override {
        if (!table_) return {};
        const auto symbol = table_->at(FileAddress{address});
        return symbol ? symbol->name : std::string_view{};
    }
    dwarf::Label label(std::uint64_t address) override {
        if (!table_) return {};
        const auto symbol = table_->label(FileAddress{address});
        return symbol ? dwarf::Label{symbol->name, symbol->address.value} : dwarf::Label{};
    }
    std::vector<const elf::ElfFile*> packages() override { return {&file_}; }
    Expected<void> split(const dwarf::SplitName& name, const Offer& offer) override {
        touch(name.name);
        auto same = elf::ElfFile::from_memory("split", file_.image());
        if (!same) return std::unexpected(same.error());
        return offer(std::move(*same));
    }

    Expected<const elf::ElfFile*> supplementary(const elf::ElfFile& file) override {
        return supplementary_ ? &*supplementary_ : &file;
    }

    const elf::ElfFile& file_;
    Expected<elf::SymbolTable> table_;
    std::optional<elf::ElfFile> supplementary_;
    dwarf::DwarfFile dwarf_;
};

void probe_unit(dwarf::Sections& sections, dwarf::AbbreviationCache& cache,
                const dwarf::UnitHeader& header, std::vector<std::uint64_t>& addresses) {
    const dwarf::Unit unit(sections, header);
    const auto& attributes = unit.attributes();
    touch(unit.string(attributes.name));
    const auto abbreviations = cache.table(header.abbreviations, header.parameters);
    for (const auto depth : {dwarf::ScanDepth::shallow, dwarf::ScanDepth::full}) {
        const auto functions = dwarf::FunctionIndex::scan(unit, *abbreviations, depth);
        std::size_t count = 0;
        for (const auto& item : functions.ranges().items()) {
            if (count++ == kMaxFunctions) break;
            addresses.push_back(item.low);
            addresses.push_back(item.high - 1);
        }
    }
    const dwarf::LineTable lines(unit);
    for (std::uint64_t index = 0; index < 8; ++index) {
        if (const auto entry = lines.file(index)) touch(entry->name);
    }
    for (const std::uint64_t address : addresses) lines.at(address, address % 3);
}

}  // namespace

Findings& Findings::operator+=(const Findings& other) {
    sections += other.sections;
    symbols += other.symbols;
    frames += other.frames;
    named_frames += other.named_frames;
    variables += other.variables;
    return *this;
}

Findings probe_elf(base::Bytes image) {
    Findings found;
    const auto file = elf::ElfFile::from_memory("image", image);
    if (!file) return found;
    found.sections = file->sections().size();
    std::size_t count = 0;
    for (const Section& section : file->sections()) {
        if (count++ == kMaxSections) break;
        touch(section.name);
        if (const auto bytes = file->contents(section)) touch(*bytes);
    }
    if (const auto segments = file->segments()) found.sections += segments->size();
    if (const auto id = file->build_id()) touch(id->hex());
    if (const auto link = file->debug_link()) touch(link->file_name);
    for (const std::uint64_t address : addresses_of(*file)) {
        file->section_at(FileAddress{address});
        file->is_code(address);
    }
    const elf::PltStubs stubs = elf::PltStubs::of(*file);
    for (const std::uint64_t address : addresses_of(*file)) {
        if (const elf::PltStub* stub = stubs.at(FileAddress{address})) touch(stub->name);
    }
    probe_call_frames(*file);
    found.symbols = probe_symbols(*file);
    return found;
}

Findings probe_dwarf(base::Bytes image, base::Bytes supplementary) {
    Findings found;
    const auto file = elf::ElfFile::from_memory("image", image);
    if (!file) return found;
    Lookups lookups(*file, supplementary);
    for (const std::uint64_t address : addresses_of(*file)) {
        found += probe_frames(lookups.dwarf(), address);
    }
    return found;
}

Findings probe_units(base::Bytes image, base::Bytes supplementary) {
    Findings found;
    const auto file = elf::ElfFile::from_memory("image", image);
    if (!file) return found;
    dwarf::Sections sections(*file);
    dwarf::AbbreviationCache cache(sections);
    std::vector<std::uint64_t> addresses;
    std::uint64_t offset = 0;
    for (std::size_t units = 0; units < kMaxUnits; ++units) {
        const auto header = dwarf::read_unit_header(sections, offset);
        if (!header) break;
        if (header->parameters.version != 0) probe_unit(sections, cache, *header, addresses);
        offset = header->end;
    }
    Lookups lookups(*file, supplementary);
    for (const std::uint64_t address : addresses) found += probe_frames(lookups.dwarf(), address);
    return found;
}

void probe_demangle(std::string_view name) {
    constexpr std::size_t kMaxTextSize = std::size_t{16} << 20;
    const std::string text = demangle(name);
    touch(text);
    if (text.size() <= kMaxTextSize + name.size()) return;
    std::fprintf(stderr, "a name of %zu bytes became one of %zu\n", name.size(), text.size());
    std::abort();
}

}  // namespace symline::fuzz
