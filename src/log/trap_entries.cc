#include "log/trap_entries.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace symline::log {
namespace {

/// Families of entries: x86 since Linux 5.8 (arch/x86/include/asm/idtentry.h), arm64
/// (arch/arm64/kernel/entry.S).
/// All begin with 'a' or 'e'.
constexpr std::string_view kFronts[] = {"asm_common_interrupt",
                                        "asm_exc_",
                                        "asm_sysvec_",
                                        "el1_",  // irq, sync, da, dbg, undef, ...
                                        "el1h_64_",
                                        "el1t_64_"};

/// Sorted. x86 before Linux 5.8: arch/x86/entry/entry_64.S and entry_32.S; arm:
/// arch/arm/kernel/entry-armv.S; riscv: arch/riscv/kernel/entry.S; s390:
/// arch/s390/kernel/entry.S; mips: arch/mips/kernel/genex.S; loongarch:
/// arch/loongarch/kernel/genex.S.
constexpr std::string_view kNames[] = {
    "__dabt_svc",
    "__fiq_svc",
    "__irq_svc",
    "__pabt_svc",
    "__und_svc",
    "acrn_hv_callback_vector",
    "alignment_check",
    "apic_timer_interrupt",
    "async_page_fault",
    "bounds",
    "call_function_interrupt",
    "call_function_single_interrupt",
    "common_exception",
    "common_interrupt",
    "coprocessor_error",
    "coprocessor_segment_overrun",
    "debug",
    "deferred_error_interrupt",
    "device_not_available",
    "divide_error",
    "double_fault",
    "end_repeat_nmi",
    "error_code",
    "error_entry",
    "error_interrupt",
    "ext_int_handler",
    "general_protection",
    "handle_exception",
    "handle_int",
    "hv_stimer0_callback_vector",
    "hyperv_callback_vector",
    "hyperv_reenlightenment_vector",
    "int3",
    "invalid_TSS",
    "invalid_op",
    "io_int_handler",
    "irq_move_cleanup_interrupt",
    "irq_work_interrupt",
    "kvm_posted_intr_ipi",
    "kvm_posted_intr_nested_ipi",
    "kvm_posted_intr_wakeup_ipi",
    "machine_check",
    "mcck_int_handler",
    "nmi",
    "nmi_stack_correct",
    "overflow",
    "page_fault",
    "pgm_check_handler",
    "reboot_interrupt",
    "reschedule_interrupt",
    "ret_from_intr",
    "segment_not_present",
    "simd_coprocessor_error",
    "spurious_interrupt",
    "spurious_interrupt_bug",
    "stack_segment",
    "thermal_interrupt",
    "threshold_interrupt",
    "trace_apic_timer_interrupt",
    "trace_page_fault",
    "trace_reschedule_interrupt",
    "uv_bau_message_intr1",
    "x86_platform_ipi",
    "xen_do_hypervisor_callback",
    "xen_failsafe_callback",
    "xen_hvm_callback_vector",
};
static_assert(std::ranges::is_sorted(kNames));

/// For each first letter the sizes that names have: nearly all symbols are none of them, and each
/// frame of a log is asked about.
constexpr auto kSizes = [] {
    std::array<std::uint32_t, 256> sizes{};
    for (const std::string_view name : kNames) {
        sizes[static_cast<unsigned char>(name.front())] |= std::uint32_t{1} << name.size();
    }
    return sizes;
}();
static_assert(std::ranges::all_of(kNames, [](std::string_view name) { return name.size() < 32; }));

bool may_be_name(std::string_view symbol) {
    return !symbol.empty() && symbol.size() < 32 &&
           (kSizes[static_cast<unsigned char>(symbol.front())] >> symbol.size() & 1) != 0;
}

}  // namespace

bool is_trap_entry(std::string_view symbol) {
    if (symbol.empty()) return false;
    if (may_be_name(symbol) && std::ranges::binary_search(kNames, symbol)) return true;
    if (symbol.front() != 'a' && symbol.front() != 'e') return false;
    // What the entries of arm64 call: el1h_64_irq_handler, el1_sync_handler.
    if (symbol.front() == 'e' && symbol.ends_with("_handler")) return false;
    return std::ranges::any_of(kFronts,
                               [&](std::string_view front) { return symbol.starts_with(front); });
}

bool is_entry_code(std::string_view symbol) {
    return symbol.starts_with("asm_") || symbol.starts_with("el1");
}

bool is_outermost(std::string_view symbol) {
    constexpr std::string_view kOutermost[] = {
        "entry_SYSCALL",          "entry_SYSENTER",      "entry_INT80",
        "ret_from_fork",          "ret_fast_syscall",    "system_call",
        "ret_from_kernel_thread", "secondary_startup_64"};
    const auto begins = [&](std::string_view front) { return symbol.starts_with(front); };
    return std::ranges::any_of(kOutermost, begins) || symbol.starts_with("el0");
}

}  // namespace symline::log
