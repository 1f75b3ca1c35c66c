// The virtual memory of a kernel, through its own page tables.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "process/memory.h"
#include "vmcore/format/dump_notes.h"
#include "vmcore/memory/physical_memory.h"

namespace symline::vmcore {

/// Bytes by virtual address, and the numbers in them.
class KernelBytes : public process::Memory {
public:
    explicit KernelBytes(bool big_endian = false) : big_endian_(big_endian) {}

    /// The kernel's numbers. Those of the dump's headers and notes may be stored otherwise.
    bool big_endian() const { return big_endian_; }
    template <typename T>
    std::optional<T> value(std::uint64_t address) const {
        std::array<std::uint8_t, sizeof(T)> bytes{};
        if (!read(address, bytes)) return std::nullopt;
        return base::load<T>(bytes.data(), big_endian_);
    }
    std::optional<std::uint64_t> word(std::uint64_t address) const {
        return value<std::uint64_t>(address);
    }
    /// A NUL-terminated string of at most `max` bytes; cut off where memory ends.
    std::string string(std::uint64_t address, std::size_t max) const;

private:
    bool big_endian_;
};

/// Memory by the kernel's page tables, whose form depends on the machine.
class KernelMemory : public KernelBytes {
public:
    /// `physical` is borrowed.
    explicit KernelMemory(const PhysicalMemory& physical, bool big_endian = false)
        : KernelBytes(big_endian), physical_(physical), pages_(kPages) {}

    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
    /// Nothing when the page tables have no such page, or are not in the dump.
    std::optional<std::uint64_t> physical(std::uint64_t address) const;

protected:
    /// What `address` is mapped to, without looking at what was found before.
    virtual std::optional<std::uint64_t> walk(std::uint64_t address) const = 0;
    /// An entry of a table, by its physical address.
    std::optional<std::uint64_t> entry(std::uint64_t address) const;

private:
    static constexpr std::size_t kPages = 512;
    struct Page {
        std::uint64_t number = ~std::uint64_t{0};
        std::uint64_t physical = 0;
    };

    const PhysicalMemory& physical_;
    mutable std::vector<Page> pages_;  ///< those that were looked up last
};

/// Of x86-64, with four or five levels of tables.
class X86Memory : public KernelMemory {
public:
    struct PageTable {
        std::uint64_t root = 0;  ///< physical
        bool five_levels = false;
        std::uint64_t encryption = 0;  ///< bits of an entry that are no address (AMD's SME)
    };

    X86Memory(const PhysicalMemory& physical, PageTable table)
        : KernelMemory(physical), table_(table) {}

private:
    std::optional<std::uint64_t> walk(std::uint64_t address) const override;

    PageTable table_;
};

/// Where the page tables of the kernel are; nothing when the dump does not say it.
std::optional<X86Memory::PageTable> kernel_page_table(const DumpHeader& header,
                                                      const DumpNotes& notes);

/// The memory of the dump's machine; null when the dump does not say where the page tables are.
std::unique_ptr<KernelMemory> kernel_memory(const PhysicalMemory& physical, const DumpNotes& notes);

}  // namespace symline::vmcore
