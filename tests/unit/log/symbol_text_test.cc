#include "log/symbol_text.h"

#include <doctest/doctest.h>

using symline::log::is_trap_entry;

TEST_CASE("entry code of traps is known by the beginning of its name, or by all of it") {
    for (const char* name :
         {"asm_exc_page_fault", "asm_sysvec_apic_timer_interrupt", "asm_common_interrupt",
          "el1h_64_sync", "el1t_64_irq", "el1_irq", "el1_sync", "el1_da", "apic_timer_interrupt",
          "page_fault", "ret_from_intr", "general_protection", "invalid_op"}) {
        CAPTURE(name);
        CHECK(is_trap_entry(name));
    }
    for (const char* name : {"", "asm_exc", "page_fault_oops", "ret_from_fork", "do_syscall_64"}) {
        CAPTURE(name);
        CHECK_FALSE(is_trap_entry(name));
    }
}
