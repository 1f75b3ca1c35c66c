#include "vmcore/unwind/orc.h"

#include "base/bytes.h"

namespace symline::vmcore {
namespace {

constexpr std::uint64_t kEntrySize = 6;
constexpr unsigned kTypeShift = 8;

OrcEntry::Type type_of(unsigned value, unsigned bits) {
    using enum OrcEntry::Type;
    if (bits == 2) value += 2;
    switch (value) {
        case 1: return end_of_stack;
        case 2: return call;
        case 3: return regs;
        case 4: return regs_partial;
        default: return undefined;
    }
}

}  // namespace

OrcEntry OrcFormat::decode(std::span<const std::uint8_t, kEntrySize> bytes) const {
    const unsigned flags = base::load<std::uint16_t>(bytes.data() + 4, false);
    OrcEntry entry;
    entry.sp_offset = static_cast<std::int16_t>(base::load<std::uint16_t>(bytes.data(), false));
    entry.bp_offset = static_cast<std::int16_t>(base::load<std::uint16_t>(bytes.data() + 2, false));
    entry.sp_reg = static_cast<OrcEntry::Register>(flags & 15);
    entry.bp_reg = static_cast<OrcEntry::Register>((flags >> 4) & 15);
    entry.type = type_of((flags >> kTypeShift) & ((1U << type_bits) - 1), type_bits);
    if (end_bit && ((flags >> *end_bit) & 1) != 0) entry.type = OrcEntry::Type::end_of_stack;
    entry.signal = signal_bit ? ((flags >> *signal_bit) & 1) != 0
                              : entry.type == OrcEntry::Type::regs ||
                                    entry.type == OrcEntry::Type::regs_partial;
    return entry;
}

OrcFormat OrcFormat::of_release(std::string_view release) {
    const KernelVersion version = version_of(release);
    if (version >= KernelVersion{6, 4}) {
        return {.type_bits = 3, .signal_bit = kTypeShift + 3, .end_bit = {}};
    }
    if (version == KernelVersion{6, 3}) {
        return {.type_bits = 2, .signal_bit = kTypeShift + 2, .end_bit = kTypeShift + 3};
    }
    return {.type_bits = 2, .signal_bit = {}, .end_bit = kTypeShift + 2};
}

std::optional<OrcEntry> find_orc(const KernelBytes& memory, const OrcTable& table,
                                 const OrcFormat& format, std::uint64_t address) {
    // An ip is kept as its distance from where it stands.
    const auto ip_at = [&](std::uint64_t index) -> std::optional<std::uint64_t> {
        const std::uint64_t at = table.ips + index * 4;
        const auto distance = memory.value<std::uint32_t>(at);
        if (!distance) return std::nullopt;
        return at + static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(*distance)});
    };
    std::uint64_t low = 0;
    std::uint64_t high = table.count;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const auto ip = ip_at(middle);
        if (!ip) return std::nullopt;
        if (*ip <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) return std::nullopt;
    std::array<std::uint8_t, kEntrySize> bytes{};
    if (!memory.read(table.entries + (low - 1) * kEntrySize, bytes)) return std::nullopt;
    return format.decode(bytes);
}

}  // namespace symline::vmcore
