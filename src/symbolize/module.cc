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
#include "symbolize/module_parts.h"

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

class ModuleReader::State {
public:
    explicit State(symbolize::Readers& from) : readers(from), reader(from) {}

    symbolize::Readers& readers;
    symbolize::BorrowedReader reader;
};

ModuleReader::ModuleReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ModuleReader::ModuleReader(ModuleReader&&) noexcept = default;
ModuleReader& ModuleReader::operator=(ModuleReader&&) noexcept = default;
ModuleReader::~ModuleReader() = default;

Expected<Lookup> ModuleReader::lookup(FileAddress address, Detail detail) {
    return state_->readers.lookup(*state_->reader, address, detail);
}

Module::Module(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::~Module() = default;

Expected<Module> Module::open(std::string path, ModuleOptions options) {
    auto file = elf::ElfFile::open(path);
    if (!file && file.error().code == ErrorCode::not_elf && options.find_debug_file) {
        if (options.debug_files == nullptr) {
            options.debug_files = symbolize::FileSet::default_places(options);
        }
        file = open_kernel_of(std::move(path), *options.debug_files);
    }
    if (!file) return std::unexpected(std::move(file.error()));
    Module module(std::make_unique<Parts>(std::move(*file), std::move(options)));
    symbolize::IndexFile& index = module.parts_->index;
    if (index.use() == IndexUse::require && index.path().empty()) {
        const std::string problem = index.problem();
        const std::string why =
            problem.empty() ? "no index of it: symline index makes one" : "its index: " + problem;
        return std::unexpected(Error{ErrorCode::no_index, module.path(), why});
    }
    return module;
}

const std::string& Module::path() const {
    return parts_->code().path();
}
FileType Module::type() const {
    return file_type(parts_->code().type());
}
unsigned Module::address_size() const {
    return parts_->code().address_size();
}
bool Module::big_endian() const {
    return parts_->code().big_endian();
}
std::optional<BuildId> Module::build_id() const {
    return parts_->code().build_id();
}

const std::string& Module::debug_path() const {
    return parts_->files.debug_path();
}

FoundBy Module::found_by() const {
    return parts_->files.found_by();
}

std::vector<Error> Module::refused_debug_files() const {
    return parts_->files.refused();
}

std::span<const TriedPlace> Module::tried_places() const {
    return parts_->files.tried();
}

std::string_view Module::damage() const {
    return parts_->readers.damage();
}

std::string Module::index_path() const {
    return parts_->index.path();
}

std::string Module::index_problem() const {
    return parts_->index.problem();
}

double Module::seconds_to_index() const {
    const elf::ElfFile* debug_file = parts_->files.debug();
    return debug_file == nullptr ? 0 : symbolize::seconds_to_index(*debug_file);
}

Expected<WrittenIndex> Module::write_index(const std::string& directory,
                                           IndexProgress progress) const {
    const std::string folder = directory.empty() ? parts_->index.directory() : directory;
    if (folder.empty()) {
        return std::unexpected(
            Error{ErrorCode::not_found, path(),
                  "no folder for its index: neither XDG_CACHE_HOME nor HOME is set"});
    }
    const auto bytes = parts_->readers.with_main([&](symbolize::Reader& main) {
        return symbolize::IndexBuilder(parts_->sources(), main, std::move(progress)).run();
    });
    if (!bytes) return std::unexpected(bytes.error());
    WrittenIndex written{gsym::path_in(folder, *build_id()), bytes->size()};
    if (auto done = base::write_atomically(written.path, *bytes); !done) {
        return std::unexpected(done.error());
    }
    // This very module may use it from now on.
    parts_->index.look_again();
    return written;
}

std::span<const Section> Module::sections() const {
    return parts_->code().sections();
}
const Section* Module::section(std::string_view name) const {
    return parts_->code().section(name);
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
    const Section* section = parts_->code().section_at(address);
    if (section == nullptr) return std::nullopt;
    return SectionOffset{section, address.value - section->address.value};
}

std::optional<FileAddress> Module::address_of_file_offset(std::uint64_t offset) const {
    const auto segments = parts_->code().segments();
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
    const auto segments = parts_->code().segments();
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
    const auto segments = parts_->code().segments();
    if (!segments) return {};
    for (const elf::Segment& segment : *segments) {
        if (segment.type != elf::kSegmentLoad) continue;
        const auto alignment = std::has_single_bit(segment.alignment) ? segment.alignment : page;
        return FileAddress{segment.address.value & ~(std::max(alignment, page) - 1)};
    }
    return {};
}

std::span<const std::uint8_t> Module::contents_at(FileAddress address, std::uint64_t size) const {
    const Section* section = parts_->code().section_at(address);
    if (section == nullptr) return {};
    const auto contents = parts_->code().contents(*section);
    const std::uint64_t offset = address.value - section->address.value;
    if (!contents || offset >= contents->size()) return {};
    return {contents->data() + offset, std::min<std::uint64_t>(size, contents->size() - offset)};
}

std::span<const std::uint8_t> Module::contents(const Section& section) const {
    const auto contents = parts_->code().contents(section);
    if (!contents) return {};
    return {contents->data(), contents->size()};
}

std::optional<ReferenceTarget> Module::reference_at(FileAddress address,
                                                    std::int64_t distance) const {
    const auto own = elf::SymbolTable::of(parts_->code());
    if (!own) return std::nullopt;
    const auto found = elf::code_reference(parts_->code(), *own, address, distance);
    if (!found) return std::nullopt;
    return ReferenceTarget{found->address, found->symbol};
}

std::uint16_t Module::machine() const {
    return parts_->code().machine();
}

Expected<Lookup> Module::lookup(FileAddress address, Detail detail) const {
    return parts_->readers.lookup(address, detail);
}

ModuleReader Module::reader() const {
    return ModuleReader(std::make_unique<ModuleReader::State>(parts_->readers));
}

void Module::lookup_many(std::span<const FileAddress> addresses, Detail detail, unsigned jobs,
                         const AnswerSink& sink) const {
    symbolize::Batch(parts_->readers, addresses, detail, sink).run(parts_->sources(), jobs);
}

std::vector<Expected<Lookup>> Module::lookup_all(std::span<const FileAddress> addresses,
                                                 Detail detail, unsigned jobs) const {
    std::vector<Expected<Lookup>> answers(addresses.size());
    lookup_many(addresses, detail, jobs,
                [&](const Answer& answer) { answers[answer.index] = answer.lookup; });
    return answers;
}

Expected<std::vector<Symbol>> Module::symbols() const {
    return parts_->symbols.symbols();
}

Expected<std::vector<Symbol>> Module::symbols_named(std::string_view name) const {
    return parts_->symbols.symbols_named(name);
}

Expected<std::optional<Symbol>> Module::symbol_at(FileAddress address) const {
    return parts_->symbols.symbol_at(address);
}

Expected<std::uint64_t> Module::kallsyms_size(const Symbol& symbol) const {
    return parts_->symbols.kallsyms_size(symbol);
}

Expected<std::vector<SymbolMatch>> Module::match(const SymbolOffset& place) const {
    const auto named = symbols_named(place.name);
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
