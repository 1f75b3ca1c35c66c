#include "elf/plt.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

/// Names by slot of the global offset table.
using SlotNames = std::unordered_map<std::uint64_t, std::string_view>;

/// The name of entry `index` of a dynamic symbol table.
std::string_view symbol_name(const ElfFile& file, base::Bytes symbols, base::Bytes strings,
                             std::uint64_t index) {
    const std::uint64_t size = file.is64() ? 24 : 16;
    if (index == 0 || index >= symbols.size() / size) return {};
    return base::string_at(
        strings, base::load<std::uint32_t>(symbols.data() + index * size, file.big_endian()));
}

void read_relocations(const ElfFile& file, const Section& section, SlotNames& names) {
    const auto& sections = file.sections();
    const std::uint32_t table = file.header(section).link;
    if (table >= sections.size() || sections[table].type != ELF::SHT_DYNSYM) return;
    const std::uint32_t text = file.header(sections[table]).link;
    if (text >= sections.size()) return;
    const auto symbols = file.contents(sections[table]);
    const auto strings = file.contents(sections[text]);
    const auto entries = file.contents(section);
    if (!symbols || !strings || !entries) return;
    const unsigned word = file.address_size();
    base::Cursor cursor(*entries, file.big_endian());
    while (cursor.remaining() >= 2 * std::uint64_t{word}) {
        const std::uint64_t slot = cursor.word(word);
        const std::uint64_t info = cursor.word(word);
        if (section.type == ELF::SHT_RELA) cursor.skip(word);
        if (!cursor.ok()) return;
        const std::string_view name =
            symbol_name(file, *symbols, *strings, file.is64() ? info >> 32 : info >> 8);
        if (!name.empty()) names.emplace(slot, name);
    }
}

SlotNames slot_names(const ElfFile& file) {
    SlotNames names;
    for (const Section& section : file.sections()) {
        const bool relocations = section.type == ELF::SHT_RELA || section.type == ELF::SHT_REL;
        if (relocations && section.allocated()) read_relocations(file, section, names);
    }
    return names;
}

/// One section of stubs as it is decoded.
struct Code {
    base::Bytes bytes;
    std::uint64_t address = 0;
    std::uint64_t entry_size = 16;
    std::uint64_t global_offset_table = 0;
};

struct Found {
    std::uint64_t low, high, slot;
};

std::uint32_t word_at(const Code& code, std::uint64_t offset) {
    return base::load<std::uint32_t>(code.bytes.data() + offset, false);
}

/// `jmp *slot`, after endbr and a bnd prefix where indirect branches are tracked.
std::optional<std::uint64_t> x86_slot(const Code& code, std::uint64_t offset, bool is64) {
    constexpr std::uint64_t kJump = 6;
    const auto room = [&](std::uint64_t size) { return code.bytes.size() - offset >= size; };
    if (room(4) && (word_at(code, offset) | 0x0100'0000) == 0xfb1e'0ff3) offset += 4;
    if (room(1) && code.bytes[offset] == 0xf2) offset += 1;
    if (!room(kJump) || code.bytes[offset] != 0xff) return std::nullopt;
    const std::uint8_t mode = code.bytes[offset + 1];
    const std::uint32_t displacement = word_at(code, offset + 2);
    const auto from = [&](std::uint64_t base) {
        return base + static_cast<std::uint64_t>(static_cast<std::int32_t>(displacement));
    };
    if (is64 && mode == 0x25) return from(code.address + offset + kJump);
    if (!is64 && mode == 0x25) return displacement;
    if (!is64 && mode == 0xa3) return from(code.global_offset_table) & 0xffff'ffff;
    return std::nullopt;
}

std::vector<Found> x86_stubs(const Code& code, bool is64) {
    std::vector<Found> found;
    for (std::uint64_t at = 0; at < code.bytes.size(); at += code.entry_size) {
        if (const auto slot = x86_slot(code, at, is64)) {
            found.push_back({code.address + at, code.address + at + code.entry_size, *slot});
        }
    }
    return found;
}

/// `adrp x16, page; ldr x17, [x16, offset]; add x16, x16, offset; br x17`, with `bti c` before.
std::vector<Found> aarch64_stubs(const Code& code) {
    constexpr std::uint32_t kBti = 0xd503'245f;
    constexpr std::uint64_t kStub = 16;
    std::vector<Found> found;
    for (std::uint64_t at = 0; at + 8 <= code.bytes.size(); at += 4) {
        const std::uint32_t adrp = word_at(code, at), ldr = word_at(code, at + 4);
        if ((adrp & 0x9f00'001f) != 0x9000'0010 || (ldr & 0xffc0'03ff) != 0xf940'0211) continue;
        std::uint64_t pages = ((adrp >> 5 & 0x7ffff) << 2) | (adrp >> 29 & 3);
        if ((pages >> 20) != 0) pages |= ~std::uint64_t{0xfffff};
        const std::uint64_t page = ((code.address + at) & ~std::uint64_t{0xfff}) + (pages << 12);
        const bool guarded = at >= 4 && word_at(code, at - 4) == kBti;
        const std::uint64_t low = code.address + at - (guarded ? 4 : 0);
        found.push_back(
            {low, code.address + at + kStub, page + (ldr >> 10 & 0xfff) * std::uint64_t{8}});
    }
    return found;
}

std::vector<Found> decode(const ElfFile& file, const Code& code) {
    switch (file.machine()) {
        case ELF::EM_X86_64: return x86_stubs(code, true);
        case ELF::EM_386: return x86_stubs(code, false);
        case ELF::EM_AARCH64:
            return file.is64() && !file.big_endian() ? aarch64_stubs(code) : std::vector<Found>{};
        default: return {};
    }
}

}  // namespace

bool PltStubs::is_plt(const Section& section) {
    return section.executable() && (section.name == ".plt" || section.name.starts_with(".plt."));
}

PltStubs PltStubs::of(const ElfFile& file) {
    PltStubs result;
    if (file.relocatable()) return result;
    const SlotNames names = slot_names(file);
    if (names.empty()) return result;
    const Section* table = file.section(".got.plt");
    if (table == nullptr) table = file.section(".got");
    for (const Section& section : file.sections()) {
        const auto bytes = is_plt(section) ? file.contents(section) : base::Bytes{};
        if (!bytes || bytes->empty()) continue;
        // The assembler's .plt.got has entries of 8 bytes, or of 16 where branches are tracked.
        const std::uint64_t size = file.header(section).entry_size == 8 ? 8 : 16;
        const Code code{*bytes, section.address.value, size,
                        table == nullptr ? 0 : table->address.value};
        for (const Found& stub : decode(file, code)) {
            const auto name = names.find(stub.slot);
            if (name == names.end()) continue;
            result.stubs_.push_back({stub.low, stub.high, std::string(name->second) + "@plt"});
        }
    }
    std::ranges::sort(result.stubs_, {}, &PltStub::low);
    return result;
}

const PltStub* PltStubs::at(FileAddress address) const {
    const auto after = std::ranges::upper_bound(stubs_, address.value, {}, &PltStub::low);
    if (after == stubs_.begin()) return nullptr;
    const PltStub& stub = *std::prev(after);
    return address.value < stub.high ? &stub : nullptr;
}

}  // namespace symline::elf
