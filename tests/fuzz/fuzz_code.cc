// A "Code:" line: the first byte chooses the machine, the second whether the file is known, the
// rest is bytes of the line and of the file. Instructions must cover the line's bytes, each once,
// and the marked one begin at the mark.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include "decode/code_comparison.h"
#include "log/code_line.h"
#include "output/code_line.h"
#include "symline/disassembler.h"

using namespace symline;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

void check_text(std::string_view text) {
    const auto code = log::parse_code(text);
    if (!code) return;
    require(!code->units.empty() && (!code->marked || *code->marked < code->units.size()));
}

/// Made once for each machine, as in the program.
Disassembler* disassembler(const CodeTarget& target) {
    static std::unique_ptr<Disassembler> made[64];
    auto& slot = made[static_cast<unsigned>(target.isa) * 4U + (target.is64 ? 2U : 0U) +
                      (target.big_endian ? 1U : 0U)];
    if (slot == nullptr) slot = make_disassembler(target);
    return slot.get();
}

void check_bytes(std::span<const std::uint8_t> data) {
    if (data.size() < 3) return;
    const CodeTarget target{static_cast<Isa>(data[0] % 9), (data[0] & 0x80) != 0,
                            (data[0] & 0x40) != 0};
    Disassembler* const machine = disassembler(target);
    if (machine == nullptr) return;
    const std::size_t step = instruction_alignment(target);
    auto rest = data.subspan(3);
    const std::size_t size = rest.size() / 2 / step * step;
    if (size == 0) return;
    decode::CodeBytes code{{rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size)},
                           data[1] % size / step * step};
    decode::FileCode file;
    if (data[2] % 2 == 0) {
        file.before = rest.first(data[1] % (size + 1));
        file.bytes = rest.subspan(size);
    }
    auto instructions = decode::take_apart(code, *machine, target, 0x1000, file);
    static_cast<void>(decode::compare(instructions, target, file));
    std::size_t at = 0;
    bool trapping = false;
    for (const auto& each : instructions) {
        require(!each.bytes.empty());
        require(each.offset ==
                static_cast<std::int64_t>(at) - static_cast<std::int64_t>(*code.marked));
        trapping = trapping || each.trapping;
        at += each.bytes.size();
    }
    require(at == size && trapping);
    CodeListing listing;
    listing.instructions = std::move(instructions);
    require(!output::code_lines(listing, "").empty());
    require(!output::decodecode(listing).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_text({reinterpret_cast<const char*>(data), size});
    check_bytes({data, size});
    return 0;
}
