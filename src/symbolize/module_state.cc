#include "symbolize/module_state.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "find/alt_file.h"
#include "find/finder_list.h"
#include "gsym/index_store.h"
#include "symbolize/address_order.h"
#include "symbolize/batch.h"
#include "symbolize/index_builder.h"

namespace symline {
namespace {

bool has_dwarf(const elf::ElfFile& file) {
    return file.debug_section(".debug_info") != nullptr;
}

}  // namespace

Module::State::State(elf::ElfFile opened, ModuleOptions wanted)
    : file(std::move(opened)),
      options(std::move(wanted)),
      answers(options.cache_size / kShareOfAnswers) {}
Module::State::~State() = default;

DebugFiles& Module::State::files_of(ModuleOptions& options) {
    if (options.debug_files == nullptr) {
        DebugFileOptions places;
        places.debug_directories = options.debug_directories;
        options.debug_files = std::make_shared<DebugFiles>(std::move(places));
    }
    return *options.debug_files;
}

void Module::State::find_debug_file() {
    if (looked_for_debug_file) return;
    looked_for_debug_file = true;
    if (has_dwarf(file)) {
        debug_path = file.path();
        found_by = FoundBy::file_itself;
        return;
    }
    if (!options.find_debug_file) return;
    auto search = find::finders_of(files()).find(find::debug_file_of(file));
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
        if (!table || !(*table)->full()) mini_debug_info = symbolize::MiniDebugInfo::of(file);
    }
    return mini_debug_info == nullptr ? nullptr : &mini_debug_info->symbols();
}

/// The symbol table first: MiniDebugInfo has what .dynsym lacks.
std::optional<Symbol> Module::State::symbol_at(FileAddress address, NameSource* source) {
    const std::scoped_lock lock(asking);
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
    const std::scoped_lock lock(asking);
    const auto table = symbols();
    const auto symbol = table ? (*table)->label(FileAddress{address}) : std::nullopt;
    return symbol ? symbol->name : std::string_view{};
}

