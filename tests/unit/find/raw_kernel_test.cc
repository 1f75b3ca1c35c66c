#include "find/raw_kernel.h"

#include <doctest/doctest.h>

#include "support/kernel_images.h"

using namespace symline;
using namespace symline::test;

namespace {

void insert(ByteVector& bytes, std::size_t at, const ByteVector& more) {
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), more.begin(), more.end());
}

}  // namespace

TEST_CASE("the note of a raw kernel in either byte order, not that of its vDSO") {
    for (const bool big_endian : {false, true}) {
        CAPTURE(big_endian);
        CHECK(find::build_id_in_raw_kernel(raw_kernel(big_endian)) ==
              BuildId::parse(std::string(40, '1')));
        CHECK_FALSE(find::build_id_in_raw_kernel(vdso(0x22, big_endian)));
    }
}

TEST_CASE("a raw kernel with two notes of its own has no build id that could be told") {
    for (const bool big_endian : {false, true}) {
        auto kernel = raw_kernel();
        insert(kernel, 128, build_id_note(0x33, big_endian));
        CHECK_FALSE(find::build_id_in_raw_kernel(kernel));
    }
    auto twice = raw_kernel();
    insert(twice, 128, build_id_note(0x11));
    CHECK(find::build_id_in_raw_kernel(twice));
}

TEST_CASE("damaged notes and ELF headers in a raw kernel") {
    CHECK_FALSE(find::build_id_in_raw_kernel({}));
    CHECK_FALSE(find::build_id_in_raw_kernel(ByteVector(100)));
    const auto note = build_id_note(0x11);
    for (std::size_t size = 0; size < note.size(); ++size) {
        CHECK_FALSE(find::build_id_in_raw_kernel({note.data(), size}));
    }
    CHECK_FALSE(find::build_id_in_raw_kernel(ByteWriter().string("GNU").zeros(20).data()));
    // A vDSO whose segment claims to reach beyond the bytes: whose note is whose cannot be told.
    auto kernel = vdso(0x22);
    const std::size_t segment = base::load<std::uint32_t>(kernel.data() + 32, false);
    put(kernel, segment + 32 + 4, 0x7fffffff);  // p_filesz
    append(kernel, build_id_note(0x11));
    CHECK_FALSE(find::build_id_in_raw_kernel(kernel));
}

TEST_CASE("thousands of ELF headers in a raw kernel take no time") {
    auto kernel = raw_kernel();
    for (int i = 0; i < 20000; ++i) append(kernel, ByteWriter().text_only("\177ELF\2\1\1").data());
    CHECK(find::build_id_in_raw_kernel(kernel));
}
