#include "decode/code_comparison.h"

#include <algorithm>

namespace symline::decode {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// No instruction of any machine is longer.
constexpr std::size_t kMaxInstructionSize = 16;

/// 0 where no instruction begins, or the disassembler, which may be the caller's own, has one that
/// ends beyond the code.
std::size_t instruction_size(Disassembler& disassembler, Bytes code, std::uint64_t address) {
    const std::size_t size = disassembler.size(code, address);
    return size <= code.size() ? size : 0;
}

/// Whether an instruction begins at `wanted` when one begins at `start`.
bool leads_to(Bytes code, std::size_t start, std::size_t wanted, Disassembler& disassembler,
              std::uint64_t address) {
    while (start < wanted) {
        const std::size_t size =
            instruction_size(disassembler, code.subspan(start), address + start);
        if (size == 0) return false;
        start += size;
    }
    return start == wanted;
}

/// Where the first whole instruction of the line begins, counted on from the function's start.
std::optional<std::size_t> start_by_file(const CodeBytes& code, Disassembler& disassembler,
                                         std::uint64_t address, const FileCode& file) {
    if (file.before.empty() || file.skipped != 0) return std::nullopt;
    std::vector<std::uint8_t> all(file.before.begin(), file.before.end());
    const std::size_t begin = all.size();
    const auto tail = file.bytes.first(std::min(file.bytes.size(), kMaxInstructionSize));
    all.insert(all.end(), tail.begin(), tail.end());
    std::size_t at = 0;
    while (at < begin) {
        const std::size_t size =
            instruction_size(disassembler, Bytes(all).subspan(at), address - begin + at);
        if (size == 0) return std::nullopt;
        at += size;
    }
    const std::size_t start = at - begin;
    return start <= code.marked.value_or(code.bytes.size()) ? std::optional(start) : std::nullopt;
}

std::size_t first_start(const CodeBytes& code, Disassembler& disassembler, const CodeTarget& target,
                        std::uint64_t address, const FileCode& file) {
    const std::size_t marked = code.marked.value_or(0);
    const Bytes bytes(code.bytes);
    const std::size_t step = instruction_alignment(target);
    if (step == 4) return 0;
    const auto known = start_by_file(code, disassembler, address, file);
    if (known && leads_to(bytes, *known, marked, disassembler, address)) return *known;
    for (std::size_t start = 0; start < std::min(marked, kMaxInstructionSize); start += step) {
        if (leads_to(bytes, start, marked, disassembler, address)) return start;
    }
    return marked;
}

CodeInstruction piece(const CodeBytes& code, std::size_t at, std::size_t size) {
    CodeInstruction piece;
    const auto marked = static_cast<std::int64_t>(code.marked.value_or(0));
    piece.offset = static_cast<std::int64_t>(at) - marked;
    const auto from = code.bytes.begin() + static_cast<std::ptrdiff_t>(at);
    piece.bytes.assign(from, from + static_cast<std::ptrdiff_t>(size));
    piece.trapping = code.marked == at;
    return piece;
}

/// Instructions that kernels replace, and that they put in place of others.
bool is_x86_patch_site(Bytes file) {
    constexpr std::uint8_t kPrefixes[] = {0x2e, 0x3e, 0x66, 0xf0, 0xf2, 0xf3};
    std::size_t at = 0;
    while (at < file.size() && std::ranges::find(kPrefixes, file[at]) != std::end(kPrefixes)) {
        if (file[at] == 0xf0 || (file[at] == 0x3e && at + 1 < file.size())) return true;
        ++at;
    }
    if (at == file.size()) return true;
    switch (file[at]) {
        case 0xe8:  // call, jmp: static calls, return thunks, mcount
        case 0xe9:
        case 0xeb:
        case 0x90:
        case 0xc3:
        case 0xcc:                                                       // kprobes, padding
        case 0xff: return true;                                          // indirect calls
        case 0x0f: return at + 1 < file.size() && file[at + 1] == 0x1f;  // nop
        default: return false;
    }
}

std::uint64_t little(Bytes bytes, std::size_t at) {
    return static_cast<std::uint64_t>(bytes[at]) | static_cast<std::uint64_t>(bytes[at + 1]) << 8 |
           static_cast<std::uint64_t>(bytes[at + 2]) << 16 |
           static_cast<std::uint64_t>(bytes[at + 3]) << 24;
}

/// The same but for an address that moved with the kernel, by whole pages.
bool is_moved(Bytes file, Bytes running) {
    const auto [first, other] = std::ranges::mismatch(file, running);
    const auto differs = static_cast<std::size_t>(first - file.begin());
    static_cast<void>(other);
    for (std::size_t back = 0; back <= std::min<std::size_t>(differs, 3); ++back) {
        const std::size_t at = differs - back;
        if (at + 4 > file.size()) continue;
        if ((little(running, at) - little(file, at)) % 0x1000 != 0) continue;
        const std::size_t rest = at + 4;
        // The upper half of a 64-bit address may carry.
        const bool carries = file.size() == 10 && rest + 4 == file.size();
        if (carries || std::ranges::equal(file.subspan(rest), running.subspan(rest))) return true;
    }
    return false;
}

bool is_arm64_patch_site(Bytes file) {
    const auto word = static_cast<std::uint32_t>(little(file, 0));
    const bool branch = (word & 0x7c000000U) == 0x14000000U;  // B, BL
    const bool hint = (word & 0xfffff01fU) == 0xd503201fU;    // NOP, PAC
    return branch || hint;
}

bool is_patch_site(const CodeTarget& target, Bytes file, Bytes running) {
    if (target.isa == Isa::x86) {
        return is_x86_patch_site(file) || is_x86_patch_site(running) || is_moved(file, running);
    }
    if (target.isa == Isa::arm64) return is_arm64_patch_site(file);
    return false;
}

/// What differs although nothing is known to patch it.
struct Difference {
    std::size_t compared = 0;  ///< instructions
    std::size_t instructions = 0;
    std::size_t begin = 0;  ///< of the first, in bytes of the line
    std::size_t end = 0;

