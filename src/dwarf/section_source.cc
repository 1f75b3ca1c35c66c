#include "dwarf/section_source.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "dwarf/dwp_index.h"
#include "dwarf/sections.h"
#include "dwarf/unit.h"

namespace symline::dwarf {
namespace {

constexpr std::array<std::string_view, kSectionCount> kNames = {
    ".debug_info", ".debug_abbrev",      ".debug_aranges", ".debug_line",
    ".debug_str",  ".debug_line_str",    ".debug_ranges",  ".debug_rnglists",
    ".debug_addr", ".debug_str_offsets", ".debug_loc",     ".debug_loclists"};

/// DWARF 5 section 7.3.2.2. The sections without a name here are not split.
constexpr std::array<std::string_view, kSectionCount> kSplitNames = {".debug_info.dwo",
                                                                     ".debug_abbrev.dwo",
                                                                     "",
                                                                     ".debug_line.dwo",
                                                                     ".debug_str.dwo",
                                                                     "",
                                                                     "",
                                                                     ".debug_rnglists.dwo",
                                                                     "",
                                                                     ".debug_str_offsets.dwo",
                                                                     ".debug_loc.dwo",
                                                                     ".debug_loclists.dwo"};

constexpr std::string_view kTypes = ".debug_types", kSplitTypes = ".debug_types.dwo";

/// The sections that split units share with the program.
bool in_skeleton(SectionId id) {
    return id == SectionId::addr || id == SectionId::ranges;
}

/// The sections of a file, with .debug_types in the place of .debug_info.
class TypesSource final : public SectionSource {
public:
    TypesSource(Sections& shared, PlainSource& plain)
        : SectionSource(shared.file()), shared_(&shared), plain_(&plain) {}

