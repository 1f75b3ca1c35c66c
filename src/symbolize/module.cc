#include "symline/module.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "dwarf/dwarf_file.h"
#include "elf/code_reference.h"
#include "elf/elf_file.h"
#include "elf/plt.h"
#include "elf/symbol_table.h"
#include "find/alt_file.h"
#include "find/chain.h"
#include "find/kernel_image.h"
#include "symbolize/mini_debug_info.h"
#include "symbolize/split_files.h"

namespace symline {
namespace {

constexpr std::string_view kFileItself = "file itself";

bool has_dwarf(const elf::ElfFile& file) {
    return file.debug_section(".debug_info") != nullptr;
}

FileType file_type(std::uint16_t type) {
    switch (type) {
        case 1: return FileType::relocatable;
        case 2: return FileType::executable;
        case 3: return FileType::shared;
        case 4: return FileType::core;
        default: return FileType::other;
    }
}

/// vmlinux of a kernel image, which holds the kernel without symbols.
Expected<elf::ElfFile> open_kernel_of(std::string path, DebugFiles& files) {
    const auto mapped = elf::MappedFile::open(path);
    if (!mapped) return std::unexpected(mapped.error());
    if (!find::is_kernel_image(mapped->bytes())) {
        return std::unexpected(Error{ErrorCode::not_elf, path, "not an ELF file"});
    }
    const auto image = find::read_kernel_image(mapped->bytes());
    if (!image) return std::unexpected(Error{image.error().code, path, image.error().message});
    find::Wanted wanted;
    wanted.build_id = image->build_id;
    wanted.kernel_name = "vmlinux";
    wanted.kernel_release = image->release;
    auto search = files.chain().find(wanted);
    if (search.file) return std::move(*search.file);
    std::string message = "a kernel image";
    if (!image->release.empty()) message += " of " + image->release;
    message += "; no debug file found";
    if (image->build_id) message += " for build id " + image->build_id->hex();
    return std::unexpected(Error{ErrorCode::unsupported, std::move(path), std::move(message)});
}

DebugFiles& files_of(ModuleOptions& options) {
    if (options.debug_files == nullptr) {
        DebugFileOptions places;
        places.debug_directories = options.debug_directories;
        options.debug_files = std::make_shared<DebugFiles>(std::move(places));
    }
    return *options.debug_files;
}

}  // namespace

/// Everything that is read late keeps its result here, failures included.
struct Module::State : dwarf::SymbolNames, dwarf::CompanionFiles {
    State(elf::ElfFile opened, ModuleOptions wanted)
        : file(std::move(opened)), options(std::move(wanted)) {}

    void find_debug_file();
    const elf::ElfFile* debug_file();
    dwarf::DwarfFile* dwarf();
    Expected<const elf::SymbolTable*> symbols();
    const elf::SymbolTable* mini_symbols();
    std::optional<Symbol> symbol_at(FileAddress address, NameSource* source = nullptr);
    Expected<std::vector<Symbol>> symbols_named(std::string_view name);
    std::string_view holding(std::uint64_t address) override;
    std::string_view label(std::uint64_t address) override;
    Expected<const elf::ElfFile*> supplementary(const elf::ElfFile& of) override;
    const elf::PltStub* stub(FileAddress address);
    std::vector<const elf::ElfFile*> packages() override;
    Expected<void> split(const dwarf::SplitName& name, const Offer& offer) override;
    SplitFiles& splits();
    Lookup from_symbols(FileAddress address);
    void trim_pages();

