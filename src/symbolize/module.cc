#include "symline/module.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/atomic_file.h"
#include "elf/code_reference.h"
#include "elf/constants.h"
#include "find/finder_list.h"
#include "find/kernel_image.h"
#include "gsym/index_store.h"
#include "symbolize/batch.h"
#include "symbolize/index_builder.h"
#include "symbolize/module_state.h"

namespace symline {
namespace {

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
    const auto mapped = base::MappedFile::open(path);
    if (!mapped) return std::unexpected(mapped.error());
    if (!find::is_kernel_image(mapped->bytes())) {
        return std::unexpected(Error{ErrorCode::not_elf, path, "not an ELF file"});
    }
    const auto image = find::read_kernel_image(mapped->bytes());
    if (!image) return std::unexpected(Error{image.error().code, path, image.error().message});
    find::WantedFile wanted;
    wanted.build_id = image->build_id;
    wanted.kernel_name = "vmlinux";
    wanted.kernel_release = image->release;
    auto search = find::finders_of(files).find(wanted);
    if (search.file) return std::move(*search.file);
    std::string message = "a kernel image";
    if (!image->release.empty()) message += " of " + image->release;
    message += "; no debug file found";
    if (image->build_id) message += " for build id " + image->build_id->hex();
    return std::unexpected(Error{ErrorCode::unsupported, std::move(path), std::move(message)});
}

}  // namespace

Module::Module(std::unique_ptr<State> state) : state_(std::move(state)) {}
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::~Module() = default;

Expected<Module> Module::open(std::string path, ModuleOptions options) {
    auto file = elf::ElfFile::open(path);
    if (!file && file.error().code == ErrorCode::not_elf && options.find_debug_file) {
        file = open_kernel_of(std::move(path), State::files_of(options));
    }
    if (!file) return std::unexpected(std::move(file.error()));
    Module module(std::make_unique<State>(std::move(*file), std::move(options)));
    State& state = *module.state_;
    if (state.index_use() == IndexUse::require && state.index() == nullptr) {
        const std::string why = state.index_problem.empty()
                                    ? "no index of it: symline index makes one"
                                    : "its index: " + state.index_problem;
        return std::unexpected(Error{ErrorCode::no_index, module.path(), why});
    }
    return module;
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

FoundBy Module::found_by() const {
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

const std::string& Module::index_path() const {
    const bool used = state_->index() != nullptr;
    static const std::string none;
    return used ? state_->index_path : none;
}

std::string_view Module::index_problem() const {
    return state_->index_problem;
}

double Module::seconds_to_index() const {
    const elf::ElfFile* debug_file = state_->debug_file();
    return debug_file == nullptr ? 0 : symbolize::seconds_to_index(*debug_file);
}

Expected<WrittenIndex> Module::write_index(const std::string& directory,
                                           IndexProgress progress) const {
    const std::string folder = directory.empty() ? state_->index_directory() : directory;
    if (folder.empty()) {
        return std::unexpected(
            Error{ErrorCode::not_found, path(),
                  "no folder for its index: neither XDG_CACHE_HOME nor HOME is set"});
    }
    symbolize::IndexBuilder builder(*state_, std::move(progress));
    const auto bytes = builder.run();
    if (!bytes) return std::unexpected(bytes.error());
    WrittenIndex written{gsym::path_in(folder, *build_id()), bytes->size()};
    if (auto done = base::write_atomically(written.path, *bytes); !done) {
        return std::unexpected(done.error());
    }
    // This very module may use it from now on. One that is in use stays: frames refer to it.
    if (!state_->index_reader) {
        state_->looked_for_index = false;
        state_->index_problem.clear();
    }
    return written;
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
    const auto segments = state_->file.segments();
    if (!segments) return std::nullopt;
    for (const elf::Segment& segment : *segments) {
        if (segment.type != elf::kSegmentLoad || offset - segment.offset >= segment.file_size)
            continue;
        return FileAddress{segment.address.value + (offset - segment.offset)};
    }
    return std::nullopt;
}

std::optional<FileAddress> Module::address_in_code_mapping(std::uint64_t offset) const {
    constexpr std::uint64_t page = 0x1000;
    const auto segments = state_->file.segments();
    if (!segments) return std::nullopt;
    for (const elf::Segment& segment : *segments) {
        if (segment.type != elf::kSegmentLoad || (segment.flags & elf::kSegmentExecutable) == 0)
            continue;
        const std::uint64_t begin = segment.address.value & ~(page - 1);
        const std::uint64_t end = segment.address.value + segment.memory_size;
        if (offset < end - begin) return FileAddress{begin + offset};
    }
    return std::nullopt;
}

FileAddress Module::load_start() const {
    constexpr std::uint64_t page = 0x1000;
    const auto segments = state_->file.segments();
    if (!segments) return {};
    for (const elf::Segment& segment : *segments) {
        if (segment.type != elf::kSegmentLoad) continue;
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
    // An index does not have where functions are declared.
    if (detail == Detail::frames && state.from_index(address, state.indexed)) return state.indexed;
    // Once damage was met, the same question may have another answer: why there is none.
    if (damage().empty()) {
        if (const Lookup* known = state.answers.find(address, detail)) return *known;
    }
    state.trim_pages(state.dwarf_file.get(), state.pages);
    auto answer = state.look_up(state.dwarf(), address, detail);
    if (!answer) return std::unexpected(std::move(answer.error()));
    state.answers.keep(address, detail, answer->lookup);
    return std::move(answer->lookup);
}

bool Module::lookup_each(std::span<const FileAddress> addresses, Detail detail, unsigned jobs,
                         const TakeLookup& take) const {
    State& state = *state_;
    if (state.in_order_only || !damage().empty()) return false;
    // One thread with an index is faster than many without.
    if (detail == Detail::frames && state.index() != nullptr) {
        return state.look_up_sorted(addresses, take);
    }
    if (state.batch == nullptr) state.batch = std::make_unique<symbolize::Batch>(state);
    if (state.batch->run(addresses, detail, jobs, take)) return true;
    state.in_order_only = true;
    return false;
}

std::vector<Expected<Lookup>> Module::lookup_all(std::span<const FileAddress> addresses,
                                                 Detail detail, unsigned jobs) const {
    std::vector<Expected<Lookup>> answers(addresses.size());
    const auto take = [&](unsigned, std::size_t index, const Lookup& answer, bool) {
        answers[index] = answer;
    };
    if (lookup_each(addresses, detail, jobs, take)) return answers;
    for (std::size_t i = 0; i < addresses.size(); ++i) answers[i] = lookup(addresses[i], detail);
    return answers;
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
