#include "support/elf_builder.h"

#include <unordered_map>

namespace symline::test {

std::uint32_t ElfBuilder::add(SectionSpec section) {
    sections_.push_back(std::move(section));
    return static_cast<std::uint32_t>(sections_.size() - 1);
}

std::uint32_t ElfBuilder::add_code(std::string name, std::uint64_t address, std::uint64_t size) {
    return add({.name = std::move(name),
                .flags = SHF_ALLOC | SHF_EXECINSTR,
                .address = address,
                .bytes = ByteVector(size),
                .alignment = 16});
}

std::uint32_t ElfBuilder::add_symbol(SymbolSpec symbol) {
    symbols_.push_back(std::move(symbol));
    return static_cast<std::uint32_t>(symbols_.size() - 1);
}

void ElfBuilder::add_relocations(std::uint32_t target, const std::vector<RelocationSpec>& entries,
                                 bool with_addend) {
    ByteWriter out = writer();
    const unsigned width = kind_.is64 ? 8 : 4;
    for (const RelocationSpec& entry : entries) {
        out.word(entry.offset, width);
        const std::uint64_t symbol = entry.symbol;
        out.word(kind_.is64 ? (symbol << 32) | entry.type : (symbol << 8) | entry.type, width);
        if (with_addend) out.word(static_cast<std::uint64_t>(entry.addend), width);
    }
    relocation_sections_.push_back(
        add({.name = (with_addend ? ".rela" : ".rel") + sections_[target].name,
             .type = with_addend ? SHT_RELA : SHT_REL,
             .bytes = out.data(),
             .info = target}));
}

void ElfBuilder::add_segment(std::uint32_t type, std::uint64_t section, std::uint64_t alignment) {
    segments_.push_back({type, section, alignment});
}

void ElfBuilder::add_symbol_table() {
    if (symbols_.size() == 1) return;
    ByteWriter entries = writer(), strings = writer(), indexes = writer();
    bool extended = false;
    strings.u8(0);
    for (const SymbolSpec& symbol : symbols_) {
        const std::uint64_t name = symbol.name.empty() ? 0 : strings.size();
        if (name != 0) strings.string(symbol.name);
        const bool large = !symbol.reserved && symbol.section >= 0xff00;
        const auto info = static_cast<std::uint64_t>(symbol.binding) << 4 | symbol.type;
        extended |= large;
        indexes.u32(large ? symbol.section : 0);
        const std::uint32_t section = large ? SHN_XINDEX : symbol.section;
        if (kind_.is64) {
            entries.u32(name).u8(info).u8(0).u16(section).u64(symbol.value).u64(symbol.size);
        } else {
            entries.u32(name).u32(symbol.value).u32(symbol.size).u8(info).u8(0).u16(section);
        }
    }
    const bool dynamic = symbol_section_ == ".dynsym";
    const auto table = add({.name = symbol_section_,
                            .type = dynamic ? SHT_DYNSYM : SHT_SYMTAB,
                            .bytes = entries.data()});
    sections_[table].link =
        add({.name = dynamic ? ".dynstr" : ".strtab", .type = SHT_STRTAB, .bytes = strings.data()});
    if (extended) {
        add({.name = ".symtab_shndx",
             .type = SHT_SYMTAB_SHNDX,
             .bytes = indexes.data(),
             .link = table});
    }
    for (const auto relocations : relocation_sections_) sections_[relocations].link = table;
}

void ElfBuilder::write_header(ByteWriter& out, std::uint64_t headers, std::uint32_t names) const {
    const unsigned width = kind_.is64 ? 8 : 4;
    const auto count = sections_.size();
    const bool many = extended_ || count >= 0xff00;
    const std::uint64_t own = kind_.is64 ? 64 : 52;
    out.text_only(
           "\x7f"
           "ELF")
        .u8(kind_.is64 ? 2 : 1)
        .u8(kind_.big_endian ? 2 : 1)
        .u8(1);
    out.zeros(9).u16(type_).u16(machine_).u32(1).word(0, width);
    out.word(segments_.empty() ? 0 : own, width);
    out.word(section_headers_ ? headers : 0, width);
    out.u32(0).u16(own).u16(kind_.is64 ? 56 : 32).u16(extended_ ? 0xffff : segments_.size());
    out.u16(kind_.is64 ? 64 : 40).u16(!section_headers_ || many ? 0 : count);
    out.u16(many ? SHN_XINDEX : names);
}

void ElfBuilder::write_section(ByteWriter& out, const SectionSpec& section, std::uint32_t name,
                               std::uint64_t offset) const {
    const unsigned width = kind_.is64 ? 8 : 4;
    const std::uint64_t size = section.size != 0 ? section.size : section.bytes.size();
    out.u32(name).u32(section.type).word(section.flags, width).word(section.address, width);
    out.word(offset, width).word(size, width).u32(section.link).u32(section.info);
    out.word(section.alignment, width).word(0, width);
}

ByteVector ElfBuilder::build() {
    add_symbol_table();
    const std::uint32_t names = add({.name = ".shstrtab", .type = SHT_STRTAB});
    ByteWriter text = writer();
    std::unordered_map<std::string, std::uint32_t> name_offsets;
    text.u8(0);
    for (const SectionSpec& section : sections_) {
        const auto [at, fresh] =
            name_offsets.emplace(section.name, static_cast<std::uint32_t>(text.size()));
        if (fresh) text.string(section.name);
    }
    sections_[names].bytes = text.data();

    const std::uint64_t own = kind_.is64 ? 64 : 52;
    std::uint64_t at = own + segments_.size() * (kind_.is64 ? 56 : 32);
    std::vector<std::uint64_t> offsets;
    for (const SectionSpec& section : sections_) {
        at = (at + 7) / 8 * 8;
        offsets.push_back(at);
        at += section.bytes.size();
    }
    const std::uint64_t headers = (at + 7) / 8 * 8;
    const bool many = extended_ || sections_.size() >= 0xff00;
    if (many) {
        sections_[0].size = sections_.size();
        sections_[0].link = names;
        if (extended_) sections_[0].info = static_cast<std::uint32_t>(segments_.size());
    }
    ByteWriter out = writer();
    write_header(out, headers, names);
    const unsigned width = kind_.is64 ? 8 : 4;
    for (const SegmentSpec& segment : segments_) {
        const SectionSpec& section = sections_[segment.section];
        out.u32(segment.type);
        if (kind_.is64) out.u32(4);
        out.word(offsets[segment.section], width).word(section.address, width).word(0, width);
        out.word(section.bytes.size(), width).word(section.bytes.size(), width);
        if (!kind_.is64) out.u32(4);
        out.word(segment.alignment, width);
    }
    for (std::size_t i = 0; i < sections_.size(); ++i) {
        out.align(8).bytes(sections_[i].bytes);
    }
    if (!section_headers_) return out.data();
    out.align(8);
    for (std::size_t i = 0; i < sections_.size(); ++i) {
        write_section(out, sections_[i], name_offsets[sections_[i].name], i == 0 ? 0 : offsets[i]);
    }
    return out.data();
}

}  // namespace symline::test
