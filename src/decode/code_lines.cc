#include "decode/code_lines.h"

#include <algorithm>
#include <utility>

#include "base/hex.h"
#include "decode/code_comparison.h"
#include "decode/logged_frame.h"
#include "elf/constants.h"
#include "log/code_line.h"

namespace symline::decode {
namespace {

/// Functions that are longer are not decoded from their start.
constexpr std::uint64_t kFarthestStart = std::uint64_t{16} * 1024;

std::optional<CodeTarget> target_of(const Module& module, unsigned unit) {
    CodeTarget target{Isa::x86, module.elf().address_size() == 8, module.elf().big_endian()};
    switch (module.elf().machine()) {
        case elf::kI386:
        case elf::kX86_64: return target;
        case elf::kMips: target.isa = Isa::mips; break;
        case elf::kPpc:
        case elf::kPpc64: target.isa = Isa::ppc; break;
        case elf::kS390: target.isa = Isa::s390; break;
        case elf::kArm: target.isa = unit == 2 ? Isa::thumb : Isa::arm; break;
        case elf::kArm64: target.isa = Isa::arm64; break;
        case elf::kRiscv: target.isa = Isa::riscv; break;
        case elf::kLoongarch: target.isa = Isa::loongarch; break;
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
    const auto place = module.sections().offset_of(FileAddress{target});
    const auto own = module.sections().offset_of(from);
    // Sections of a module are elsewhere when it is loaded.
    const bool apart = !place || !own || place->section != own->section;
    if (!place || (module.elf().type() == FileType::relocatable && apart)) return {};
    const auto symbol = module.symbols().at(FileAddress{target});
    if (!symbol || !*symbol) return {};
    std::string name((*symbol)->name);
    const std::uint64_t offset = target - (*symbol)->address.value;
    if (offset != 0) {
        name += '+' + base::hex(offset);
    }
    return name;
}

}  // namespace

void CodeLines::keep(const log::Occurrence& occurrence) {
    ProgramCounter& kept = pc_.emplace();
    kept.occurrence = occurrence;
    kept.symbol = occurrence.symbol;
    kept.module = occurrence.module;
    kept.build_id = occurrence.build_id;
    kept.file = occurrence.file;
    kept.mapping = occurrence.mapping.name;
}

log::Occurrence CodeLines::kept() const {
    log::Occurrence occurrence = pc_->occurrence;
    occurrence.symbol = pc_->symbol;
    occurrence.module = pc_->module;
    occurrence.build_id = pc_->build_id;
    occurrence.file = pc_->file;
    occurrence.mapping.name = pc_->mapping;
    occurrence.source = {};
    return occurrence;
}

void CodeLines::take(const log::ParsedLine& parsed) {
    const log::Facts& facts = parsed.facts;
    // Also when it had no bytes: those that come later are of another place.
    if (std::exchange(code_seen_, facts.is_code) || facts.begins_boot) pc_.reset();
    if (!facts.names_pc) return;
    if (facts.machine != log::CodeMachine::unknown) machine_ = facts.machine;
    if (!facts.pc) {
        // An address in user space, or nowhere.
        pc_.reset();
        return;
    }
    const log::Occurrence& occurrence = parsed.occurrences[*facts.pc];
    const bool again =
        occurrence.symbol.empty() && occurrence.file.empty() && pc_ && !pc_->symbol.empty();
    if (!again) keep(occurrence);
}

Disassembler* CodeLines::disassembler(const CodeTarget& target) {
    for (const auto& [known, made] : disassemblers_) {
        if (known == target) return made.get();
    }
    std::unique_ptr<Disassembler> disassembler;
    if (const auto& maker = options_.disassembler) {
        auto made = maker(target);
        if (made) disassembler = std::move(*made);
        if (disassembler == nullptr) {
            std::string what =
                "no disassembler for the code of " + std::string(architecture(target));
            if (!made) what += ": " + made.error().message;
            notices_.push_back(
                {Notice::Kind::remark, {ErrorCode::unsupported, {}, std::move(what)}});
        }
    }
    return disassemblers_.emplace_back(target, std::move(disassembler)).second.get();
}

/// Without a file: from the registers' names, or from how the numbers are written.
std::optional<CodeTarget> CodeLines::guessed_target(unsigned unit) const {
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

const kernel::PatchedCode& CodeLines::patched_code(const kernel::KernelFile& file) {
    const auto known = patched_.find(&file);
    if (known != patched_.end()) return known->second;
    return patched_.emplace(&file, kernel::PatchedCode(file.module)).first->second;
}

FileCode CodeLines::file_code(const kernel::KernelPlace& place, const CodeBytes& code) {
    const Module& module = place.file->module;
    FileCode file;
    const auto section = module.sections().offset_of(place.address);
    if (!section || !code.marked) return file;
    const std::uint64_t before_mark = std::min<std::uint64_t>(*code.marked, section->offset);
    file.skipped = *code.marked - before_mark;
    const FileAddress begin{place.address.value - before_mark};
    file.bytes = module.sections().contents_at(begin, code.bytes.size() - file.skipped);
    const kernel::PatchedCode& patched = patched_code(*place.file);
    const std::uint64_t first = place.address.value - *code.marked;
    file.patched = [&patched, first](std::size_t offset, std::size_t size) {
        return patched.holds(FileAddress{first + offset}, size);
    };
    file.name_of = [&module, from = place.address](std::uint64_t target) {
        return name_at(module, target, from);
    };
    const auto symbol = module.symbols().at(begin);
    const FileAddress start = symbol && *symbol ? (*symbol)->address : place.start;
    const std::uint64_t distance = begin.value - start.value;
    if (start <= begin && distance <= kFarthestStart) {
        file.before = module.sections().contents_at(start, distance);
        if (file.before.size() != distance) file.before = {};
    }
    return file;
}

CodeListing CodeLines::list(const log::CodeText& text, const CodeTarget& target,
                            Disassembler& disassembler, const kernel::KernelPlace* place) {
    CodeListing listing;
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
    if (options_.code_from_zero) {
        address = 0;
        file.name_of = nullptr;
    }
    listing.instructions = take_apart(code, disassembler, target, address, file);
    listing.match = compare(listing.instructions, target, file);
    return listing;
}

/// A file whose build id the text gives is the right one: its code was changed while it ran.
bool CodeLines::refuse(const kernel::KernelPlace& place, const log::Occurrence& pc) {
    kernel::KernelFile& file = *place.file;
    const bool in_module = !pc.module.empty() || !pc.file.empty();
    const bool sure =
        in_module ? !pc.build_id.empty() : kernels_.current().options().build_id.has_value();
    const std::string where =
        pc.symbol.empty() ? std::string("that address") : std::string(pc.symbol);
    if (sure) {
        std::string what = "the code of " + where + " was changed in the running kernel";
        notices_.push_back(
            {Notice::Kind::remark, {ErrorCode::mismatch, file.module.path(), std::move(what)}});
        return false;
    }
    kernels_.refuse(file, "its code at " + where +
                              " is not what the \"Code:\" line shows: it does not match the "
                              "running kernel");
    return true;
}

/// Of several functions that the text may mean, the one whose bytes agree best.
CodeLines::Best CodeLines::best_listing(const log::CodeText& text, const Entry& entry) {
    Best best;
    for (std::size_t i = 0; i < entry.places.size(); ++i) {
        const kernel::KernelPlace& place = entry.places[i];
        const auto target = target_of(place.file->module, text.unit);
        if (!target || !unit_fits(*target, text.unit)) continue;
        Disassembler* machine = disassembler(*target);
        if (machine == nullptr) continue;
        auto listing = list(text, *target, *machine, &place);
        const auto differing = static_cast<std::size_t>(std::ranges::count_if(
            listing.instructions,
            [](const CodeInstruction& each) { return !each.in_file.empty(); }));
        if (best.listing && differing == best.differing) best.alone = false;
        if (best.listing && differing >= best.differing) continue;
        best = {std::move(listing), i, differing, true};
    }
    return best;
}

std::optional<DecodedCode> CodeLines::decode(std::string_view bytes) {
    const auto text = log::parse_code(bytes);
    if (!text) return std::nullopt;
    DecodedCode decoded;
    const Entry* entry = nullptr;
    // Without a mark nothing tells which of the bytes is at the program counter.
    if (pc_.has_value() && text->marked.has_value()) {
        const log::Occurrence pc = kept();
        decoded.pc = logged_frame(pc);
        entry = &resolver_.entry(pc);
        decoded.place = entry->answer;
    }
    if (entry == nullptr || entry->places.empty()) {
        const auto target = guessed_target(text->unit);
        if (!target || !unit_fits(*target, text->unit)) return std::nullopt;
        Disassembler* machine = disassembler(*target);
        if (machine == nullptr) return std::nullopt;
        decoded.listing = list(*text, *target, *machine, nullptr);
        return decoded;
    }
    Best best = best_listing(*text, *entry);
    if (!best.listing) return std::nullopt;
    decoded.listing = std::move(*best.listing);
    decoded.has_file = true;
    if (best.alone && entry->places.size() > 1) decoded.chosen = best.candidate;
    if (decoded.listing.match == CodeMatch::differs &&
        refuse(entry->places[best.candidate], kept())) {
        decoded.place = nullptr;
        decoded.chosen.reset();
        for (auto& each : decoded.listing.instructions) each.in_file.clear();
    }
    return decoded;
}

}  // namespace symline::decode
