#include "vmcore/kallsyms_table.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/bytes.h"

namespace symline::vmcore {
namespace {

/// A kernel with everything built in has 400,000, and 12 MB of names.
constexpr std::uint64_t kMaxSymbols = std::uint64_t{1} << 22;
constexpr std::size_t kMaxNames = std::size_t{1} << 27;
constexpr std::size_t kMaxToken = 256;
constexpr std::size_t kTokens = 256;

/// Memory, a page at a time.
class MemoryStream {
public:
    MemoryStream(const KernelBytes& memory, std::uint64_t address)
        : memory_(memory), address_(address) {}

    std::optional<std::uint8_t> next() {
        if (at_ == filled_ && !fill()) return std::nullopt;
        return buffer_[at_++];
    }

private:
    bool fill() {
        filled_ = buffer_.size() - address_ % buffer_.size();
        if (!memory_.read(address_, std::span(buffer_).first(filled_))) return false;
        address_ += filled_;
        at_ = 0;
        return true;
    }

    const KernelBytes& memory_;
    std::uint64_t address_;
    std::array<std::uint8_t, 4096> buffer_{};
    std::size_t at_ = 0;
    std::size_t filled_ = 0;
};

}  // namespace

class KallsymsTable::Reader {
public:
    Reader(const KernelBytes& memory, const Vmcoreinfo& info) : memory_(memory), info_(info) {}

    Expected<KallsymsTable> read() {
        const auto names = info_.symbol("kallsyms_names");
        const auto count = info_.symbol("kallsyms_num_syms");
        if (!names || !count) {
            return fail(ErrorCode::not_found,
                        "VMCOREINFO does not say where the kernel's own table of symbols is, as "
                        "kernels from Linux 6.0 on do");
        }
        const auto symbols = memory_.value<std::uint32_t>(*count);
        if (!symbols)
            return fail(ErrorCode::unreadable, "the kernel's symbols are not in the dump");
        const bool whole = *symbols <= kMaxSymbols && read_tokens() &&
                           read_names(*names, *symbols) && read_addresses();
        if (!whole || !is_right()) {
            return fail(ErrorCode::malformed,
                        "the kernel's own table of symbols is damaged or not in the dump");
        }
        return std::move(table_);
    }

private:
    static std::unexpected<Error> fail(ErrorCode code, const char* message) {
        return std::unexpected(Error{code, {}, message});
    }

    bool read_tokens() {
        const auto table = info_.symbol("kallsyms_token_table");
        const auto index = info_.symbol("kallsyms_token_index");
        if (!table || !index) return false;
        for (std::size_t i = 0; i < kTokens; ++i) {
            const auto offset = memory_.value<std::uint16_t>(*index + i * 2);
            if (!offset) return false;
            tokens_[i] = memory_.string(*table + *offset, kMaxToken);
        }
        return true;
    }

    /// Each name is a count of tokens and their numbers; since Linux 6.1 (73bbb94466fd) the count
    /// has a second byte where the first one's highest bit is set.
    bool read_names(std::uint64_t address, std::uint32_t count) {
        MemoryStream stream(memory_, address);
        std::string& names = table_.names_;
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto first = stream.next();
            std::size_t tokens = first.value_or(0);
            if (tokens >= 0x80)
                tokens = (tokens & 0x7f) | std::size_t{stream.next().value_or(0)} << 7;
            if (!first || tokens == 0) return false;
            table_.entries_.push_back({.name = static_cast<std::uint32_t>(names.size())});
            for (; tokens > 0; --tokens) {
                const auto token = stream.next();
                if (!token) return false;
                names += tokens_[*token];
            }
            names += '\0';
            if (names.size() > kMaxNames) return false;
        }
        names += '\0';  // A name without even a type is empty.
        return true;
    }

    bool read_addresses() {
        const auto plain = info_.symbol("kallsyms_addresses");
        const auto offsets = info_.symbol("kallsyms_offsets");
        const auto base_at = info_.symbol("kallsyms_relative_base");
        const auto base = base_at && !plain ? memory_.word(*base_at) : std::nullopt;
        if (!plain && (!offsets || (base_at && !base))) return false;
        const std::size_t size = plain ? 8 : 4;
        std::vector<std::uint8_t> bytes(table_.entries_.size() * size);
        if (!memory_.read(plain ? *plain : *offsets, bytes)) return false;
        for (std::size_t i = 0; i < table_.entries_.size(); ++i) {
            const std::uint8_t* const at = bytes.data() + i * size;
            table_.entries_[i].address = plain
                                             ? base::load<std::uint64_t>(at, memory_.big_endian())
                                             : base::load<std::uint32_t>(at, memory_.big_endian());
        }
        if (base) {
            add_base(*base);
        } else if (!plain) {
            add_places(*offsets);
        }
        std::ranges::stable_sort(table_.entries_, {}, &Entry::address);
        return true;
    }

    /// With CONFIG_KALLSYMS_ABSOLUTE_PERCPU (x86-64 before Linux 6.15) negative offsets are of
    /// code and data, counted down from the base, and the others are addresses themselves, of the
    /// variables of each CPU; no kernel is so large that one of them would be negative otherwise.
    void add_base(std::uint64_t base) {
        const auto as_signed = [](std::uint64_t offset) {
            return std::int64_t{static_cast<std::int32_t>(offset)};
        };
        const bool absolute = std::ranges::any_of(
            table_.entries_, [&](const Entry& each) { return as_signed(each.address) < 0; });
        for (Entry& each : table_.entries_) {
            const std::int64_t offset = as_signed(each.address);
            if (!absolute) {
                each.address += base;
            } else if (offset < 0) {
                each.address = base - 1 - static_cast<std::uint64_t>(offset);
            }
        }
    }

    /// Without a base (Linux 7) they are distances from where they stand.
    void add_places(std::uint64_t offsets) {
        for (Entry& each : table_.entries_) {
            each.address =
                offsets + static_cast<std::uint64_t>(static_cast<std::int32_t>(each.address));
            offsets += 4;
        }
    }

    /// VMCOREINFO gives one address twice.
    bool is_right() const {
        const auto told = info_.symbol("_stext");
        return !told || table_.address("_stext") == told;
    }

    const KernelBytes& memory_;
    const Vmcoreinfo& info_;
    std::array<std::string, kTokens> tokens_;
    KallsymsTable table_;
};

Expected<KallsymsTable> KallsymsTable::read(const KernelBytes& memory, const Vmcoreinfo& info) {
    return Reader(memory, info).read();
}

std::optional<std::uint64_t> KallsymsTable::address(std::string_view name) const {
    std::optional<std::uint64_t> local;
    for (const Entry& each : entries_) {
        if (this->name(each) != name) continue;
        // As nm has it: capital letters are global.
        if (std::isupper(static_cast<unsigned char>(names_[each.name])) != 0) return each.address;
        if (!local) local = each.address;
    }
    return local;
}

std::optional<HeldBy> KallsymsTable::at(std::uint64_t address) const {
    const auto next = std::ranges::upper_bound(entries_, address, {}, &Entry::address);
    // What the last one holds nobody says.
    if (next == entries_.begin() || next == entries_.end()) return std::nullopt;
    const std::uint64_t start = std::prev(next)->address;
    const auto first = std::ranges::lower_bound(entries_, start, {}, &Entry::address);
    return HeldBy{name(*first), start, next->address - start};
}

}  // namespace symline::vmcore
