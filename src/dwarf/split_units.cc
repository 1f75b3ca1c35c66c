#include "dwarf/split_units.h"

#include <iterator>
#include <utility>

#include "base/hex.h"

namespace symline::dwarf {
namespace {

/// Each open file takes a mapping and its tables, and programs with tens of thousands of split
/// files are common.
constexpr std::size_t kMaxOpen = 256;

bool for_same_machine(const elf::ElfFile& a, const elf::ElfFile& b) {
    return a.machine() == b.machine() && a.is64() == b.is64() && a.big_endian() == b.big_endian();
}

/// True for .debug_info.dwo, also in its old compressed form.
bool is_split_info(const Section& section) {
    return section.name == ".debug_info.dwo" || section.name == ".zdebug_info.dwo";
}

/// The id of a split unit; nothing for units of another kind, such as a skeleton: a split file does
/// not lead to another one.
std::optional<std::uint64_t> split_id(Sections& sections, const UnitHeader& header) {
    if (header.parameters.version >= 5) {
        return header.unit_type == DW::DW_UT_split_compile ? std::optional(header.split_id)
                                                           : std::nullopt;
    }
    return Unit(sections, header).attributes().split_id;
}

}  // namespace

std::optional<std::uint64_t> SplitUnit::find_in(const SplitContents& source, LoadedUnit& skeleton) {
    sections_.emplace(source);
    table_.emplace(*sections_);
    const std::uint64_t wanted = *skeleton.unit().attributes().split_id;
    std::optional<std::uint64_t> other;
    for (const UnitHeader& header : table_->headers()) {
        const auto id = split_id(*sections_, header);
        if (id == wanted) unit_ = table_->containing(header.first_die);
        if (unit_ != nullptr) {
            unit_->set_skeleton(skeleton);
            return std::nullopt;
        }
        if (!other) other = id;
    }
    return other;
}

Expected<std::unique_ptr<SplitUnit>> SplitUnit::in_file(elf::ElfFile file, LoadedUnit& skeleton) {
    const std::string path = file.path();
    const auto refuse = [&](std::string reason) {
        return std::unexpected(Error{ErrorCode::mismatch, path, std::move(reason)});
    };
    if (!for_same_machine(file, skeleton.unit().sections().file())) {
        return refuse("is for another machine");
    }
    std::unique_ptr<SplitUnit> split(new SplitUnit);
    split->own_.emplace(std::move(file));
    split->path_ = path;
    std::optional<std::uint64_t> other;
    // The bytes of overlapping sections would be read once for each of them.
    std::uint64_t room = split->own_->image().size();
    for (const Section& section : split->own_->sections()) {
        if (!is_split_info(section) || section.size > room) continue;
        room -= section.size;
        const SplitContents source{&*split->own_, &skeleton.unit(), std::nullopt, &section};
        const auto id = split->find_in(source, skeleton);
        if (split->unit_ != nullptr) return split;
        if (!other) other = id;
    }
    if (!other) return refuse("holds no split unit");
    return refuse("split unit " + base::hex(*other) + " instead of " +
                  base::hex(*skeleton.unit().attributes().split_id));
}

Expected<std::unique_ptr<SplitUnit>> SplitUnit::in_package(const SplitContents& source,
                                                           LoadedUnit& skeleton) {
    std::unique_ptr<SplitUnit> split(new SplitUnit);
    split->path_ = source.file->path();
    split->find_in(source, skeleton);
    if (split->unit_ != nullptr) return split;
    return std::unexpected(Error{ErrorCode::mismatch, source.file->path(),
                                 "damaged index of split units: leads to another unit"});
}

void SplitUnits::start_lookup() {
    opened_in_lookup_ = 0;
    while (recent_.size() > kMaxOpen) {
        open_.erase(recent_.back().skeleton);
        recent_.pop_back();
    }
}

LoadedUnit& SplitUnits::whole(LoadedUnit& unit) {
    SplitUnit* split = find(unit);
    return split == nullptr ? unit : split->unit();
}

SplitUnit* SplitUnits::find(LoadedUnit& unit) {
    if (!unit.unit().is_skeleton()) return nullptr;
    sections_->problems().give_up();
    if (companions_ == nullptr || failed_.contains(&unit)) return nullptr;
    if (const auto known = open_.find(&unit); known != open_.end()) {
        recent_.splice(recent_.begin(), recent_, known->second);
    } else {
        // Folded functions of many units may share an address, but not of so many.
        if (opened_in_lookup_++ == kMaxOpen) return nullptr;
        auto split = open(unit);
        if (split == nullptr) {
            failed_.insert(&unit);
            return nullptr;
        }
        recent_.push_front({&unit, std::move(split)});
        open_.emplace(&unit, recent_.begin());
    }
    recent_.front().split->start_lookup();
    return recent_.front().split.get();
}

std::unique_ptr<SplitUnit> SplitUnits::open(LoadedUnit& skeleton) {
    if (auto split = from_packages(skeleton)) return split;
    const Unit& unit = skeleton.unit();
    std::unique_ptr<SplitUnit> taken;
    const SplitName name{unit.string(unit.attributes().split_name),
                         unit.string(unit.attributes().compilation_directory)};
    const auto found = companions_->split(name, [&](elf::ElfFile file) -> Expected<void> {
        auto split = SplitUnit::in_file(std::move(file), skeleton);
        if (!split) return std::unexpected(std::move(split.error()));
        taken = std::move(*split);
        return {};
    });
    if (!found && missing_.empty()) missing_ = found.error().message;
    return taken;
}

void SplitUnits::read_packages() {
    packages_.emplace();
    for (const elf::ElfFile* file : companions_->packages()) {
        if (!for_same_machine(*file, sections_->file())) continue;
        auto index = DwpIndex::read(*file);
        if (!index) {
            sections_->note_problem(file->path() + ": " + index.error().message);
            continue;
        }
        auto types = DwpIndex::read(*file, DwpIndex::Units::type);
        packages_->push_back({file, *index, types ? std::optional(*types) : std::nullopt});
    }
}

std::unique_ptr<SplitUnit> SplitUnits::from_packages(LoadedUnit& skeleton) {
    if (!packages_) read_packages();
    for (const Package& package : *packages_) {
        const auto parts = package.index.find(*skeleton.unit().attributes().split_id);
        if (!parts) continue;
        const SplitContents source{.file = package.file,
                                   .skeleton = &skeleton.unit(),
                                   .contributions = parts,
                                   .types = package.types ? &*package.types : nullptr};
        auto split = SplitUnit::in_package(source, skeleton);
        if (split) return std::move(*split);
        sections_->note_problem(package.file->path() + ": " + split.error().message);
    }
    return nullptr;
}

}  // namespace symline::dwarf
