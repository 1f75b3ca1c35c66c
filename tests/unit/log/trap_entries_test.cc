#include "log/trap_entries.h"

#include <doctest/doctest.h>

using symline::log::is_trap_entry;

TEST_CASE("entry code of traps is known by the beginning of its name, or by all of it") {
    for (const char* name : {"asm_exc_page_fault",
                             "asm_sysvec_apic_timer_interrupt",
                             "asm_common_interrupt",
                             "el1h_64_sync",
                             "el1t_64_irq",
                             "el1_irq",
                             "el1_sync",
                             "el1_da",
                             "apic_timer_interrupt",
                             "page_fault",
                             "ret_from_intr",
                             "general_protection",
                             "invalid_op",
                             "reschedule_interrupt",
                             "call_function_single_interrupt",
                             "async_page_fault",
                             "error_entry",
                             "common_interrupt",
                             "nmi",
                             "end_repeat_nmi",
                             "hyperv_callback_vector",
                             "asm_exc_nmi",
                             "__irq_svc",
                             "__dabt_svc",
                             "el1_undef",
                             "handle_exception",
                             "pgm_check_handler",
                             "xen_hvm_callback_vector"}) {
        CAPTURE(name);
        CHECK(is_trap_entry(name));
    }
    for (const char* name : {"", "asm_exc", "page_fault_oops", "ret_from_fork", "do_syscall_64",
                             "common_interrupt_return", "handle_mm_fault", "nmi_handle",
                             "el1h_64_irq_handler", "el1_sync_handler"}) {
        CAPTURE(name);
        CHECK_FALSE(is_trap_entry(name));
    }
}
