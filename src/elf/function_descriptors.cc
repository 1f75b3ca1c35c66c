#include "elf/function_descriptors.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <bit>
#include <compare>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "elf/relocations.h"

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

/// st_size of a descriptor's symbol that compilers before gcc 4.0 wrote: that of the descriptor.
/// Later ones write the size of the code, which may be 24 as well.
constexpr std::uint64_t kDescriptorSize = 24;

/// Where code is, as an entry of a symbol table says it.
struct CodePlace {
    std::uint32_t section;
    std::uint64_t value;
    auto operator<=>(const CodePlace&) const = default;
};

/// .opd of one file, for the entries of its own symbol table or its debug file's.
class Descriptors {
public:
    static std::optional<Descriptors> of(const ElfFile& entries_file, const ElfFile& code);

    /// The section of the entries' file that stands for .opd.
    std::uint32_t section() const { return named_->index; }
    /// The code of the descriptor that an entry with this value names.
    std::optional<CodePlace> code_of(std::uint64_t value) const;

private:
    Descriptors(const ElfFile& file, const Section& named) : file_(&file), named_(&named) {}
    std::uint64_t base() const { return file_->relocatable() ? 0 : named_->address.value; }

    const ElfFile* file_;
    const Section* named_;
    base::Bytes contents_;
    std::uint64_t moved_ = 0;  ///< from addresses of the file with the code to those of the entries
    std::unique_ptr<Relocator> relocator_;
    std::optional<Relocations> relocations_;  ///< of a relocatable file; linkers write the values
};

std::optional<Descriptors> Descriptors::of(const ElfFile& entries_file, const ElfFile& code) {
    const Section* named = entries_file.section(".opd");
    const Section* held = code.section(".opd");
    if (named == nullptr || held == nullptr) return std::nullopt;
    const auto contents = code.contents(*held);
    if (!contents || contents->empty()) return std::nullopt;
    Descriptors found(entries_file, *named);
    found.contents_ = *contents;
    found.moved_ = named->address.value - held->address.value;
    if (!code.relocatable()) return found;
    auto relocator = Relocator::of(code);
    if (!relocator) return std::nullopt;
    found.relocator_ = std::move(*relocator);
    found.relocations_ = Relocations::of(code, *held, *found.relocator_);
    return found;
}

std::optional<CodePlace> Descriptors::code_of(std::uint64_t value) const {
    const std::uint64_t offset = value - base();
    if (offset >= contents_.size() || contents_.size() - offset < 8) return std::nullopt;
    auto address = base::load<std::uint64_t>(contents_.data() + offset, file_->big_endian());
    if (relocations_) address = relocations_->resolve(offset, address);
    const Section* section = file_->section_at(FileAddress{address + moved_});
    // A section number that does not fit into st_shndx would need a place in SHT_SYMTAB_SHNDX.
    const bool expressible = section != nullptr && section->executable() &&
                             section->index < SymbolEntries::kFirstReserved;
    if (!expressible) return std::nullopt;
    const std::uint64_t start = file_->relocatable() ? section->address.value : 0;
    return CodePlace{section->index, address + moved_ - start};
}

/// The sizes of code that old compilers gave to a second symbol, which has the function's name with
/// a dot in front of it.
class DotSymbols {
public:
    explicit DotSymbols(const SymbolEntries& entries);
    std::optional<std::uint64_t> size_at(const CodePlace& place) const;

private:
    std::vector<std::pair<CodePlace, std::uint64_t>> sizes_;
};

DotSymbols::DotSymbols(const SymbolEntries& entries) {
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        const auto raw = entries.entry(i);
        const auto section = entries.section_of(raw, i);
        if (!section || raw.size == 0 || !SymbolEntries::is_function(raw)) continue;
        if (entries.name_start(raw, 1) != ".") continue;
        sizes_.push_back({{*section, raw.value}, raw.size});
    }
    std::ranges::sort(sizes_);
}

