#include "tools/decode_code.h"

#include <algorithm>
#include <utility>

#include "log/code_line.h"
#include "output/numbers.h"
#include "output/terminal_text.h"

namespace symline::tools {
namespace {

using output::CodeMatch;
using output::CodeTarget;
using output::Isa;

/// Functions that are longer are not decoded from their start.
constexpr std::uint64_t kFarthestStart = std::uint64_t{16} * 1024;

std::optional<CodeTarget> target_of(const Module& module, unsigned unit) {
    CodeTarget target{Isa::x86, module.address_size() == 8, module.big_endian()};
    switch (module.machine()) {
        case 3:
        case 62: return target;
        case 8: target.isa = Isa::mips; break;
        case 20:
        case 21: target.isa = Isa::ppc; break;
        case 22: target.isa = Isa::s390; break;
        case 40: target.isa = unit == 2 ? Isa::thumb : Isa::arm; break;
        case 183: target.isa = Isa::arm64; break;
        case 243: target.isa = Isa::riscv; break;
        case 258: target.isa = Isa::loongarch; break;
        default: return std::nullopt;
    }
    return target;
}

std::string_view architecture(const CodeTarget& target) {
    switch (target.isa) {
        case Isa::x86: return target.is64 ? "x86_64" : "i386";
        case Isa::arm64: return "arm64";
        case Isa::arm:
        case Isa::thumb: return "arm";
        case Isa::riscv: return target.is64 ? "riscv64" : "riscv32";
        case Isa::ppc: return !target.is64 ? "ppc" : target.big_endian ? "ppc64" : "ppc64le";
        case Isa::s390: return "s390x";
        case Isa::mips: return target.is64 ? "mips64" : "mips";
        case Isa::loongarch: return target.is64 ? "loongarch64" : "loongarch32";
    }
    return "";
}

/// How the kernel prints the instructions of a machine.
bool unit_fits(const CodeTarget& target, unsigned unit) {
    switch (target.isa) {
        case Isa::x86: return unit == 1;
        case Isa::thumb: return unit == 2;
        case Isa::riscv: return unit == 2 || unit == 4;
        case Isa::s390: return unit <= 2;
        default: return unit == 4;
    }
}

std::string name_at(const Module& module, std::uint64_t target, FileAddress from) {
    const auto place = module.section_offset(FileAddress{target});
    const auto own = module.section_offset(from);
    // Sections of a module are elsewhere when it is loaded.
    const bool apart = !place || !own || place->section != own->section;
    if (!place || (module.type() == FileType::relocatable && apart)) return {};
    const auto symbol = module.symbol_at(FileAddress{target});
    if (!symbol || !*symbol) return {};
    std::string name = output::visible((*symbol)->name);
    const std::uint64_t offset = target - (*symbol)->address.value;
    if (offset != 0) {
        name += '+';
        output::append_0x(name, offset);
    }
    return name;
}

}  // namespace

void DecodeCode::keep(const log::Occurrence& occurrence) {
    Counter& kept = counter_.emplace();
    kept.occurrence = occurrence;
    kept.symbol = occurrence.symbol;
    kept.module = occurrence.module;
    kept.build_id = occurrence.build_id;
    kept.file = occurrence.file;
    kept.mapping = occurrence.mapping.name;
}

log::Occurrence DecodeCode::kept() const {
    log::Occurrence occurrence = counter_->occurrence;
    occurrence.symbol = counter_->symbol;
    occurrence.module = counter_->module;
    occurrence.build_id = counter_->build_id;
    occurrence.file = counter_->file;
    occurrence.mapping.name = counter_->mapping;
    occurrence.source = {};
    return occurrence;
}

void DecodeCode::take(const log::ParsedLine& parsed) {
    const log::Facts& facts = parsed.facts;
    // Also when it had no bytes: those that come later are of another place.
    if (std::exchange(code_seen_, facts.is_code) || facts.begins_boot) counter_.reset();
    if (!facts.names_counter) return;
    if (facts.machine != log::CodeMachine::unknown) machine_ = facts.machine;
    if (!facts.counter) {
        // An address in user space, or nowhere.
        counter_.reset();
        return;
    }
    const log::Occurrence& occurrence = parsed.occurrences[*facts.counter];
    const bool again = occurrence.symbol.empty() && occurrence.file.empty() && counter_ &&
                       !counter_->symbol.empty();
    if (!again) keep(occurrence);
}

output::Disassembler* DecodeCode::disassembler(const CodeTarget& target) {
    for (const auto& [known, made] : disassemblers_) {
        if (known == target) return made.get();
    }
    auto made = maker_ == nullptr ? nullptr : maker_(target);
    if (made == nullptr && maker_ != nullptr) {
        diagnostics_.say_once("no disassembler for the code of " +
                              std::string(architecture(target)));
    }
    return disassemblers_.emplace_back(target, std::move(made)).second.get();
}

/// Without a file: from the registers' names, or from how the numbers are written.
std::optional<CodeTarget> DecodeCode::guessed_target(unsigned unit) const {
    using log::CodeMachine;
    switch (machine_) {
        case CodeMachine::x86_64: return CodeTarget{Isa::x86, true, false};
        case CodeMachine::i386: return CodeTarget{Isa::x86, false, false};
        case CodeMachine::arm64: return CodeTarget{Isa::arm64, true, false};
        case CodeMachine::arm: return CodeTarget{unit == 2 ? Isa::thumb : Isa::arm, false, false};
        case CodeMachine::riscv: return CodeTarget{Isa::riscv, true, false};
        case CodeMachine::mips: return CodeTarget{Isa::mips, false, false};
        case CodeMachine::ppc: return CodeTarget{Isa::ppc, true, false};
        case CodeMachine::s390: return CodeTarget{Isa::s390, true, true};
        case CodeMachine::loongarch: return CodeTarget{Isa::loongarch, true, false};
        case CodeMachine::unknown: break;
    }
    if (unit == 1) return CodeTarget{Isa::x86, true, false};
    return std::nullopt;
}

const kernel::PatchedCode& DecodeCode::patched_code(const kernel::KernelFile& file) {
    const auto known = patched_.find(&file);
    if (known != patched_.end()) return known->second;
    return patched_.emplace(&file, kernel::PatchedCode(file.module)).first->second;
}

FileCode DecodeCode::file_code(const kernel::KernelPlace& place, const CodeBytes& code) {
    const Module& module = place.file->module;
    FileCode file;
    const auto section = module.section_offset(place.address);
    if (!section || !code.marked) return file;
    const std::uint64_t before_mark = std::min<std::uint64_t>(*code.marked, section->offset);
    file.skipped = *code.marked - before_mark;
    const FileAddress begin{place.address.value - before_mark};
    file.bytes = module.contents_at(begin, code.bytes.size() - file.skipped);
    const kernel::PatchedCode& patched = patched_code(*place.file);
    const std::uint64_t first = place.address.value - *code.marked;
    file.patched = [&patched, first](std::size_t offset, std::size_t size) {
        return patched.holds(FileAddress{first + offset}, size);
    };
    file.name_of = [&module, from = place.address](std::uint64_t target) {
        return name_at(module, target, from);
    };
    const auto symbol = module.symbol_at(begin);
    const FileAddress start = symbol && *symbol ? (*symbol)->address : place.start;
    const std::uint64_t distance = begin.value - start.value;
    if (start <= begin && distance <= kFarthestStart) {
        file.before = module.contents_at(start, distance);
        if (file.before.size() != distance) file.before = {};
    }
    return file;
}

output::CodeListing DecodeCode::list(const log::CodeText& text, const CodeTarget& target,
                                     output::Disassembler& disassembler,
                                     const kernel::KernelPlace* place, Addresses addresses) {
    output::CodeListing listing;
    listing.architecture = architecture(target);
    listing.unit = text.unit;
    listing.big_endian = words_big_endian(target);
    const CodeBytes code = code_bytes(text, target);
    FileCode file;
    std::uint64_t address = 0;
    if (place != nullptr) {
        file = file_code(*place, code);
        listing.symbol_offset = place->address.value - place->start.value;
        address = place->address.value - code.marked.value_or(0);
    }
    if (addresses == Addresses::from_zero) {
        address = 0;
        file.name_of = nullptr;
    }
    listing.instructions = take_apart(code, disassembler, target, address, file);
    listing.match = compare(listing.instructions, target, file);
    return listing;
}

/// A file whose build id the text gives is the right one: its code was changed while it ran.
bool DecodeCode::refuse(const kernel::KernelPlace& place, const log::Occurrence& counter) {
    kernel::KernelFile& file = *place.file;
    const bool in_module = !counter.module.empty() || !counter.file.empty();
    const bool sure =
        in_module ? !counter.build_id.empty() : kernels_.current().options().build_id.has_value();
    const std::string where =
        counter.symbol.empty() ? std::string("that address") : std::string(counter.symbol);
    if (sure) {
        diagnostics_.say_once("'" + file.module.path() + "': the code of " + where +
                              " was changed in the running kernel");
        return false;
    }
    kernels_.refuse(file, "its code at " + where +
                              " is not what the \"Code:\" line shows: it does not match the "
                              "running kernel");
    return true;
}

/// Of several functions that the text may mean, the one whose bytes agree best.
DecodeCode::Best DecodeCode::best_listing(const log::CodeText& text, const DecodedEntry& entry,
                                          Addresses addresses) {
    Best best;
    for (std::size_t i = 0; i < entry.candidates.size(); ++i) {
        const kernel::KernelPlace& place = entry.candidates[i].place;
        const auto target = target_of(place.file->module, text.unit);
        if (!target || !unit_fits(*target, text.unit)) continue;
        output::Disassembler* machine = disassembler(*target);
        if (machine == nullptr) continue;
        auto listing = list(text, *target, *machine, &place, addresses);
        const auto differing = static_cast<std::size_t>(std::ranges::count_if(
            listing.instructions,
            [](const output::CodeInstruction& each) { return !each.in_file.empty(); }));
        if (best.listing && differing == best.differing) best.alone = false;
        if (best.listing && differing >= best.differing) continue;
        best = {std::move(listing), i, differing, true};
    }
    return best;
}

std::optional<DecodedCode> DecodeCode::decode(std::string_view bytes, Addresses addresses) {
    const auto text = log::parse_code(bytes);
    if (!text) return std::nullopt;
    DecodedCode decoded;
    // Without a mark nothing tells which of the bytes is at the program counter.
    decoded.has_counter = counter_.has_value() && text->marked.has_value();
    if (decoded.has_counter) decoded.counter = kept();
    const DecodedEntry* entry = decoded.has_counter ? &resolver_.entry(decoded.counter) : nullptr;
    if (entry == nullptr || entry->candidates.empty()) {
        const auto target = guessed_target(text->unit);
        if (!target || !unit_fits(*target, text->unit)) return std::nullopt;
        output::Disassembler* machine = disassembler(*target);
        if (machine == nullptr) return std::nullopt;
        decoded.listing = list(*text, *target, *machine, nullptr, addresses);
        if (entry != nullptr) decoded.place = &entry->all;
        return decoded;
    }
    Best best = best_listing(*text, *entry, addresses);
    if (!best.listing) return std::nullopt;
    decoded.listing = std::move(*best.listing);
    decoded.has_file = true;
    const bool one = best.alone && !entry->chosen.empty();
    decoded.place = one ? &entry->chosen[best.candidate] : &entry->all;
    if (decoded.listing.match == CodeMatch::differs &&
        refuse(entry->candidates[best.candidate].place, decoded.counter)) {
        decoded.place = nullptr;
        for (auto& each : decoded.listing.instructions) each.in_file.clear();
    }
    return decoded;
}

}  // namespace symline::tools