    /// A probe takes the place of a few neighbouring instructions; another build is different all
    /// over.
    bool is_another_build() const {
        constexpr std::size_t kEnough = 3;
        constexpr std::size_t kMaxPatchSize = 8;
        return instructions >= kEnough && end - begin > kMaxPatchSize &&
               instructions * 5 >= compared;
    }
};

}  // namespace

/// arm64's and riscv's instructions are little-endian whatever the data is.
bool words_big_endian(const CodeTarget& target) {
    return target.big_endian && target.isa != Isa::arm64 && target.isa != Isa::riscv;
}

CodeBytes code_bytes(const log::CodeText& text, const CodeTarget& target) {
    CodeBytes code;
    code.bytes.reserve(text.units.size() * text.unit);
    for (const std::uint32_t unit : text.units) {
        for (unsigned i = 0; i < text.unit; ++i) {
            const unsigned byte = words_big_endian(target) ? text.unit - 1 - i : i;
            code.bytes.push_back(static_cast<std::uint8_t>(unit >> (8 * byte)));
        }
    }
    if (text.marked) code.marked = *text.marked * text.unit;
    return code;
}

std::vector<CodeInstruction> take_apart(const CodeBytes& code, Disassembler& disassembler,
                                        const CodeTarget& target, std::uint64_t address,
                                        const FileCode& file) {
    std::vector<CodeInstruction> instructions;
    const std::size_t size = code.bytes.size();
    std::size_t at = first_start(code, disassembler, target, address, file);
    if (at > 0) instructions.push_back(piece(code, 0, at));
    while (at < size) {
        const auto rest = Bytes(code.bytes).subspan(at);
        auto decoded = disassembler.decode(rest, address + at);
        if (decoded.size > rest.size()) decoded = {};
        const bool cut = decoded.size == 0 && rest.size() < kMaxInstructionSize;
        if (decoded.size == 0) {
            decoded.size = std::min(instruction_alignment(target), rest.size());
            if (cut && target.isa == Isa::x86) decoded.size = rest.size();
            decoded.text = cut ? "" : "(bad)";
        }
        instructions.push_back(piece(code, at, decoded.size));
        instructions.back().text = std::move(decoded.text);
        if (decoded.target && file.name_of) {
            const auto name = file.name_of(*decoded.target);
            if (!name.empty()) instructions.back().text += " <" + name + ">";
        }
        at += decoded.size;
    }
    return instructions;
}

CodeMatch compare(std::vector<CodeInstruction>& instructions, const CodeTarget& target,
                  const FileCode& file) {
    Difference difference;
    std::size_t at = 0;
    for (CodeInstruction& each : instructions) {
        const std::size_t offset = at;
        const std::size_t size = each.bytes.size();
        at += size;
        const bool whole = !each.text.empty() && offset >= file.skipped;
        if (!whole || offset - file.skipped + size > file.bytes.size()) continue;
        const Bytes own = file.bytes.subspan(offset - file.skipped, size);
        ++difference.compared;
        if (std::ranges::equal(own, each.bytes) || each.text.starts_with("nop")) continue;
        if (file.patched && file.patched(offset, size)) continue;
        if (is_patch_site(target, own, each.bytes)) continue;
        each.in_file.assign(own.begin(), own.end());
        if (++difference.instructions == 1) difference.begin = offset;
        difference.end = at;
    }
    if (difference.compared == 0) return CodeMatch::not_known;
    return difference.is_another_build() ? CodeMatch::differs : CodeMatch::same;
}

}  // namespace symline::decode
