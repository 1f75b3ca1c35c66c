#include "kernel/release_form.h"

#include <doctest/doctest.h>

using symline::kernel::has_form;

TEST_CASE("release form: digits, versions, anything, and RPM's architectures at the end") {
    CHECK(has_form("6.1.0-44", "#.#.#-#"));
    CHECK_FALSE(has_form("6.1-44", "#.#.#-#"));
    CHECK_FALSE(has_form("6.1.0-", "#.#.#-#"));
    CHECK(has_form("5.14.0-427.13.1.el9_4.x86_64", "#.#.#-~.el#_#.!"));
    CHECK(has_form("6.5.6-300.fc39.x86_64+debug", "#.#.#-#.fc#.!"));
    CHECK_FALSE(has_form("6.5.6-300.fc39.x86", "#.#.#-#.fc#.!"));
    CHECK(has_form("abc", "*"));
    CHECK(has_form("", "*"));
    CHECK_FALSE(has_form(".5", "~"));
    CHECK_FALSE(has_form("", "#"));
}
