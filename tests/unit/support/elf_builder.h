// ELF files made in memory: any class and byte order, sections, symbols, relocations, segments.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elf/elf_file.h"
#include "support/byte_writer.h"

namespace symline::test {

struct ElfKind {
    bool is64 = true;
    bool big_endian = false;
};
inline constexpr ElfKind kAllKinds[] = {{true, false}, {true, true}, {false, false}, {false, true}};

// The numbers of the ELF specification that the tests use, under their names there.
enum : std::uint32_t {
    SHT_PROGBITS = 1,
    SHT_SYMTAB = 2,
    SHT_STRTAB = 3,
    SHT_RELA = 4,
    SHT_NOTE = 7,
    SHT_NOBITS = 8,
    SHT_REL = 9,
    SHT_DYNSYM = 11,
    SHT_SYMTAB_SHNDX = 18,
    SHF_WRITE = 1,
    SHF_ALLOC = 2,
    SHF_EXECINSTR = 4,
    SHF_TLS = 0x400,
    SHF_COMPRESSED = 0x800,
    SHN_ABS = 0xfff1,
    SHN_COMMON = 0xfff2,
    SHN_XINDEX = 0xffff,
};
enum : std::uint16_t { ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4 };
enum : std::uint16_t { EM_386 = 3, EM_ARM = 40, EM_X86_64 = 62, EM_RISCV = 243 };
enum : std::uint8_t { STB_LOCAL = 0, STB_GLOBAL = 1, STB_WEAK = 2, STB_GNU_UNIQUE = 10 };
enum : std::uint8_t {
    STT_NOTYPE = 0,
    STT_OBJECT = 1,
    STT_FUNC = 2,
    STT_SECTION = 3,
    STT_FILE = 4,
    STT_COMMON = 5,
    STT_TLS = 6,
    STT_GNU_IFUNC = 10,
};

struct SectionSpec {
    std::string name;
    std::uint32_t type = SHT_PROGBITS;
    std::uint64_t flags = 0;
    std::uint64_t address = 0;
    ByteVector bytes;
    std::uint64_t size = 0;  ///< of a section without bytes in the file, or a false claim
    std::uint32_t link = 0;
    std::uint32_t info = 0;
    std::uint64_t alignment = 1;
};

struct SymbolSpec {
    std::string name;
    std::uint64_t value = 0;
    std::uint64_t size = 0;
    std::uint32_t section = 0;  ///< any index; SHN_ABS and the like from 0xff00 up when `reserved`
    std::uint8_t binding = STB_GLOBAL;
    std::uint8_t type = STT_FUNC;
    bool reserved = false;
};

struct RelocationSpec {
    std::uint64_t offset = 0;
    std::uint32_t type = 0;
    std::uint32_t symbol = 0;
    std::int64_t addend = 0;
};

/// An ELF file together with the bytes that it is read from.
class OwnedElf {
public:
    explicit OwnedElf(ByteVector bytes)
        : bytes_(std::make_unique<ByteVector>(std::move(bytes))),
          opened_(elf::ElfFile::from_memory("image", *bytes_)) {}
    bool ok() const { return opened_.has_value(); }
    const Error& error() const { return opened_.error(); }
    elf::ElfFile& file() { return *opened_; }
    const elf::ElfFile& file() const { return *opened_; }

private:
    std::unique_ptr<ByteVector> bytes_;
    Expected<elf::ElfFile> opened_;
};

class ElfBuilder {
public:
    explicit ElfBuilder(ElfKind kind = {}, std::uint16_t type = ET_EXEC,
                        std::uint16_t machine = EM_X86_64)
        : kind_(kind), type_(type), machine_(machine) {}

    const ElfKind& kind() const { return kind_; }
    ByteWriter writer() const { return ByteWriter(kind_.big_endian); }
    /// Its index in the section header table.
    std::uint32_t add(SectionSpec section);
    /// ".text" and the like: allocated, executable, zeros.
    std::uint32_t add_code(std::string name, std::uint64_t address, std::uint64_t size);
    /// Its index in the symbol table.
    std::uint32_t add_symbol(SymbolSpec symbol);
    void add_relocations(std::uint32_t target, const std::vector<RelocationSpec>& entries,
                         bool with_addend = true);
    void add_segment(std::uint32_t type, std::uint64_t offset_of_section, std::uint64_t alignment);
    void symbols_in(std::string section) { symbol_section_ = std::move(section); }
    /// Keeps the numbers of sections and segments in section header 0, as if they were too large.
    void number_in_header_0() { extended_ = true; }
    void without_section_headers() { section_headers_ = false; }

    ByteVector build();
    OwnedElf open() { return OwnedElf(build()); }

private:
    struct SegmentSpec {
        std::uint32_t type;
        std::uint64_t section, alignment;
    };
    void add_symbol_table();
    void write_header(ByteWriter& out, std::uint64_t headers, std::uint32_t names) const;
    void write_section(ByteWriter& out, const SectionSpec& section, std::uint32_t name,
                       std::uint64_t offset) const;

    ElfKind kind_;
    std::uint16_t type_, machine_;
    bool extended_ = false;
    bool section_headers_ = true;
    std::string symbol_section_ = ".symtab";
    std::vector<SectionSpec> sections_{SectionSpec{.name = "", .type = 0}};
    std::vector<SymbolSpec> symbols_{SymbolSpec{.binding = STB_LOCAL, .type = STT_NOTYPE}};
    std::vector<SegmentSpec> segments_;
    std::vector<std::uint32_t> relocation_sections_;
};

}  // namespace symline::test
