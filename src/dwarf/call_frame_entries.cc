#include "dwarf/call_frame_entries.h"

#include <llvm/BinaryFormat/Dwarf.h>

#include <string_view>
#include <utility>

namespace symline::dwarf {
namespace {

namespace DW = llvm::dwarf;
using base::Bytes;
using base::Cursor;

constexpr std::uint8_t kFormBits = 0x0f, kBaseBits = 0x70;

std::uint64_t sign_extended(std::uint64_t value, unsigned size) {
    const unsigned unused = 64 - 8 * size;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
}

std::optional<std::uint64_t> read_form(Cursor& in, std::uint8_t encoding, unsigned address_size) {
    std::uint64_t value = 0;
    switch (encoding & kFormBits) {
        case DW::DW_EH_PE_absptr: value = in.word(address_size); break;
        case DW::DW_EH_PE_uleb128: value = in.uleb(); break;
        case DW::DW_EH_PE_udata2: value = in.u16(); break;
        case DW::DW_EH_PE_udata4: value = in.u32(); break;
        case DW::DW_EH_PE_udata8: value = in.u64(); break;
        case DW::DW_EH_PE_sleb128: value = static_cast<std::uint64_t>(in.sleb()); break;
        case DW::DW_EH_PE_sdata2: value = sign_extended(in.u16(), 2); break;
        case DW::DW_EH_PE_sdata4: value = sign_extended(in.u32(), 4); break;
        case DW::DW_EH_PE_sdata8: value = in.u64(); break;
        default: return std::nullopt;
    }
    if (!in.ok()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::uint64_t> EncodedPointers::read(Cursor& in, std::uint8_t encoding) const {
    if (encoding == DW::DW_EH_PE_omit) return std::nullopt;
    const std::uint64_t at = section + in.offset();
    auto value = read_form(in, encoding, address_size);
    if (!value) return std::nullopt;
    switch (encoding & kBaseBits) {
        case DW::DW_EH_PE_absptr: break;
        case DW::DW_EH_PE_pcrel: *value += at; break;
        case DW::DW_EH_PE_datarel: *value += data; break;
        default: return std::nullopt;
    }
    return address_size == 4 ? *value & 0xffff'ffff : *value;
}

/// The part that an entry begins with.
struct CallFrameEntries::Header {
    Cursor body;             ///< of the whole section, limited to the entry
    std::uint64_t end = 0;   ///< where the next one begins
    bool is_common = false;  ///< a CIE
    std::uint64_t common = 0;
};

std::optional<CallFrameEntries::Header> CallFrameEntries::header(std::uint64_t offset) const {
    Header header{Cursor(section_.bytes, big_endian_, offset)};
    Cursor& in = header.body;
    std::uint64_t length = in.u32();
    const bool is64 = length == DW::DW_LENGTH_DWARF64;
    if (is64) length = in.u64();
    if (!in.ok() || length > in.remaining()) return std::nullopt;
    header.end = in.offset() + length;
    in.limit(header.end);
    // Linkers leave the end marks of the files that they put together.
    if (length == 0) return header;
    const std::uint64_t at = in.offset();
    const std::uint64_t id = is64 ? in.u64() : in.u32();
    if (form_ == Form::eh_frame) {
        header.is_common = id == 0;
        header.common = at - id;
    } else {
        header.is_common = id == (is64 ? ~std::uint64_t{0} : 0xffff'ffff);
        header.common = id;
    }
    return header;
}

/// What the letters after 'z' say (Linux Standard Base Core, section 10.6.1.1.1).
bool CallFrameEntries::read_augmentation(Cursor& in, std::string_view letters,
                                         CommonEntry& common) const {
    if (letters.empty()) return true;
    if (letters.front() != 'z') return false;
    common.augmented = true;
    const std::uint64_t size = in.uleb();
    if (!in.ok() || size > in.remaining()) return false;
    const std::uint64_t end = in.offset() + size;
    for (const char each : letters.substr(1)) {
        if (each == 'R') {
            common.pointer_encoding = in.u8();
        } else if (each == 'P') {
            const std::uint8_t encoding = in.u8();
            if (encoding == DW::DW_EH_PE_aligned) return false;
            (void)read_form(in, encoding, common.address_size);
        } else if (each == 'L') {
            in.u8();
        } else if (each == 'S') {
            common.signal_frame = true;
        } else if (each != 'B' && each != 'G') {
            // 'B' and 'G' are AArch64's: the key of signed addresses, and tagged stacks.
            break;
        }
    }
    if (!in.ok()) return false;
    in.seek(end);
    return true;
}

std::optional<CommonEntry> CallFrameEntries::common(std::uint64_t offset) const {
    auto header = this->header(offset);
    if (!header || !header->is_common) return std::nullopt;
    Cursor& in = header->body;
    CommonEntry common{.address_size = address_size_};
    const unsigned version = in.u8();
    if (version == 0 || version == 2 || version > 4) return std::nullopt;
    const std::string_view letters = in.string();
    if (version == 4) {
        common.address_size = in.u8();
        if (in.u8() != 0) return std::nullopt;  // segment selectors
    }
    // Of GCC before 3.0: the address of a table of exceptions.
    if (letters == "eh") in.word(address_size_);
    common.code_alignment = in.uleb();
    common.data_alignment = in.sleb();
    common.return_column = version == 1 ? in.u8() : in.uleb();
    if (!read_augmentation(in, letters == "eh" ? std::string_view() : letters, common)) {
        return std::nullopt;
    }
    common.instructions = in.rest();
    if (!in.ok()) return std::nullopt;
    return common;
}

std::optional<FunctionEntry> CallFrameEntries::function(Header& header, LastCommon& last) const {
    if (std::exchange(last.offset, header.common) != header.common) {
        last.entry = this->common(header.common);
    }
    const auto& common = last.entry;
    if (!common) return std::nullopt;
    FunctionEntry function{.common = header.common};
    Cursor& in = header.body;
    const auto form = pointers(common->address_size);
    const auto begin = form.read(in, common->pointer_encoding);
    // A size is no address: the form alone counts.
    const auto size = read_form(in, common->pointer_encoding & kFormBits, common->address_size);
    if (!begin || !size) return std::nullopt;
    function.begin = *begin;
    function.size = *size;
    if (common->augmented) in.skip(in.uleb());
    function.instructions = in.rest();
    if (!in.ok()) return std::nullopt;
    return function;
}

std::optional<CallFrameEntries::Next> CallFrameEntries::at(std::uint64_t offset,
                                                           LastCommon& last) const {
    if (offset >= section_.bytes.size()) return std::nullopt;
    auto header = this->header(offset);
    if (!header) return std::nullopt;
    Next next{.end = header->end};
    const bool empty = header->body.at_end();
    if (!empty && !header->is_common) next.function = function(*header, last);
    return next;
}

}  // namespace symline::dwarf
