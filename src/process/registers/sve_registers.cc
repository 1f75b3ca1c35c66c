#include "process/registers/sve_registers.h"

#include <string>
#include <utility>

namespace symline::process {
namespace {

// struct user_sve_header, arch/arm64/include/uapi/asm/ptrace.h
constexpr std::uint64_t kHeaderSize = 16;
constexpr std::uint64_t kLength = 8;
constexpr std::uint64_t kFlags = 12;
constexpr std::uint16_t kInUse = 1;  // SVE_PT_REGS_SVE
/// In bytes; SVE_VL_MAX is more than any architecture allows (256).
constexpr std::uint64_t kMaxLength = 8192;

class Note {
public:
    Note(base::Bytes bytes, std::vector<ExtendedRegister>& into) : bytes_(bytes), into_(into) {}

    /// Further registers from offset() on; those that are cut off are left out.
    void add(std::string name, std::uint64_t size) {
        const auto bytes = base::tail(bytes_, offset_);
        offset_ += size;
        if (bytes.size() < size) return;
        into_.push_back(
            {std::move(name), {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}});
    }
    void add(const std::string& prefix, unsigned count, std::uint64_t size) {
        for (unsigned i = 0; i < count; ++i) add(prefix + std::to_string(i), size);
    }
    void align() { offset_ = (offset_ + 15) / 16 * 16; }

private:
    base::Bytes bytes_;
    std::vector<ExtendedRegister>& into_;
    std::uint64_t offset_ = kHeaderSize;
};

}  // namespace

bool read_sve(base::Bytes bytes, base::Bytes& plain, std::vector<ExtendedRegister>& into) {
    const std::uint64_t length = base::Cursor(bytes, false, kLength).u16();
    const bool in_use = (base::Cursor(bytes, false, kFlags).u16() & kInUse) != 0;
    if (!in_use || length == 0 || length % 16 != 0 || length > kMaxLength) {
        if (!in_use) plain = base::tail(bytes, kHeaderSize);
        return false;
    }
    Note note(bytes, into);
    note.add("z", 32, length);
    // A predicate has a bit for each byte of a vector.
    note.add("p", 16, length / 8);
    note.add("ffr", length / 8);
    note.align();
    note.add("fpsr", 4);
    note.add("fpcr", 4);
    return true;
}

}  // namespace symline::process
