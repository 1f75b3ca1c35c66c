#include "log/code_line.h"

#include <doctest/doctest.h>

#include <string>

#include "log/parser.h"

using namespace symline::log;

namespace {

ParsedLine parsed(std::string_view line) {
    ParsedLine result;
    Parser().parse(line, result);
    return result;
}

}  // namespace

TEST_CASE("code line: numbers, their size and the mark of each architecture") {
    const auto x86 = parse_code("48 83 ec 28 <48> 89 7d d0");
    REQUIRE(x86);
    CHECK(x86->unit == 1);
    CHECK(x86->units.size() == 8);
    CHECK(x86->marked == 4);
    CHECK(x86->units[1] == 0x83);
    const auto arm64 = parse_code("aa0103e1 f9400421 (f9400021)");
    REQUIRE(arm64);
    CHECK(arm64->unit == 4);
    CHECK(arm64->marked == 2);
    CHECK(arm64->units[2] == 0xf9400021);
    const auto riscv = parse_code("4785 a001 (a001) 0001 ");
    REQUIRE(riscv);
    CHECK(riscv->unit == 2);
    CHECK(riscv->marked == 2);
    const auto mips = parse_code(" 8c820000  00000000 <8c620000> 03e00008");
    REQUIRE(mips);
    CHECK(mips->marked == 2);
}

TEST_CASE("code line: no mark, unreadable words") {
    CHECK_FALSE(parse_code("48 83 ec 28")->marked);
    const auto above = parse_code("XXXXXXXX XXXXXXXX 7c0802a6 <f8010010> 60000000 XXXXXXXX");
    REQUIRE(above);
    CHECK(above->units.size() == 3);
    CHECK(above->marked == 1);
    CHECK_FALSE(parse_code("XXXXXXXX (XXXXXXXX) "));
}

TEST_CASE("code line: cut off within its last word") {
    const auto x86 = parse_code("48 83 ec 28 <48> 89 7");
    REQUIRE(x86);
    CHECK(x86->units.size() == 6);
    CHECK(x86->marked == 4);
    const auto arm64 = parse_code("aa0103e1 d503201f d503201f (f9400421) f94000");
    REQUIRE(arm64);
    CHECK(arm64->units.size() == 4);
    CHECK_FALSE(parse_code("48 8 ec"));
    CHECK_FALSE(parse_code("48 83 <4>"));
}

TEST_CASE("code line: what is not one") {
    for (const char* text : {"", "Unable to access", "48 8", "48 83 <ec", "48 <83> <ec>", "48 833",
                             "48 g3", "<>", "(48>", "48 83 and more", "123 456", "0123456789"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_code(text));
    }
    std::string longest;
    for (int i = 0; i < 8192; ++i) longest += "90 ";
    CHECK(parse_code(longest)->units.size() == 8192);
    CHECK_FALSE(parse_code(longest + "90"));
}

TEST_CASE("code line: a program counter is never overlooked, and bytes need not be there") {
    CHECK(Parser::may_match("[    4.1] RIP: 0033:0x47b7a0"));
    CHECK(parsed("Code: Unable to access opcode bytes at 0xffffffffffffffd6.").facts.is_code);
    CHECK_FALSE(parsed("Code of conduct").facts.is_code);
}

TEST_CASE("code line: which line gives the program counter") {
    struct Row {
        const char* line;
        bool names;
        bool found;
        CodeMachine machine;
    };
    const Row rows[] = {
        {"[    1.0] RIP: 0010:do_fork+0x10/0x30", true, true, CodeMachine::x86_64},
        {"RIP: 0033:0x47b7a0", true, false, CodeMachine::x86_64},
        {"RIP: 0010:[<ffffffff82d4e304>]  [<ffffffff82d4e304>] __memset+0x24/0x30", true, true,
         CodeMachine::x86_64},
        {"EIP: do_fork+0x10/0x30", true, true, CodeMachine::i386},
        {"pc : selinux_socket_sendmsg+0x28/0x58", true, true, CodeMachine::arm64},
        {"pc : [<c019d604>]    lr : [<c018dcc8>]    psr: 000f0193", true, true, CodeMachine::arm},
        {"PC is at update_vsyscall+0x1c/0x380", true, true, CodeMachine::unknown},
        {"epc : io_ring_exit_work+0x44c/0xbc0", true, true, CodeMachine::riscv},
        {"epc   : 8ed80668 mt76x02_add_interface+0x6c/0x88 [mt76x02_lib]", true, true,
         CodeMachine::mips},
        {"NIP [c000000000ac0ce8] dbs_update_util_handler+0x18/0xf0", true, true, CodeMachine::ppc},
        {"pc 900000000410645c ra 90000000041310b8 tp 900000000", true, true,
         CodeMachine::loongarch},
        {"------------[ cut here ]------------", true, false, CodeMachine::unknown},
        {"BUG: KASAN: slab-out-of-bounds in kmalloc_oob_right+0xac/0xc3", true, false,
         CodeMachine::unknown},
        {"lr : selinux_socket_sendmsg+0x18/0x58", false, false, CodeMachine::unknown},
        {" do_fork+0x10/0x30", false, false, CodeMachine::unknown},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const auto line = parsed(row.line);
        CHECK(line.facts.names_pc == row.names);
        CHECK(line.facts.pc.has_value() == row.found);
        CHECK(line.facts.machine == row.machine);
    }
}
