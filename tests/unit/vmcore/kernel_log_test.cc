#include "vmcore/kernel_log.h"

#include <doctest/doctest.h>

#include <random>

#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kRing = 0xffffffff82000000;
constexpr std::uint64_t kDescriptors = 0xffffffff82100000;
constexpr std::uint64_t kInfos = 0xffffffff82200000;
constexpr std::uint64_t kText = 0xffffffff82300000;

/// The layout of Linux 6.1; pointers to `kRing` stand at 0x1000.
Vmcoreinfo ring_info() {
    return Vmcoreinfo(
        "SYMBOL(prb)=1000\nOFFSET(printk_ringbuffer.desc_ring)=0\n"
        "OFFSET(printk_ringbuffer.text_data_ring)=48\nOFFSET(prb_desc_ring.count_bits)=0\n"
        "OFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
        "OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=24\n"
        "OFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n"
        "OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\n"
        "SIZE(printk_info)=88\nOFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
        "OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\n");
}

/// A ring of four descriptors and 64 bytes of text.
struct Ring {
    FakeMemory memory;

    Ring(std::uint64_t tail, std::uint64_t head, bool big_endian = false) : memory(big_endian) {
        memory.word(0x1000, kRing);
        memory.word(kRing, 2, 4);
        memory.word(kRing + 8, kDescriptors);
        memory.word(kRing + 16, kInfos);
        memory.word(kRing + 24, head);
        memory.word(kRing + 32, tail);
        memory.word(kRing + 48, 6, 4);
        memory.word(kRing + 56, kText);
        memory.set(kText, ByteVector(64, '.'));
    }
    void record(std::uint64_t id, std::uint64_t state, std::uint64_t begin, std::uint64_t next,
                std::string_view text, std::uint64_t text_at) {
        const std::uint64_t descriptor = kDescriptors + (id % 4) * 24;
        memory.word(descriptor, id | (state << 62));
        memory.word(descriptor + 8, begin);
        memory.word(descriptor + 16, next);
        memory.word(kInfos + (id % 4) * 88 + 8, 1'500'000'000 + id * 1000);
        memory.word(kInfos + (id % 4) * 88 + 16, text.size(), 2);
        if (text.empty()) return;
        memory.word(kText + text_at, id);
        memory.set(kText + text_at + 8, ByteVector(text.begin(), text.end()));
    }
};

}  // namespace

TEST_CASE("log: records of a ring, one of several lines, an empty one, one that wraps") {
    for (const bool big_endian : {false, true}) {
        Ring ring(5, 8, big_endian);
        ring.record(5, 2, 64 + 0, 64 + 16, "one", 0);
        ring.record(6, 1, 64 + 16, 64 + 32, "two\nx", 16);
        ring.record(7, 2, 3, 3, "", 0);
        ring.record(8, 2, 64 + 56, 128 + 16, "four", 0);
        const auto log = read_kernel_log(ring.memory, ring_info());
        REQUIRE(log.has_value());
        CHECK(*log ==
              "[    1.500006] two\n[    1.500006] x\n[    1.500007] \n[    1.500008] four\n");
    }
}

TEST_CASE("log: records that were reserved or reused are left out") {
    Ring ring(5, 8);
    ring.record(5, 0, 64, 80, "reserved", 0);
    ring.record(6, 3, 80, 96, "reusable", 16);
    ring.record(7, 2, 96, 112, "seven", 32);
    ring.record(8, 2, 112, 128, "eight", 48);
    ring.memory.word(kDescriptors + 24ULL * (8 % 4), (4ULL) | (2ULL << 62));  // an older record's
    const auto log = read_kernel_log(ring.memory, ring_info());
    REQUIRE(log.has_value());
    CHECK(*log == "[    1.500007] seven\n");
}

TEST_CASE("log: a damaged ring ends, and reads nothing outside") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 3000; ++round) {
        Ring ring(random(), random());
        for (std::uint64_t id = 0; id < 4; ++id) {
            ring.record(id, random() % 4, random() % 256, random() % 256, "text", 16 * id);
            if (round % 3 == 0) ring.memory.word(kDescriptors + id * 24 + 8, random());
            ring.memory.word(kInfos + id * 88 + 16, random(), 2);
        }
        if (round % 5 == 0) ring.memory.word(kRing, random() % 40, 4);
        if (round % 7 == 0) ring.memory.word(kRing + 48, random() % 70, 4);
        const auto log = read_kernel_log(ring.memory, ring_info());
        if (log) CHECK(log->size() < 4096);
    }
}

TEST_CASE("log: what is missing is named") {
    const Ring ring(0, 0);
    const auto unnamed = read_kernel_log(ring.memory, Vmcoreinfo("OSRELEASE=1\n"));
    REQUIRE_FALSE(unnamed.has_value());
    CHECK(unnamed.error().message == "VMCOREINFO does not name the kernel's log");
    const auto half = read_kernel_log(ring.memory, Vmcoreinfo("SYMBOL(prb)=1000\n"));
    REQUIRE_FALSE(half.has_value());
    CHECK(half.error().message == "VMCOREINFO does not describe the log");
    const auto absent = read_kernel_log(FakeMemory(), ring_info());
    REQUIRE_FALSE(absent.has_value());
    CHECK(absent.error().message == "the log's memory is not in the dump");
}

TEST_CASE("log: records before 5.10, wrapped") {
    for (const bool big_endian : {false, true}) {
        ByteWriter buffer(big_endian);
        const auto record = [&](std::uint64_t time, std::string_view text) {
            buffer.u64(time)
                .u16(16 + 16)
                .u16(text.size())
                .u32(0)
                .text_only(text)
                .zeros(16 - text.size());
        };
        record(2'000'000'000, "newest");
        record(1'000'000'000, "oldest");
        buffer.zeros(32);  // too small for the next one: the log goes on at the beginning
        FakeMemory memory(big_endian);
        memory.word(0x1000, 0x8000);
        memory.word(0x1008, buffer.size(), 4);
        memory.word(0x1010, 32, 4);
        memory.word(0x1014, 32, 4);
        memory.set(0x8000, buffer.data());
        const Vmcoreinfo info(
            "SYMBOL(log_buf)=1000\nSYMBOL(log_buf_len)=1008\nSYMBOL(log_first_idx)=1010\n"
            "SYMBOL(log_next_idx)=1014\nSIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\n"
            "OFFSET(printk_log.len)=8\nOFFSET(printk_log.text_len)=10\n");
        CHECK(read_kernel_log(memory, info).value().empty());
        memory.word(0x1014, 64, 4);
        CHECK(read_kernel_log(memory, info).value() == "[    1.000000] oldest\n");
        memory.word(0x1014, 4, 4);  // leads nowhere: one round at most
        CHECK(read_kernel_log(memory, info).value() ==
              "[    1.000000] oldest\n[    2.000000] newest\n[    1.000000] oldest\n");
    }
}

TEST_CASE("log: characters before 3.5") {
    FakeMemory memory;
    memory.word(0x1000, 0x8000);
    memory.word(0x1008, 8, 4);
    memory.word(0x1010, 3, 4);
    memory.set(0x8000, ByteWriter().text_only("ab\ncdefg").data());
    const Vmcoreinfo info("SYMBOL(log_buf)=1000\nSYMBOL(log_buf_len)=1008\nSYMBOL(log_end)=1010\n");
    CHECK(read_kernel_log(memory, info).value() == "ab\n");
    memory.word(0x1010, 11, 4);
    CHECK(read_kernel_log(memory, info).value() == "cdefgab\n");
}
