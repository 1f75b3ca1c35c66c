#include "section_image.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <string>

namespace symline::fuzz {
namespace {

namespace ELF = llvm::ELF;

/// Appends numbers in the byte order and word size of one image.
class Writer {
public:
    explicit Writer(const ImageParts& parts) : parts_(parts) {}

    void number(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) {
            const unsigned place = parts_.big_endian ? size - 1 - i : i;
            bytes.push_back(static_cast<std::uint8_t>(value >> (8 * place)));
        }
    }
    void word(std::uint64_t value) { number(value, parts_.is64 ? 8 : 4); }

    struct Header {
        std::uint32_t name = 0, type = 0;
        std::uint64_t flags = 0, address = 0, offset = 0, size = 0;
        std::uint32_t link = 0, info = 0;
        std::uint64_t entry_size = 0;
    };
    void section(const Header& header) {
        number(header.name, 4);
        number(header.type, 4);
        word(header.flags);
        word(header.address);
        word(header.offset);
        word(header.size);
        number(header.link, 4);
        number(header.info, 4);
        word(1);
        word(header.entry_size);
    }

    std::vector<std::uint8_t> bytes;

private:
    const ImageParts& parts_;
};

std::uint16_t machine(const ImageParts& parts) {
    if (parts.riscv) return ELF::EM_RISCV;
    if (parts.big_endian) return parts.is64 ? ELF::EM_PPC64 : ELF::EM_PPC;
    return parts.is64 ? ELF::EM_X86_64 : ELF::EM_386;
}

void write_file_header(Writer& out, const ImageParts& parts, std::uint64_t table,
                       std::uint16_t count) {
    const std::uint8_t word_size = parts.is64 ? ELF::ELFCLASS64 : ELF::ELFCLASS32;
    const std::uint8_t order = parts.big_endian ? ELF::ELFDATA2MSB : ELF::ELFDATA2LSB;
    out.bytes = {0x7f, 'E', 'L', 'F', word_size, order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    out.number(parts.relocatable ? ELF::ET_REL : ELF::ET_EXEC, 2);
    out.number(machine(parts), 2);
    out.number(1, 4);
    out.word(0);
    out.word(0);
    out.word(table);
    out.number(0, 4);
    out.number(parts.is64 ? 64 : 52, 2);
    out.number(0, 2);
    out.number(0, 2);
    out.number(parts.is64 ? 64 : 40, 2);
    out.number(count, 2);
    out.number(static_cast<std::uint16_t>(count - 1), 2);
}

/// Sections are numbered: 0 none, 1 .text, then kSectionNames, then the names.
constexpr std::uint32_t kFirst = 2;

Writer::Header section_header(std::size_t index) {
    Writer::Header header;
    const std::string_view name = kSectionNames[index];
    header.type = ELF::SHT_PROGBITS;
    if (name == ".strtab") header.type = ELF::SHT_STRTAB;
    if (name == ".symtab") {
        header.type = ELF::SHT_SYMTAB;
        header.link = kFirst + static_cast<std::uint32_t>(section_index(".strtab"));
    }
    if (name.starts_with(".rela")) {
        header.type = ELF::SHT_RELA;
        header.link = kFirst + static_cast<std::uint32_t>(section_index(".symtab"));
        header.info = kFirst + static_cast<std::uint32_t>(section_index(name.substr(5)));
    }
    return header;
}

}  // namespace

std::size_t section_index(std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(kSectionNames, name) - kSectionNames.begin());
}

ImageParts split(std::span<const std::uint8_t> input) {
    ImageParts parts;
    if (input.empty()) return parts;
    parts.big_endian = (input[0] & 1) != 0;
    parts.is64 = (input[0] & 2) == 0;
    parts.relocatable = (input[0] & 4) != 0;
    parts.riscv = (input[0] & 8) != 0;
    std::size_t at = 1;
    for (auto& section : parts.sections) {
        if (input.size() - at < 2) break;
        const std::size_t wanted = input[at] | (std::size_t{input[at + 1]} << 8);
        at += 2;
        const std::size_t size = std::min(wanted, input.size() - at);
        section.assign(input.begin() + static_cast<std::ptrdiff_t>(at),
                       input.begin() + static_cast<std::ptrdiff_t>(at + size));
        at += size;
    }
    return parts;
}

std::vector<std::uint8_t> joined(const ImageParts& parts) {
    std::vector<std::uint8_t> input{
        static_cast<std::uint8_t>((parts.big_endian ? 1 : 0) | (parts.is64 ? 0 : 2) |
                                  (parts.relocatable ? 4 : 0) | (parts.riscv ? 8 : 0))};
    for (const auto& section : parts.sections) {
        const std::size_t size = std::min<std::size_t>(section.size(), 0xffff);
        input.push_back(static_cast<std::uint8_t>(size));
        input.push_back(static_cast<std::uint8_t>(size >> 8));
        input.insert(input.end(), section.begin(),
                     section.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return input;
}

std::vector<std::uint8_t> build_image(const ImageParts& parts) {
    std::string names(1, '\0');
    std::vector<Writer::Header> headers(1);
    const std::uint64_t file_header = parts.is64 ? 64 : 52;
    std::uint64_t offset = file_header;
    const auto add = [&](std::string_view name, Writer::Header header, std::uint64_t size) {
        header.name = static_cast<std::uint32_t>(names.size());
        names.append(name).push_back('\0');
        header.offset = offset;
        header.size = size;
        if (header.type != ELF::SHT_NOBITS) offset += size;
        headers.push_back(header);
    };
    Writer::Header code;
    code.type = ELF::SHT_NOBITS;
    code.flags = ELF::SHF_ALLOC | ELF::SHF_EXECINSTR;
    add(".text", code, kCodeSize);
    for (std::size_t i = 0; i < kSectionNames.size(); ++i) {
        add(kSectionNames[i], section_header(i), parts.sections[i].size());
    }
    Writer::Header strings;
    strings.type = ELF::SHT_STRTAB;
    add(".shstrtab", strings, names.size() + std::string_view(".shstrtab").size() + 1);

    Writer out(parts);
    write_file_header(out, parts, offset, static_cast<std::uint16_t>(headers.size()));
    for (const auto& section : parts.sections) {
        out.bytes.insert(out.bytes.end(), section.begin(), section.end());
    }
    out.bytes.insert(out.bytes.end(), names.begin(), names.end());
    for (const Writer::Header& header : headers) out.section(header);
    return out.bytes;
}

}  // namespace symline::fuzz
