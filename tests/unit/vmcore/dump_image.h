// Builders of dumps, and kernel memory that a test fills in.
#pragma once

#include <map>

#include "support/byte_writer.h"
#include "vmcore/memory/kernel_memory.h"

namespace symline::test {

/// Memory by address; what was not set is not there.
class FakeMemory : public vmcore::KernelBytes {
public:
    using KernelBytes::KernelBytes;

    void set(std::uint64_t address, const ByteVector& bytes) {
        for (const std::uint8_t byte : bytes) bytes_[address++] = byte;
    }
    void word(std::uint64_t address, std::uint64_t value, unsigned size = 8) {
        set(address, ByteWriter(big_endian()).word(value, size).data());
    }
    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override {
        for (std::uint8_t& byte : to) {
            const auto found = bytes_.find(address++);
            if (found == bytes_.end()) return false;
            byte = found->second;
        }
        return true;
    }

private:
    std::map<std::uint64_t, std::uint8_t> bytes_;
};

/// A file in memory.
class FakeFile : public vmcore::DumpFile {
public:
    explicit FakeFile(ByteVector bytes) : bytes_(std::move(bytes)) {}
    bool read(std::uint64_t offset, std::span<std::uint8_t> to) const override {
        if (offset > bytes_.size() || to.size() > bytes_.size() - offset) return false;
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
        return true;
    }
    std::uint64_t size() const override { return bytes_.size(); }

private:
    ByteVector bytes_;
};

inline std::unique_ptr<vmcore::DumpFile> fake_file(const ByteWriter& image) {
    return std::make_unique<FakeFile>(image.data());
}

inline void add_note(ByteWriter& out, std::string_view name, std::uint32_t type,
                     const ByteVector& contents) {
    out.u32(name.size() + 1).u32(contents.size()).u32(type).string(name).align(4);
    out.bytes(contents).align(4);
}

/// An NT_PRSTATUS of x86-64.
inline ByteVector prstatus(int pid, std::uint64_t ip, std::uint64_t sp) {
    ByteWriter out;
    out.zeros(32).u32(static_cast<std::uint32_t>(pid)).zeros(76);
    out.zeros(16 * 8).u64(ip).u64(0x10).u64(0x46).u64(sp).u64(0x18).zeros(56);
    return out.data();
}

/// The same of arm64.
inline ByteVector arm64_prstatus(int pid, std::uint64_t ip, std::uint64_t sp) {
    ByteWriter out;
    out.zeros(32).u32(static_cast<std::uint32_t>(pid)).zeros(76);
    out.zeros(31 * 8).u64(sp).u64(ip).u64(5).zeros(8);
    return out.data();
}

/// The same of riscv64.
inline ByteVector riscv_prstatus(int pid, std::uint64_t ip, std::uint64_t sp) {
    ByteWriter out;
    out.zeros(32).u32(static_cast<std::uint32_t>(pid)).zeros(76);
    out.u64(ip).zeros(8).u64(sp).zeros(29 * 8).zeros(8);
    return out.data();
}

/// The same of 64-bit Power, in the byte order of the dump's headers.
inline ByteVector ppc64_prstatus(std::uint64_t ip, std::uint64_t sp, bool big_endian) {
    ByteWriter out(big_endian);
    out.zeros(112).u64(0).u64(sp).zeros(30 * 8).u64(ip).u64(0x8000000000009033);
    out.zeros(14 * 8 + 8);
    return out.data();
}

/// The same of s390x.
inline ByteVector s390_prstatus(int pid, std::uint64_t ip, std::uint64_t sp) {
    ByteWriter out(true);
    out.zeros(32).u32(static_cast<std::uint32_t>(pid)).zeros(76);
    out.u64(0x0404c00180000000).u64(ip).zeros(15 * 8).u64(sp).zeros(64 + 16);
    return out.data();
}

struct VmcoreSegment {
    std::uint64_t address;
    ByteVector contents;
};

/// An ELF vmcore: the notes, then the segments one after another. With `many_headers` their count
/// stands where PN_XNUM says.
inline ByteWriter elf_vmcore(const ByteVector& notes, const std::vector<VmcoreSegment>& segments,
                             bool many_headers = false, bool big_endian = false) {
    ByteWriter out(big_endian);
    const std::uint64_t count = segments.size() + 1;
    const std::uint64_t sections = 64 + count * 56;
    std::uint64_t at = sections + (many_headers ? 64 : 0);
    out.text_only(
           "\x7f"
           "ELF")
        .u8(2)
        .u8(big_endian ? 2 : 1)
        .u8(1)
        .zeros(9)
        .u16(4)
        .u16(62)
        .u32(1);
    out.u64(0).u64(64).u64(many_headers ? sections : 0).u32(0).u16(64).u16(56);
    out.u16(many_headers ? 0xffff : count).u16(64).u16(many_headers ? 1 : 0).u16(0);
    out.u32(4).u32(0).u64(at).u64(0).u64(0).u64(notes.size()).u64(notes.size()).u64(0);
    at += notes.size();
    for (const auto& each : segments) {
        out.u32(1).u32(7).u64(at).u64(0).u64(each.address);
        out.u64(each.contents.size()).u64(each.contents.size()).u64(0);
        at += each.contents.size();
    }
    if (many_headers) out.zeros(44).u32(count).zeros(16);
    out.bytes(notes);
    for (const auto& each : segments) out.bytes(each.contents);
    return out;
}

/// A page of a kdump-compressed dump.
struct CompressedPage {
    std::uint64_t frame;
    std::uint32_t flags;
    ByteVector data;
};

/// Frames below 32768, ascending.
inline ByteWriter compressed_vmcore(const ByteVector& notes,
                                    const std::vector<CompressedPage>& pages,
                                    std::size_t block = 4096, std::string_view machine = "x86_64",
                                    bool big_endian = false) {
    const std::size_t bitmap = 2 * block;  // one of two blocks
    const std::size_t descriptors = 2 * block + 2 * block;
    ByteWriter out(big_endian);
    out.text_only("KDUMP   ").u32(6).zeros(std::size_t{4} * 65).string(machine);
    out.zeros(424 - out.size()).u32(0).u32(block).u32(1).u32(2).u32(32768);
    out.zeros(block - out.size()).u64(0).u32(1).u32(0).u64(0).u64(0);
    const std::size_t notes_at = descriptors + pages.size() * 24;
    out.u64(0).u64(0).u64(notes_at).u64(notes.size()).zeros(32).u64(32768);
    out.zeros(descriptors - out.size());
    std::uint64_t at = notes_at + notes.size();
    for (const auto& page : pages) {
        const std::size_t byte = bitmap + block + page.frame / 8;
        out.patch(byte, out.data()[byte] | (1U << (page.frame % 8)), 1);
        out.u64(at).u32(page.data.size()).u32(page.flags).u64(0);
        at += page.data.size();
    }
    out.bytes(notes);
    for (const auto& page : pages) out.bytes(page.data);
    return out;
}

struct FlatRecord {
    std::uint64_t offset;
    ByteVector bytes;
};

inline ByteWriter flattened(const std::vector<FlatRecord>& records, bool ended = true) {
    ByteWriter out(true);
    out.text_only(std::string_view("makedumpfile\0\0\0\0", 16)).u64(1).u64(1).zeros(4096 - 32);
    for (const auto& each : records) out.u64(each.offset).u64(each.bytes.size()).bytes(each.bytes);
    if (ended) out.u64(~std::uint64_t{0}).u64(~std::uint64_t{0});
    return out;
}

}  // namespace symline::test
