#include "base/import_slot.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

namespace symline::base {
namespace {

/// A loaded library: its load bias, program headers and dynamic section.
struct Image {
    ElfW(Addr) bias = 0;
    const ElfW(Dyn) * dynamic = nullptr;
    std::span<const ElfW(Phdr)> headers;

    ElfW(Addr) value(ElfW(Sxword) tag) const;
    template <typename T>
    const T* table(ElfW(Sxword) tag) const;
    bool is_relro(ElfW(Addr) address) const;
};

ElfW(Addr) Image::value(ElfW(Sxword) tag) const {
    for (const ElfW(Dyn)* entry = dynamic; entry->d_tag != DT_NULL; ++entry) {
        if (entry->d_tag == tag) return entry->d_un.d_val;
    }
    return 0;
}

/// glibc has added the load bias to most addresses of the dynamic section; musl has not.
template <typename T>
const T* Image::table(ElfW(Sxword) tag) const {
    const ElfW(Addr) address = value(tag);
    if (address == 0) return nullptr;
    return reinterpret_cast<const T*>(address < bias ? address + bias : address);
}

bool Image::is_relro(ElfW(Addr) address) const {
    for (const ElfW(Phdr) & header : headers) {
        const ElfW(Addr) begin = bias + header.p_vaddr;
        if (header.p_type != PT_GNU_RELRO || address < begin) continue;
        if (address - begin < header.p_memsz) return true;
    }
    return false;
}

/// Whether a segment of the object holds the address.
bool contains(const dl_phdr_info& info, ElfW(Addr) address) {
    for (const ElfW(Phdr) & header : std::span(info.dlpi_phdr, info.dlpi_phnum)) {
        const ElfW(Addr) begin = info.dlpi_addr + header.p_vaddr;
        if (header.p_type != PT_LOAD || address < begin) continue;
        if (address - begin < header.p_memsz) return true;
    }
    return false;
}

/// (Of the functions that could be asked, this one is in static programs as well.)
Image image_at(const void* inside) {
    struct Search {
        ElfW(Addr) address;
        Image image;
    } search{reinterpret_cast<ElfW(Addr)>(inside), {}};
    const auto visit = [](dl_phdr_info* info, std::size_t, void* data) {
        auto& [address, image] = *static_cast<Search*>(data);
        if (!contains(*info, address)) return 0;
        image.bias = info->dlpi_addr;
        image.headers = {info->dlpi_phdr, info->dlpi_phnum};
        for (const ElfW(Phdr) & header : image.headers) {
            if (header.p_type != PT_DYNAMIC) continue;
            image.dynamic = reinterpret_cast<const ElfW(Dyn)*>(image.bias + header.p_vaddr);
        }
        return 1;
    };
    ::dl_iterate_phdr(visit, &search);
    return search.image;
}

std::size_t symbol_of(const ElfW(Rela) & relocation) {
    constexpr unsigned kShift = sizeof(ElfW(Addr)) == 8 ? 32 : 8;
    return relocation.r_info >> kShift;
}

}  // namespace

std::vector<ImportSlot> import_slots(const void* inside, std::string_view name) {
    std::vector<ImportSlot> slots;
    const Image image = image_at(inside);
    if (image.dynamic == nullptr) return slots;
    const auto* const symbols = image.table<ElfW(Sym)>(DT_SYMTAB);
    const char* const names = image.table<char>(DT_STRTAB);
    // Every architecture of 64 bits has RELA relocations.
    if (symbols == nullptr || names == nullptr || image.value(DT_PLTREL) == DT_REL) return slots;
    const auto add = [&](const ElfW(Rela) * relocations, std::size_t bytes) {
        if (relocations == nullptr) return;
        for (const auto& each : std::span(relocations, bytes / sizeof(*relocations))) {
            const auto symbol = symbol_of(each);
            if (symbol == 0 || std::string_view(names + symbols[symbol].st_name) != name) continue;
            const ElfW(Addr) address = image.bias + each.r_offset;
            slots.push_back({reinterpret_cast<void**>(address), image.is_relro(address)});
        }
    };
    add(image.table<ElfW(Rela)>(DT_JMPREL), image.value(DT_PLTRELSZ));
    add(image.table<ElfW(Rela)>(DT_RELA), image.value(DT_RELASZ));
    return slots;
}

void* ImportSlot::exchange(void* function) const {
    const auto page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto address = reinterpret_cast<std::uintptr_t>(place);
    auto* const page = reinterpret_cast<void*>(address - address % page_size);
    if (read_only && ::mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return nullptr;
    void* const before = std::atomic_ref(*place).exchange(function);
    if (read_only) ::mprotect(page, page_size, PROT_READ);
    return before;
}

}  // namespace symline::base
