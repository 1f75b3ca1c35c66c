#include "decode/process_layout.h"

#include <doctest/doctest.h>

using namespace symline;
using symline::decode::ProcessLayout;

namespace {

log::Occurrence at(std::uint64_t address, log::Kind kind = log::Kind::exact) {
    log::Occurrence occurrence;
    occurrence.format = log::Format::symbolizer_markup;
    occurrence.kind = kind;
    occurrence.address = address;
    occurrence.space = log::AddressScope::user;
    return occurrence;
}

/// Two modules, of which the second one's text follows the first one's.
log::Facts process() {
    log::Facts facts;
    facts.begins_process = true;
    facts.user_modules = {{"prog", "aa11", 0}, {"libc.so", "bb22", 7}};
    facts.user_mappings = {{0x5000, 0x1000, 0, 0x1000}, {0x6000, 0x2000, 7, 0x26000}};
    return facts;
}

}  // namespace

TEST_CASE("process layout: an address is one of the module that is mapped there") {
    ProcessLayout layout;
    CHECK(!layout.located(at(0x5010)));
    layout.take(process());
    const auto found = layout.located(at(0x5010));
    REQUIRE(found);
    CHECK(found->file == "prog");
    CHECK(found->build_id == "aa11");
    CHECK(found->address == 0x1010);
    CHECK(found->space == log::AddressScope::file);
    CHECK(layout.located(at(0x7fff))->address == 0x27fff);
    CHECK(!layout.located(at(0x8000)));
    CHECK(!layout.located(at(0x4fff)));
}

TEST_CASE("process layout: a return address is of the module that the call is in") {
    ProcessLayout layout;
    layout.take(process());
    CHECK(layout.located(at(0x6000))->file == "libc.so");
    const auto caller = layout.located(at(0x6000, log::Kind::call));
    REQUIRE(caller);
    CHECK(caller->file == "prog");
    CHECK(caller->address == 0x2000);
    CHECK(layout.located(at(0x8000, log::Kind::call))->address == 0x28000);
    CHECK(!layout.located(at(0, log::Kind::call)));
}

TEST_CASE("process layout: the next process has other modules") {
    ProcessLayout layout;
    layout.take(process());
    log::Facts more;
    more.user_mappings = {{0x9000, 0x1000, 3, 0}};
    layout.take(more);
    CHECK(layout.located(at(0x5010)));
    CHECK(!layout.located(at(0x9010)));  // of a module that was not named
    log::Facts reset;
    reset.begins_process = true;
    layout.take(reset);
    CHECK(!layout.located(at(0x5010)));
}

TEST_CASE("process layout: modules of a core file's description have no numbers") {
    ProcessLayout layout;
    log::Facts facts;
    facts.user_modules = {{"libc.so.6", "aa11", {}}};
    facts.user_mappings = {{0x5000, 0x1000, 0, 0x1000}};
    layout.take(facts);
    CHECK(!layout.located(at(0x5010)));
}