Expected<const elf::ElfFile*> Module::State::supplementary(const elf::ElfFile& of) {
    const std::scoped_lock lock(asking);
    const auto link = find::alt_link(of);
    if (!link) {
        return std::unexpected(
            Error{ErrorCode::malformed, of.path(),
                  "damaged debug information: a supplementary file is meant, and none is named"});
    }
    DebugFiles& places = files();
    auto search = find::find_alt_file(of, *link, places.options().debug_directories);
    std::ranges::move(search.refused, std::back_inserter(refused));
    if (!search.found) {
        find::WantedFile wanted;
        wanted.build_id = link->id;
        wanted.installed_path = link->file_name;
        auto elsewhere = find::finders_of(places).find(wanted);
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

symbolize::SplitFiles& Module::State::splits() {
    if (!split_files) {
        find::SplitPlaces places{{file.path()}, files().options().debug_directories};
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
    const std::scoped_lock lock(asking);
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

std::uint64_t Module::State::symbols_until(FileAddress address) {
    const std::scoped_lock lock(asking);
    const Section* section = file.section_at(address);
    const bool stubs = section != nullptr && elf::PltStubs::is_plt(*section);
    if (stubs || mini_symbols() != nullptr) return address.value + 1;
    const auto table = symbols();
    return table ? (*table)->unchanged_until(address) : UINT64_MAX;
}

/// A label in front of an address names code that has no function around it, an assembler's. It is
/// what the kernel's own traces print (entry_SYSCALL_64_after_hwframe).
void Module::State::add_label(Frame& frame, std::uint64_t address) {
    const std::scoped_lock lock(asking);
    const auto table = symbols();
    const auto label = table ? (*table)->label(FileAddress{address}) : std::nullopt;
    if (!label) return;
    frame.name = label->name;
    frame.start = label->address;
    frame.name_source = NameSource::symbol_table;
}

IndexUse Module::State::index_use() const {
    return options.debug_files == nullptr ? IndexUse::never : options.debug_files->options().index;
}

std::string Module::State::index_directory() const {
    if (options.debug_files != nullptr) {
        const auto& directory = options.debug_files->options().index_directory;
        if (!directory.empty()) return directory;
    }
    return gsym::default_directory();
}

/// Null when there is none that can be used.
gsym::GsymReader* Module::State::index() {
    if (std::exchange(looked_for_index, true)) return index_reader ? &*index_reader : nullptr;
    if (index_use() == IndexUse::never) return nullptr;
    const auto build_id = file.build_id();
    const std::string directory = index_directory();
    if (!build_id || directory.empty()) return nullptr;
    index_path = gsym::path_in(directory, *build_id);
    auto mapped = base::MappedFile::open_as_is(index_path);
    if (!mapped) {
        if (mapped.error().code != ErrorCode::not_found) index_problem = mapped.error().message;
        return nullptr;
    }
    auto reader = gsym::GsymReader::of(mapped->bytes(), *build_id, symbolize::placement_of(file));
    if (!reader) {
        index_problem = reader.error().message;
        return nullptr;
    }
    index_file = std::move(*mapped);
    gsym::note_use(index_path);
    return &index_reader.emplace(std::move(*reader));
}

/// False when the index does not decide: code only is in it.
bool Module::State::from_index(FileAddress address, Lookup& answer) {
    gsym::GsymReader* reader = index();
    if (reader == nullptr) return false;
    if (last_code == nullptr || !last_code->contains(address)) {
        const Section* section = file.section_at(address);
        if (section == nullptr || !section->executable()) return false;
        last_code = section;
    }
    answer.miss.reset();
    switch (reader->lookup(address.value, answer.frames)) {
        case gsym::Answer::frames: return true;
        case gsym::Answer::nothing:
            answer.miss = reader->has_symbols() ? Miss::not_covered : Miss::no_symbols;
            return true;
        case gsym::Answer::ask: break;
    }
    if (reader->damaged() && index_problem.empty()) index_problem = "damaged";
    return false;
}

/// Many addresses of an index, in the order in which they stand in it. False when one cannot be
/// looked up: then all have to be asked for one by one.
bool Module::State::look_up_sorted(std::span<const FileAddress> addresses,
                                   const Module::TakeLookup& take) {
    std::optional<FileAddress> last;
    for (const std::uint32_t number : symbolize::order_of(addresses)) {
        const FileAddress address = addresses[number];
        const bool repeated = last == address;
        if (!repeated && !from_index(address, indexed)) {
            auto found = look_up(dwarf(), address, Detail::frames);
            if (!found) return false;
            indexed = std::move(found->lookup);
        }
        last = address;
        take(0, number, indexed, repeated);
    }
    return true;
}

Expected<Module::State::Answer> Module::State::look_up(dwarf::DwarfFile* in, FileAddress address,
                                                       Detail detail, dwarf::Hint hint) {
    Answer answer;
    if (!file.sections().empty() && file.section_at(address) == nullptr) {
        answer.lookup.miss = Miss::not_mapped;
        return answer;
    }
    if (in != nullptr) {
        auto [frames, until] = in->at(address.value, detail, hint);
        answer = {{std::move(frames), {}}, until};
    }
    if (answer.lookup.frames.empty()) {
        answer.lookup = from_symbols(address);
        const bool whole = in == nullptr || in->problem().empty();
        if (!answer.lookup.frames.empty() || whole) return answer;
        return std::unexpected(Error{ErrorCode::malformed, debug_path, in->problem()});
    }
    Frame& outermost = answer.lookup.frames.back();
    if (outermost.name_source == NameSource::none) add_label(outermost, address.value);
    return answer;
}

/// Many lookups in a large file read all of it in the end, and every page stays in memory until
/// something else wants it.
void Module::State::trim_pages(const dwarf::DwarfFile* reader, PageCount& count) const {
    constexpr std::uint64_t kLookups = 1024;
    constexpr std::uint64_t kLoaded = std::uint64_t{4} * 1024 * 1024;
    const std::uint64_t loaded = reader == nullptr ? 0 : reader->loaded_bytes();
    if (++count.lookups < kLookups && loaded - count.loaded < kLoaded) return;
    count.lookups = 0;
    count.loaded = loaded;
    const elf::ElfFile& largest = separate ? *separate : file;
    const std::uint64_t most = options.cache_size;
    if (largest.image().size() <= most || base::resident_file_bytes() <= count.others + most)
        return;
    file.release_pages();
    if (separate) separate->release_pages();
    count.others = base::resident_file_bytes();
}

}  // namespace symline