    elf::ElfFile file;
    ModuleOptions options;
    bool looked_for_debug_file = false;
    std::optional<elf::ElfFile> separate;
    std::string debug_path;
    std::string_view found_by;
    std::vector<Error> refused;
    std::optional<elf::ElfFile> supplementary_file;
    std::optional<SplitFiles> split_files;
    std::vector<TriedPlace> tried;
    std::unique_ptr<dwarf::DwarfFile> dwarf_file;
    std::optional<Expected<elf::SymbolTable>> symbol_table;
    std::optional<elf::PltStubs> plt_stubs;
    bool looked_for_mini_debug_info = false;
    std::unique_ptr<MiniDebugInfo> mini_debug_info;
    std::uint64_t lookups = 0;
    std::uint64_t other_pages = 0;  ///< of files, in bytes, that are not ours to give back
};

void Module::State::find_debug_file() {
    if (looked_for_debug_file) return;
    looked_for_debug_file = true;
    if (has_dwarf(file)) {
        debug_path = file.path();
        found_by = kFileItself;
        return;
    }
    if (!options.find_debug_file) return;
    auto search = files_of(options).chain().find(find::debug_file_of(file));
    refused = std::move(search.refused);
    tried = std::move(search.tried);
    if (!search.file) return;
    separate = std::move(search.file);
    separate->place_like(file);
    debug_path = separate->path();
    found_by = search.found_by;
}

const elf::ElfFile* Module::State::debug_file() {
    find_debug_file();
    if (separate) return &*separate;
    return debug_path.empty() ? nullptr : &file;
}

dwarf::DwarfFile* Module::State::dwarf() {
    if (dwarf_file == nullptr) {
        const elf::ElfFile* source = debug_file();
        if (source == nullptr) return nullptr;
        dwarf_file = std::make_unique<dwarf::DwarfFile>(*source, *this, this, options.cache_size);
    }
    return dwarf_file.get();
}

Expected<const elf::SymbolTable*> Module::State::symbols() {
    if (!symbol_table) {
        symbol_table = elf::SymbolTable::of(file);
        const bool full = symbol_table->has_value() && (*symbol_table)->full();
        if (!full) {
            find_debug_file();
            if (separate) {
                auto other = elf::SymbolTable::of(*separate);
                if (other && other->full()) symbol_table = std::move(other);
            }
        }
    }
    if (!symbol_table->has_value()) return std::unexpected(symbol_table->error());
    return &**symbol_table;
}

/// Null where the symbol table is a whole one, or the file has no MiniDebugInfo.
const elf::SymbolTable* Module::State::mini_symbols() {
    if (!std::exchange(looked_for_mini_debug_info, true)) {
        const auto table = symbols();
        if (!table || !(*table)->full()) mini_debug_info = MiniDebugInfo::of(file);
    }
    return mini_debug_info == nullptr ? nullptr : &mini_debug_info->symbols();
}

/// The symbol table first: MiniDebugInfo has what .dynsym lacks.
std::optional<Symbol> Module::State::symbol_at(FileAddress address, NameSource* source) {
    if (source != nullptr) *source = NameSource::symbol_table;
    const auto table = symbols();
    if (const auto symbol = table ? (*table)->at(address) : std::nullopt) return symbol;
    const auto* mini = mini_symbols();
    if (mini != nullptr && source != nullptr) *source = NameSource::minidebuginfo;
    return mini == nullptr ? std::nullopt : mini->at(address);
}

Expected<std::vector<Symbol>> Module::State::symbols_named(std::string_view name) {
    const auto table = symbols();
    const auto* mini = mini_symbols();
    if (!table && mini == nullptr) return std::unexpected(table.error());
    auto found = table ? (*table)->named(name) : std::vector<Symbol>{};
    if (found.empty() && mini != nullptr) found = mini->named(name);
    return found;
}

std::string_view Module::State::holding(std::uint64_t address) {
    const auto symbol = symbol_at(FileAddress{address});
    return symbol ? symbol->name : std::string_view{};
}

std::string_view Module::State::label(std::uint64_t address) {
    const auto table = symbols();
    const auto symbol = table ? (*table)->label(FileAddress{address}) : std::nullopt;
    return symbol ? symbol->name : std::string_view{};
}

Expected<const elf::ElfFile*> Module::State::supplementary(const elf::ElfFile& of) {
    const auto link = find::alt_link(of);
    if (!link) {
        return std::unexpected(
            Error{ErrorCode::malformed, of.path(),
                  "damaged debug information: a supplementary file is meant, and none is named"});
    }
    DebugFiles& places = files_of(options);
    auto search = find::find_alt_file(of, *link, places.options().debug_directories);
    std::ranges::move(search.refused, std::back_inserter(refused));
    if (!search.found) {
        find::Wanted wanted;
        wanted.build_id = link->id;
        wanted.installed_path = link->file_name;
        auto elsewhere = places.chain().find(wanted);
        std::ranges::move(elsewhere.refused, std::back_inserter(refused));
        search.found = std::move(elsewhere.file);
    }
    if (!search.found) {
        return std::unexpected(Error{ErrorCode::not_found, of.path(),
                                     "names are missing: no supplementary debug file " +
                                         std::string(link->file_name) + " of build id " +
                                         link->id.hex() + " found"});
    }
    supplementary_file = std::move(search.found);
    return &*supplementary_file;
}

const elf::PltStub* Module::State::stub(FileAddress address) {
    const Section* section = file.section_at(address);
    if (section == nullptr || !elf::PltStubs::is_plt(*section)) return nullptr;
    if (!plt_stubs) plt_stubs = elf::PltStubs::of(file);
    return plt_stubs->at(address);
}

SplitFiles& Module::State::splits() {
    if (!split_files) {
        find::SplitPlaces places{{file.path()}, files_of(options).options().debug_directories};
        if (separate) places.files.push_back(separate->path());
        split_files.emplace(std::move(places), options.split_package, refused);
    }
    return *split_files;
}

std::vector<const elf::ElfFile*> Module::State::packages() {
    return splits().packages();
}

Expected<void> Module::State::split(const dwarf::SplitName& name, const Offer& offer) {
    return splits().split(name, offer);
}

Lookup Module::State::from_symbols(FileAddress address) {
    Lookup answer;
    if (const elf::PltStub* found = stub(address)) {
        Frame& frame = answer.frames.emplace_back();
        frame.name = found->name;
        frame.name_source = NameSource::symbol_table;
        frame.start = FileAddress{found->low};
        return answer;
    }
    NameSource source = NameSource::none;
    if (const auto symbol = symbol_at(address, &source)) {
        Frame& frame = answer.frames.emplace_back();
        frame.name = symbol->name;
        frame.name_source = source;
        frame.start = symbol->address;
        return answer;
    }
    const auto table = symbols();
    const bool no_symbols = (!table || (*table)->empty()) && mini_symbols() == nullptr;
    if (no_symbols) {
        answer.miss = debug_file() == nullptr ? Miss::no_debug_info : Miss::no_symbols;
    } else {
        answer.miss = Miss::not_covered;
    }
    return answer;
}

/// Many lookups in a large file read all of it in the end, and every page stays in memory until
/// something else wants it.
void Module::State::trim_pages() {
    constexpr std::uint64_t kBetween = 256;
    if (++lookups % kBetween != 0) return;
    const elf::ElfFile& largest = separate ? *separate : file;
    const std::uint64_t most = 2 * std::uint64_t{options.cache_size};
    if (largest.image().size() <= most || elf::resident_file_bytes() <= other_pages + most) return;
    file.release_pages();
    if (separate) separate->release_pages();
    other_pages = elf::resident_file_bytes();
}

Module::Module(std::unique_ptr<State> state) : state_(std::move(state)) {}
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::~Module() = default;

Expected<Module> Module::open(std::string path, ModuleOptions options) {
    auto file = elf::ElfFile::open(path);
    if (!file && file.error().code == ErrorCode::not_elf && options.find_debug_file) {
        file = open_kernel_of(std::move(path), files_of(options));
    }
    if (!file) return std::unexpected(std::move(file.error()));
    return Module(std::make_unique<State>(std::move(*file), std::move(options)));
}

const std::string& Module::path() const {
    return state_->file.path();
}
FileType Module::type() const {
    return file_type(state_->file.type());
}
unsigned Module::address_size() const {
    return state_->file.address_size();
}
bool Module::big_endian() const {
    return state_->file.big_endian();
}
std::optional<BuildId> Module::build_id() const {
    return state_->file.build_id();
}

const std::string& Module::debug_path() const {
    state_->find_debug_file();
    return state_->debug_path;
}

std::string_view Module::found_by() const {
    state_->find_debug_file();
    return state_->found_by;
}

std::span<const Error> Module::refused_debug_files() const {
    return state_->refused;
}

std::span<const TriedPlace> Module::tried_places() const {
    return state_->tried;
}

std::string_view Module::damage() const {
    if (state_->dwarf_file == nullptr) return {};
    const std::string& problem = state_->dwarf_file->problem();
    if (!problem.empty()) return problem;
    const auto& splits = state_->split_files;
    const bool package = splits && !splits->problem().empty();
    return package ? splits->problem() : state_->dwarf_file->missing();
}

std::span<const Section> Module::sections() const {
    return state_->file.sections();
}
const Section* Module::section(std::string_view name) const {
    return state_->file.section(name);
}

Expected<FileAddress> Module::address_of(const Section& section, std::uint64_t offset) const {
    if (!section.allocated()) {
        return std::unexpected(Error{ErrorCode::malformed, path(),
                                     "section " + std::string(section.name) + " takes no memory"});
    }
    if (offset > section.size) {
        return std::unexpected(
            Error{ErrorCode::out_of_range, path(),
                  "offset lies beyond the end of section " + std::string(section.name)});
    }
    return FileAddress{section.address.value + offset};
}

std::optional<SectionOffset> Module::section_offset(FileAddress address) const {
    const Section* section = state_->file.section_at(address);
    if (section == nullptr) return std::nullopt;
    return SectionOffset{section, address.value - section->address.value};
}

std::optional<FileAddress> Module::address_of_file_offset(std::uint64_t offset) const {
    constexpr std::uint32_t load = 1;  // PT_LOAD
    const auto segments = state_->file.segments();
    if (!segments) return std::nullopt;
    for (const elf::Segment& segment : *segments) {
        if (segment.type != load || offset - segment.offset >= segment.file_size) continue;
        return FileAddress{segment.address.value + (offset - segment.offset)};
    }
    return std::nullopt;
}

std::optional<FileAddress> Module::address_in_code_mapping(std::uint64_t offset) const {
    constexpr std::uint32_t load = 1;        // PT_LOAD
    constexpr std::uint32_t executable = 1;  // PF_X
    constexpr std::uint64_t page = 0x1000;
    const auto segments = state_->file.segments();
    if (!segments) return std::nullopt;
    for (const elf::Segment& segment : *segments) {
        if (segment.type != load || (segment.flags & executable) == 0) continue;
        const std::uint64_t begin = segment.address.value & ~(page - 1);
        const std::uint64_t end = segment.address.value + segment.memory_size;
        if (offset < end - begin) return FileAddress{begin + offset};
    }
    return std::nullopt;
}

FileAddress Module::load_start() const {
    constexpr std::uint32_t load = 1;  // PT_LOAD
    constexpr std::uint64_t page = 0x1000;
    const auto segments = state_->file.segments();
    if (!segments) return {};
    for (const elf::Segment& segment : *segments) {
        if (segment.type != load) continue;
        const auto alignment = std::has_single_bit(segment.alignment) ? segment.alignment : page;
        return FileAddress{segment.address.value & ~(std::max(alignment, page) - 1)};
    }
    return {};
}

std::span<const std::uint8_t> Module::contents_at(FileAddress address, std::uint64_t size) const {
    const Section* section = state_->file.section_at(address);
    if (section == nullptr) return {};
    const auto contents = state_->file.contents(*section);
    const std::uint64_t offset = address.value - section->address.value;
    if (!contents || offset >= contents->size()) return {};
    return {contents->data() + offset, std::min<std::uint64_t>(size, contents->size() - offset)};
}

std::span<const std::uint8_t> Module::contents(const Section& section) const {
    const auto contents = state_->file.contents(section);
    if (!contents) return {};
    return {contents->data(), contents->size()};
}

std::optional<ReferenceTarget> Module::reference_at(FileAddress address,
                                                    std::int64_t distance) const {
    const auto own = elf::SymbolTable::of(state_->file);
    if (!own) return std::nullopt;
    const auto found = elf::code_reference(state_->file, *own, address, distance);
    if (!found) return std::nullopt;
    return ReferenceTarget{found->address, found->symbol};
}

std::uint16_t Module::machine() const {
    return state_->file.machine();
}

Expected<Lookup> Module::lookup(FileAddress address, Detail detail) const {
    State& state = *state_;
    state.trim_pages();
    if (!state.file.sections().empty() && state.file.section_at(address) == nullptr) {
        return Lookup{{}, Miss::not_mapped};
    }
    Lookup answer;
    dwarf::DwarfFile* dwarf = state.dwarf();
    if (dwarf != nullptr) answer.frames = dwarf->at(address.value, detail);
    if (answer.frames.empty()) {
        answer = state.from_symbols(address);
        if (!answer.frames.empty() || dwarf == nullptr || dwarf->problem().empty()) return answer;
        return std::unexpected(Error{ErrorCode::malformed, state.debug_path, dwarf->problem()});
    }
    Frame& outermost = answer.frames.back();
    if (outermost.name_source == NameSource::none) {
        // Code of an assembler: a line row, and no function DIE around it. Its labels are the names
        // that the kernel's own traces print (entry_SYSCALL_64_after_hwframe).
        const auto table = state.symbols();
        if (const auto label = table ? (*table)->label(address) : std::nullopt) {
            outermost.name = label->name;
            outermost.start = label->address;
            outermost.name_source = NameSource::symbol_table;
        }
    }
    return answer;
}

Expected<std::vector<Symbol>> Module::symbols() const {
    const auto table = state_->symbols();
    if (!table) return std::unexpected(table.error());
    std::vector<Symbol> all;
    all.reserve((*table)->size());
    for (std::uint32_t i = 0; i < (*table)->size(); ++i) all.push_back((*table)->symbol(i));
    if (const auto* mini = state_->mini_symbols()) {
        for (std::uint32_t i = 0; i < mini->size(); ++i) all.push_back(mini->symbol(i));
    }
    return all;
}

Expected<std::vector<Symbol>> Module::symbols_named(std::string_view name) const {
    return state_->symbols_named(name);
}

Expected<std::optional<Symbol>> Module::symbol_at(FileAddress address) const {
    const auto symbol = state_->symbol_at(address);
    const auto table = state_->symbols();
    if (!symbol && !table) return std::unexpected(table.error());
    return symbol;
}

Expected<std::uint64_t> Module::kallsyms_size(const Symbol& symbol) const {
    const auto table = state_->symbols();
    if (!table) return std::unexpected(table.error());
    return (*table)->kallsyms_size(symbol);
}

Expected<std::vector<SymbolMatch>> Module::match(const SymbolOffset& place) const {
    const auto named = state_->symbols_named(place.name);
    if (!named) return std::unexpected(named.error());
    std::vector<SymbolMatch> matches;
    for (const Symbol& symbol : *named) {
        SymbolMatch& match = matches.emplace_back();
        match.symbol = symbol;
        if (!symbol.section) {
            match.outcome = MatchOutcome::no_section;
            continue;
        }
        match.size = kallsyms_size(symbol).value_or(symbol.size);
        match.address = FileAddress{symbol.address.value + place.offset};
        // A negative offset is allowed, so the comparison is a signed one.
        const auto offset = static_cast<std::int64_t>(place.offset);
        if (place.size && *place.size != match.size) {
            match.outcome = MatchOutcome::size_mismatch;
        } else if (offset > 0 && place.offset > match.size) {
            match.outcome = MatchOutcome::offset_too_large;
        }
    }
    return matches;
}

}  // namespace symline
