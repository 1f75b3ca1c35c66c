#include "process/registers/xsave_area.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace symline::process {
namespace {

// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 10.5.1 and 13.4.
constexpr std::uint64_t kFxsaveSize = 512;
constexpr std::uint64_t kControl = 0;
constexpr std::uint64_t kStatus = 2;
constexpr std::uint64_t kMxcsr = 24;
constexpr std::uint64_t kStack = 32;
constexpr std::uint64_t kXmm = 160;
/// Linux keeps XCR0 where the processor leaves bytes to software (struct _fpx_sw_bytes).
constexpr std::uint64_t kXcr0 = 464;
constexpr std::uint64_t kInUse = 512;  // XSTATE_BV

/// Parts of the area, by their bits in XCR0 and XSTATE_BV.
enum class Part : unsigned {
    x87 = 0,
    sse = 1,
    avx = 2,
    opmask = 5,
    zmm_high = 6,
    zmm_upper = 7,
    pkru = 9
};

bool has(std::uint64_t bits, Part part) {
    return ((bits >> static_cast<unsigned>(part)) & 1) != 0;
}

/// Where the parts after the header lie.
struct Layout {
    std::uint64_t avx = 576, opmask = 1088, zmm_high = 1152, zmm_upper = 1664, pkru = 2688;
};
/// AMD's processors leave out the two parts of MPX. The area is then smaller than Intel's: gdb
/// tells them by that as well (i387_guess_xsave_layout).
constexpr Layout kAmdLayout{576, 832, 896, 1408, 2432};
constexpr std::uint64_t kIntelSize = 2688;

/// struct x86_xfeat_component, arch/x86/include/uapi/asm/elf.h: type, size, offset, flags.
Layout written_layout(base::Bytes note) {
    Layout layout;
    base::Cursor cursor(note, false);
    constexpr std::size_t kEntry = 16;
    while (cursor.remaining() >= kEntry) {
        const auto part = cursor.u32();
        cursor.skip(4);
        const std::uint64_t offset = cursor.u32();
        cursor.skip(4);
        switch (static_cast<Part>(part)) {
            case Part::avx: layout.avx = offset; break;
            case Part::opmask: layout.opmask = offset; break;
            case Part::zmm_high: layout.zmm_high = offset; break;
            case Part::zmm_upper: layout.zmm_upper = offset; break;
            case Part::pkru: layout.pkru = offset; break;
            default: break;
        }
    }
    return layout;
}

Layout layout_of(base::Bytes area, base::Bytes note) {
    if (!note.empty()) return written_layout(note);
    return area.size() < kIntelSize ? kAmdLayout : Layout();
}

class Area {
public:
    Area(base::Bytes bytes, std::vector<ExtendedRegister>& into) : bytes_(bytes), into_(into) {}

    std::uint64_t word(std::uint64_t offset) const {
        return base::Cursor(bytes_, false, offset).u64();
    }
    /// The part of a register at `offset`; zeros, which is what it was reset to, where the
    /// processor had not stored it or the area is cut short.
    void append(ExtendedRegister& to, std::uint64_t offset, std::size_t size, bool stored) const {
        const auto from = base::tail(bytes_, offset);
        if (stored && from.size() >= size) {
            to.bytes.insert(to.bytes.end(), from.begin(),
                            from.begin() + static_cast<std::ptrdiff_t>(size));
        } else {
            to.bytes.resize(to.bytes.size() + size);
        }
    }
    void add(std::string name, std::uint64_t offset, std::size_t size, bool stored = true) const {
        ExtendedRegister made{std::move(name), {}};
        append(made, offset, size, stored);
        into_.push_back(std::move(made));
    }
    void add(ExtendedRegister made) const { into_.push_back(std::move(made)); }

    /// The registers of the x87, and mxcsr.
    void add_x87(bool stored) const {
        add("fcw", kControl, 2);
        add("fsw", kStatus, 2, stored);
        for (unsigned i = 0; i < 8; ++i) {
            add("st" + std::to_string(i), kStack + std::uint64_t{16} * i, 10, stored);
        }
        add("mxcsr", kMxcsr, 4);
    }

private:
    base::Bytes bytes_;
    std::vector<ExtendedRegister>& into_;
};

/// xmm, ymm or zmm, the lower 16 of 64-bit code.
ExtendedRegister vector_register(const Area& area, const Layout& layout, unsigned number,
                                 std::uint64_t there, std::uint64_t stored) {
    const bool ymm = has(there, Part::avx);
    const bool zmm = has(there, Part::zmm_high);
    ExtendedRegister made{(zmm ? "zmm" : ymm ? "ymm" : "xmm") + std::to_string(number), {}};
    const std::uint64_t at = number;
    area.append(made, kXmm + 16 * at, 16, has(stored, Part::sse));
    if (ymm || zmm) area.append(made, layout.avx + 16 * at, 16, has(stored, Part::avx));
    if (zmm) area.append(made, layout.zmm_high + 32 * at, 32, has(stored, Part::zmm_high));
    return made;
}

}  // namespace

void read_fxsave(base::Bytes bytes, bool wide, std::vector<ExtendedRegister>& into) {
    if (bytes.size() < kFxsaveSize) return;
    const Area area(bytes, into);
    area.add_x87(true);
    for (unsigned i = 0; i < (wide ? 16U : 8U); ++i) {
        area.add("xmm" + std::to_string(i), kXmm + std::uint64_t{16} * i, 16);
    }
}

void read_xsave(base::Bytes bytes, base::Bytes note, bool wide,
                std::vector<ExtendedRegister>& into) {
    const Area area(bytes, into);
    if (bytes.size() < kInUse + 8) return read_fxsave(bytes, wide, into);
    const auto layout = layout_of(bytes, note);
    const auto stored = area.word(kInUse);
    // Whoever leaves it out, stores what was in use.
    const auto written = area.word(kXcr0);
    const auto there = written != 0 ? written : stored;
    area.add_x87(has(stored, Part::x87));
    for (unsigned i = 0; i < (wide ? 16U : 8U); ++i) {
        area.add(vector_register(area, layout, i, there, stored));
    }
    if (wide && has(there, Part::zmm_upper)) {
        for (unsigned i = 0; i < 16; ++i) {
            area.add("zmm" + std::to_string(16 + i), layout.zmm_upper + std::uint64_t{64} * i, 64,
                     has(stored, Part::zmm_upper));
        }
    }
    if (has(there, Part::opmask)) {
        for (unsigned i = 0; i < 8; ++i) {
            area.add("k" + std::to_string(i), layout.opmask + std::uint64_t{8} * i, 8,
                     has(stored, Part::opmask));
        }
    }
    if (has(there, Part::pkru)) area.add("pkru", layout.pkru, 4, has(stored, Part::pkru));
}

}  // namespace symline::process