std::optional<std::uint64_t> DotSymbols::size_at(const CodePlace& place) const {
    const auto found =
        std::ranges::lower_bound(sizes_, place, {}, &decltype(sizes_)::value_type::first);
    if (found == sizes_.end() || found->first != place) return std::nullopt;
    return found->second;
}

template <typename T>
void store(std::uint8_t* to, T value, bool big) {
    if (big != (std::endian::native == std::endian::big)) value = base::swap_bytes(value);
    std::memcpy(to, &value, sizeof value);
}

/// One Elf64_Sym: st_shndx, st_value, st_size.
void write(std::uint8_t* entry, const CodePlace& place, std::uint64_t size, bool big) {
    store(entry + 6, static_cast<std::uint16_t>(place.section), big);
    store(entry + 8, place.value, big);
    store(entry + 16, size, big);
}

}  // namespace

struct FunctionDescriptors::Table {
    const ElfFile* file;
    Descriptors descriptors;
};

FunctionDescriptors FunctionDescriptors::of(const ElfFile& file) {
    FunctionDescriptors found;
    auto descriptors = file.is64() ? Descriptors::of(file, file) : std::nullopt;
    if (descriptors)
        found.table_ = std::make_shared<const Table>(Table{&file, *std::move(descriptors)});
    return found;
}

bool FunctionDescriptors::may_be_in(const ElfFile& file) {
    return file.machine() == ELF::EM_PPC64 && file.is64();
}

std::optional<FileAddress> FunctionDescriptors::code_of(FileAddress descriptor) const {
    const Section* section = table_ == nullptr ? nullptr : table_->file->section_at(descriptor);
    if (section == nullptr || section->index != table_->descriptors.section()) return std::nullopt;
    const ElfFile& file = *table_->file;
    const bool relocatable = file.relocatable();
    const auto place =
        table_->descriptors.code_of(descriptor.value - (relocatable ? section->address.value : 0));
    if (!place) return std::nullopt;
    const std::uint64_t start = relocatable ? file.sections()[place->section].address.value : 0;
    return FileAddress{start + place->value};
}

/// A descriptor is the address of the code, that of the TOC and the environment's, which may be
/// left out: neither of them leads to code.
std::optional<FileAddress> FunctionDescriptors::code_at(FileAddress address) const {
    constexpr std::uint64_t kWord = 8;
    const std::uint64_t word = address.value / kWord * kWord;
    for (std::uint64_t back = 0; back < kDescriptorSize && back <= word; back += kWord) {
        if (const auto code = code_of(FileAddress{word - back})) return code;
    }
    return std::nullopt;
}

FileAddress described_code(const ElfFile& file, FileAddress address) {
    return FunctionDescriptors::of(file).code_of(address).value_or(address);
}

void follow_function_descriptors(SymbolEntries& entries, const ElfFile& code) {
    const ElfFile& file = entries.file();
    const auto descriptors = file.is64() ? Descriptors::of(file, code) : std::nullopt;
    if (!descriptors) return;
    const std::size_t bytes = std::size_t{entries.size()} * SymbolEntries::kEntry64;
    const auto copy = std::make_shared_for_overwrite<std::uint8_t[]>(bytes);
    std::copy_n(entries.data(), bytes, copy.get());
    std::optional<DotSymbols> dot_symbols;
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
        const auto raw = entries.entry(i);
        if (!SymbolEntries::is_function(raw)) continue;
        if (entries.section_of(raw, i) != descriptors->section()) continue;
        const auto place = descriptors->code_of(raw.value);
        if (!place) continue;
        std::uint64_t size = raw.size;
        if (size == kDescriptorSize) {
            if (!dot_symbols) dot_symbols.emplace(entries);
            size = dot_symbols->size_at(*place).value_or(size);
        }
        write(copy.get() + std::size_t{i} * SymbolEntries::kEntry64, *place, size,
              file.big_endian());
    }
    entries.replace(copy);
}

}  // namespace symline::elf
