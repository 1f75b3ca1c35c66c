#include "process/unwind/thread_exit.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using process::exits_thread;
using symline::test::ByteWriter;
using symline::test::StackSource;

TEST_CASE("what clone does after a thread's function ends the thread") {
    StackSource source(elf::kPpc64);
    source.put_code(0x1100,
                    ByteWriter().u32(0xe8410018).u32(0x38000001).u32(0x44000002).zeros(8).data());
    CHECK(exits_thread(source, 0x1100));
    CHECK_FALSE(exits_thread(source, 0x1104));
    CHECK_FALSE(exits_thread(source, 0x1400));
    // The code of another machine.
    StackSource other(elf::kX86_64);
    other.put_code(0x1100,
                   ByteWriter().u32(0xe8410018).u32(0x38000001).u32(0x44000002).zeros(8).data());
    CHECK_FALSE(exits_thread(other, 0x1100));
    // Cut off.
    StackSource cut(elf::kPpc64);
    cut.put_code(0x1100, ByteWriter().u32(0xe8410018).u32(0x38000001).data());
    CHECK_FALSE(exits_thread(cut, 0x1100));
}
