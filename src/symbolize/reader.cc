#include "symbolize/reader.h"

#include <algorithm>
#include <utility>

namespace symline::symbolize {

void PageLimit::apply(const dwarf::DwarfFile* reader) {
    constexpr std::uint64_t kLookups = 1024;
    constexpr std::uint64_t kLoaded = std::uint64_t{4} * 1024 * 1024;
    const std::uint64_t loaded = reader == nullptr ? 0 : reader->loaded_bytes();
    if (++lookups_ < kLookups && loaded - loaded_ < kLoaded) return;
    lookups_ = 0;
    loaded_ = loaded;
    const elf::ElfFile* separate = files_->separate();
    const elf::ElfFile& largest = separate == nullptr ? files_->code() : *separate;
    const std::uint64_t max = files_->options().cache_size;
    if (largest.image().size() <= max || base::resident_file_bytes() <= others_ + max) return;
    files_->release_pages();
    others_ = base::resident_file_bytes();
}

void Reader::take_index(unsigned generation) {
    index_generation_ = generation;
    // Its answers are those of DWARF.
    if (sources_.files.gsym_comes_first()) return;
    index_ = sources_.index.reader();
}

/// Nothing but code is in an index.
bool Reader::in_code(FileAddress address) {
    if (in_code_ != nullptr && in_code_->contains(address)) return true;
    const Section* section = sources_.files.code().section_at(address);
    if (section == nullptr || !section->executable()) return false;
    in_code_ = section;
    return true;
}

const Expected<Lookup>* Reader::from_index(FileAddress address) {
    if (!has_index() || !in_code(address)) return nullptr;
    indexed_->miss.reset();
    switch (index_->lookup(address.value, indexed_->frames)) {
        case gsym::Answer::frames: return &indexed_;
        case gsym::Answer::nothing:
            indexed_->miss = index_->has_symbols() ? Miss::not_covered : Miss::no_symbols;
            return &indexed_;
        case gsym::Answer::ask: break;
    }
    if (index_->damaged()) sources_.index.note_damage();
    return nullptr;
}

/// No frames where there is no GSYM file, or it does not know. Errors: malformed.
Expected<std::vector<Frame>> Reader::from_gsym(FileAddress address) {
    const gsym::PlainFile* file = sources_.files.gsym();
    if (file == nullptr) return {};
    if (!gsym_) gsym_.emplace(*file);
    auto frames = gsym_->lookup(address.value);
    if (!frames) {
        frames.error().file = sources_.files.debug_path();
        sources_.files.note_gsym_damage(frames.error());
    }
    return frames;
}

Expected<Reader::Found> Reader::look_up(FileAddress address, Detail detail, dwarf::Hint hint) {
    const elf::ElfFile& code = sources_.files.code();
    Found found;
    std::optional<Error> damage;
    const bool mapped = code.section_at(address) != nullptr || code.is_code(address.value);
    if (!code.sections().empty() && !mapped) {
        found.lookup.miss = Miss::not_mapped;
        return found;
    }
    if (dwarf_ != nullptr) {
        auto [frames, until] = dwarf_->at(address.value, detail, hint);
        found = {{std::move(frames), {}}, until};
    } else if (auto frames = from_gsym(address)) {
        found.lookup.frames = std::move(*frames);
    } else {
        damage = std::move(frames.error());
    }
    if (found.lookup.frames.empty()) {
        found.lookup = sources_.symbols.lookup(address);
        if (dwarf_ != nullptr && !dwarf_->problem().empty()) {
            damage = {ErrorCode::malformed, sources_.files.debug_path(), dwarf_->problem()};
        }
        if (!found.lookup.frames.empty() || !damage) return found;
        return std::unexpected(std::move(*damage));
    }
    Frame& outermost = found.lookup.frames.back();
    if (outermost.name_source == NameSource::none) {
        sources_.symbols.add_label(outermost, address.value);
    }
    return found;
}

std::uint64_t Reader::same_until(FileAddress address, const Found& found) const {
    const std::uint64_t next = address.value + 1;
    if (found.frames_until <= next) return next;
    // Debug information does not know where sections end.
    const Section* section = sources_.files.code().section_at(address);
    if (section == nullptr) return next;
    const std::uint64_t until =
        std::min(found.frames_until, section->address.value + section->size);
    const auto& frames = found.lookup.frames;
    const bool named_by_dwarf = !frames.empty() && frames.back().name_source == NameSource::dwarf;
    return named_by_dwarf ? until : std::min(until, sources_.symbols.unchanged_until(address));
}

}  // namespace symline::symbolize