    SectionData load(SectionId id, ProblemLog& problems) override {
        if (id != SectionId::info) return shared_->get(id);
        return plain_->load_all(kTypes, joined_, problems);
    }
    std::unique_ptr<Sections> supplementary(ProblemLog&) override { return nullptr; }
    WorkBudget budget() const override {
        return {file().image().size(), WorkBudget::Kind::whole_file};
    }
    bool holds_types() const override { return true; }
    void expect_many(const LoadedSections&) override {}
    void expect_all(Bytes, Bytes) override {}

private:
    Sections* shared_;
    PlainSource* plain_;
    std::vector<std::uint8_t> joined_;
};

}  // namespace

std::vector<std::unique_ptr<SectionSource>> PlainSource::type_sources(Sections& sections) {
    std::vector<std::unique_ptr<SectionSource>> found;
    if (file().debug_section(kTypes) != nullptr) {
        found.push_back(std::make_unique<TypesSource>(sections, *this));
    }
    return found;
}

SectionData PlainSource::load(SectionId id, ProblemLog& problems) {
    const auto name = kNames[static_cast<std::size_t>(id)];
    if (id == SectionId::info) return load_all(name, joined_, problems);
    const Section* section = file().debug_section(name);
    if (section == nullptr) return {};
    const auto bytes = file().contents(*section);
    if (!bytes) {
        problems.note(bytes.error().message);
        return {};
    }
    if (id == SectionId::aranges && read_from_disk(*bytes)) {
        base::expect_access(*bytes, base::Access::soon);
    }
    return load_one(*section, *bytes, problems);
}

SectionData PlainSource::load_one(const Section& section, Bytes bytes, ProblemLog& problems) {
    if (many_ && read_from_disk(bytes)) base::expect_access(bytes, base::Access::in_order);
    if (!needs_relocation(problems)) return {bytes, std::nullopt};
    return {bytes, elf::Relocations::of(file(), section, *relocator_)};
}

SectionData PlainSource::load_all(std::string_view name, std::vector<std::uint8_t>& joined,
                                  ProblemLog& problems) {
    const auto parts = elf::sections_named(file(), name);
    if (!parts) {
        problems.note(parts.error().message);
        return {};
    }
    if (parts->empty()) return {};
    if (parts->size() == 1)
        return load_one(*parts->front().section, parts->front().bytes, problems);
    joined = elf::join(*parts);
    if (!needs_relocation(problems)) return {joined, std::nullopt};
    return {joined, elf::Relocations::of(file(), *parts, *relocator_)};
}

bool PlainSource::needs_relocation(ProblemLog& problems) {
    if (!file().relocatable()) return false;
    if (relocator_ == nullptr) {
        auto relocator = elf::Relocator::of(file());
        if (!relocator) {
            problems.note(relocator.error().message);
            return false;
        }
        relocator_ = std::move(*relocator);
    }
    return true;
}

std::unique_ptr<Sections> PlainSource::supplementary(ProblemLog& problems) {
    if (companions_ == nullptr) return nullptr;
    const auto other = companions_->supplementary(file());
    if (!other || *other == nullptr) {
        problems.note_missing(other ? "no supplementary debug file" : other.error().message);
        return nullptr;
    }
    // The links of that file itself are not followed: dwz makes no such files, and a crafted chain
    // of them would have no end.
    return std::make_unique<Sections>(**other, nullptr, (*other)->path() + ": ");
}

WorkBudget PlainSource::budget() const {
    return {file().image().size(), WorkBudget::Kind::whole_file};
}

/// False for decompressed bytes, and for sections too small for advice to the system.
bool PlainSource::read_from_disk(Bytes bytes) const {
    constexpr std::size_t kSmall = std::size_t{256} * 1024;
    const Bytes image = file().image();
    return bytes.size() > kSmall && bytes.data() >= image.data() &&
           bytes.data() < image.data() + image.size();
}

void PlainSource::expect_many(const LoadedSections& loaded) {
    if (std::exchange(many_, true)) return;
    for (const auto& section : loaded) {
        if (section && read_from_disk(section->bytes)) {
            base::expect_access(section->bytes, base::Access::in_order);
        }
    }
}

void PlainSource::expect_all(Bytes section, Bytes part) {
    constexpr std::size_t kMax = std::size_t{2} * 1024 * 1024;
    if (many_ || !read_from_disk(section)) return;
    base::expect_access(part.first(std::min(part.size(), kMax)), base::Access::soon);
}

SplitSource::SplitSource(const SplitContents& contents)
    : SectionSource(contents.skeleton->sections().file()), contents_(contents) {}

SectionData SplitSource::load(SectionId id, ProblemLog& problems) {
    if (in_skeleton(id)) return contents_.skeleton->sections().get(id);
    return load_split(id, problems);
}

/// Split files have no relocations.
SectionData SplitSource::load_split(SectionId id, ProblemLog& problems) const {
    const auto index = static_cast<std::size_t>(id);
    const elf::ElfFile& file = *contents_.file;
    const Section* section = id == SectionId::info ? contents_.info : nullptr;
    if (section == nullptr && !kSplitNames[index].empty()) {
        section = file.debug_section(kSplitNames[index]);
    }
    if (section == nullptr) return {};
    const auto bytes = file.contents(*section);
    if (!bytes) {
        problems.note(bytes.error().message);
        return {};
    }
    // The strings of a package are one table for all of its units.
    if (!contents_.contributions || id == SectionId::str) return {*bytes, std::nullopt};
    const auto& slice = (*contents_.contributions)[index];
    if (!slice) return {};
    if (slice->offset > bytes->size() || slice->size > bytes->size() - slice->offset) {
        problems.note("damaged index of split units: beyond the end of " +
                      std::string(kSplitNames[index]));
        return {};
    }
    return {bytes->subspan(slice->offset, slice->size), std::nullopt};
}

bool SplitSource::holds_types() const {
    return contents_.info != nullptr && elf::is_debug_section(contents_.info->name, kSplitTypes);
}

/// gcc gives each type unit a section of its own.
std::vector<std::unique_ptr<SectionSource>> SplitSource::type_sources(Sections&) {
    std::vector<std::unique_ptr<SectionSource>> found;
    if (contents_.only_types || contents_.contributions) return found;
    // The bytes of overlapping sections would be read once for each of them.
    std::uint64_t room = contents_.file->image().size();
    for (const Section& section : contents_.file->sections()) {
        const bool types = section.name == kSplitTypes || section.name == kSplitNames[0];
        if (!types || &section == contents_.info || section.size > room) continue;
        room -= section.size;
        SplitContents part = contents_;
        part.info = &section;
        part.only_types = true;
        found.push_back(std::make_unique<SplitSource>(part));
    }
    return found;
}

/// From a type unit no other one is looked for: its types have sizes of their own, and units that
/// refer to each other in a circle would be opened without end.
std::unique_ptr<SectionSource> SplitSource::type_source(std::uint64_t signature) {
    if (contents_.types == nullptr || contents_.only_types) return nullptr;
    SplitContents part = contents_;
    part.contributions = contents_.types->find(signature);
    if (!part.contributions) return nullptr;
    const bool own_section = contents_.types->has_types_section();
    part.info = own_section ? contents_.file->debug_section(kSplitTypes) : nullptr;
    part.only_types = true;
    return std::make_unique<SplitSource>(part);
}

std::unique_ptr<Sections> SplitSource::supplementary(ProblemLog&) {
    return nullptr;
}

WorkBudget SplitSource::budget() const {
    const std::uint64_t whole = contents_.file->image().size();
    std::uint64_t size = whole;
    if (contents_.contributions) {
        size = 0;
        for (const auto& slice : *contents_.contributions) size += slice ? slice->size : 0;
    }
    return {std::min(size, whole), WorkBudget::Kind::split_unit};
}

SharedSource::SharedSource(Sections& shared, std::atomic<bool>& given_up)
    : SectionSource(shared.file()), shared_(&shared), given_up_(&given_up) {}

/// Returns a copy, because relocations remember the last place that was read.
SectionData SharedSource::load(SectionId id, ProblemLog& problems) {
    const std::scoped_lock lock(shared_->loading());
    const SectionData& data = shared_->get(id);
    if (!shared_->problems().first().empty()) problems.give_up();
    return data;
}

std::unique_ptr<Sections> SharedSource::supplementary(ProblemLog& problems) {
    const std::scoped_lock lock(shared_->loading());
    Sections* found = shared_->supplementary();
    if (found != nullptr) return std::make_unique<Sections>(*found, *given_up_);
    problems.give_up();
    return nullptr;
}

WorkBudget SharedSource::budget() const {
    return {file().image().size(), WorkBudget::Kind::whole_file};
}

void SharedSource::expect_many(const LoadedSections&) {
    const std::scoped_lock lock(shared_->loading());
    shared_->expect_many();
}

}  // namespace symline::dwarf
