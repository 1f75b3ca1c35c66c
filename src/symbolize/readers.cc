#include "symbolize/readers.h"

#include <utility>

namespace symline::symbolize {
namespace {

/// What a reader may keep, of the memory for the module: as long as it is asked unit by unit, and
/// when it is asked in any order. 10,000 addresses of a kernel in random order take twice the time
/// with half of the memory, and 3.5 times with a quarter.
constexpr std::size_t kShareInOrder = 4;
constexpr std::size_t kShareInDisorder = 2;

}  // namespace

void Readers::attach_main() {
    if (main_attached_) return;
    if (const elf::ElfFile* debug = sources_.files.debug()) {
        main_.set_dwarf(std::make_unique<dwarf::DwarfFile>(
            *debug, sources_.symbols, &sources_.files, sources_.files.options().cache_size));
    }
    main_attached_ = true;
}

void Readers::attach(Reader& reader) {
    if (reader.dwarf() != nullptr) return;
    if (!main_attached_) {
        const std::unique_lock lock(asking_);
        attach_main();
    }
    const auto turn = this->turn();
    if (main_.dwarf() == nullptr) return;
    reader.set_dwarf(
        std::make_unique<dwarf::DwarfFile>(*main_.dwarf(), sources_.symbols, given_up_));
    limit_memory(reader);
}

void Readers::limit_memory(Reader& reader) const {
    const std::size_t memory = sources_.files.options().cache_size;
    if (reader.dwarf() == nullptr) return;
    reader.dwarf()->set_cache_policy(
        {.size = memory / kShareInOrder, .max = memory / kShareInDisorder});
}

Expected<Lookup> Readers::lookup(FileAddress address, Detail detail) {
    if (!overlapping_.load(std::memory_order_relaxed)) {
        const std::unique_lock lock(asking_, std::try_to_lock);
        if (lock) return ask_main(address, detail);
        overlapping_ = true;
    }
    const BorrowedReader reader(*this);
    return lookup(*reader, address, detail);
}

Expected<Lookup> Readers::lookup(Reader& reader, FileAddress address, Detail detail) {
    // An index does not have where functions are declared.
    if (detail == Detail::frames) {
        if (const auto* indexed = reader.from_index(address)) return *indexed;
    }
    if (!in_order_only()) {
        if (const Lookup* known = reader.answers().find(address, detail)) return *known;
        attach(reader);
        const auto turn = this->turn();
        reader.pages().apply(reader.dwarf());
        auto found = reader.look_up(address, detail);
        if (!found) give_up();
        if (!in_order_only()) {
            reader.answers().keep(address, detail, found->lookup);
            return std::move(found->lookup);
        }
    }
    const std::unique_lock lock(asking_);
    return ask_main(address, detail);
}

Expected<Lookup> Readers::ask_main(FileAddress address, Detail detail) {
    if (detail == Detail::frames) {
        if (const auto* indexed = main_.from_index(address)) return *indexed;
    }
    // Once damage was met, the same question may have another answer: why there is none.
    if (damage_of_main().empty()) {
        if (const Lookup* known = main_.answers().find(address, detail)) return *known;
    }
    attach_main();
    if (given_up_ && !std::exchange(forgot_others_, true)) forget_others();
    main_.pages().apply(main_.dwarf());
    auto found = main_.look_up(address, detail);
    note_damage();
    if (!found) return std::unexpected(std::move(found.error()));
    main_.answers().keep(address, detail, found->lookup);
    return std::move(found->lookup);
}

/// Answers may depend on the order of the questions from now on.
void Readers::note_damage() {
    if (!in_order_only_ && !damage_of_main().empty()) in_order_only_ = true;
}

/// What other readers learned of where units are may come from damaged bytes.
void Readers::forget_others() {
    in_order_only_ = true;
    if (main_.dwarf() != nullptr) main_.dwarf()->reset_index();
    const std::scoped_lock lock(lending_);
    for (const auto& each : others_) {
        if (each->dwarf() != nullptr) each->dwarf()->limit_memory(0);
    }
}

std::string_view Readers::damage_of_main() const {
    const dwarf::DwarfFile* dwarf = main_.dwarf();
    if (dwarf == nullptr) return {};
    if (!dwarf->problem().empty()) return dwarf->problem();
    const std::string_view package = sources_.files.package_problem();
    return package.empty() ? std::string_view(dwarf->missing()) : package;
}

std::string_view Readers::damage_met() {
    const std::unique_lock lock(asking_);
    return damage_of_main();
}

void Readers::rest_main(std::size_t memory) {
    const std::unique_lock lock(asking_, std::try_to_lock);
    if (!lock) return;
    attach_main();
    if (main_.dwarf() == nullptr) return;
    main_.dwarf()->limit_memory(memory);
    main_.dwarf()->expect_many();
}

Reader& Readers::borrow() {
    const std::scoped_lock lock(lending_);
    if (!idle_.empty()) {
        Reader& reader = *idle_.back();
        idle_.pop_back();
        limit_memory(reader);
        return reader;
    }
    return *others_.emplace_back(std::make_unique<Reader>(sources_));
}

void Readers::give_back(Reader& reader) {
    const std::scoped_lock lock(lending_);
    idle_.push_back(&reader);
}

}  // namespace symline::symbolize
