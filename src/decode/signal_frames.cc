#include "decode/signal_frames.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "elf/constants.h"

namespace symline::decode {
namespace {

/// Of glibc and musl on x86, of Linux's vDSOs, of glibc on arm.
constexpr std::string_view kNames[] = {"__restore_rt",          "__restore",
                                       "__kernel_rt_sigreturn", "__kernel_sigreturn",
                                       "__vdso_rt_sigreturn",   "__default_rt_sa_restorer",
                                       "__default_sa_restorer"};

bool is_name(std::string_view symbol) {
    return std::ranges::find(kNames, symbol.substr(0, symbol.find('@'))) != std::end(kNames);
}

/// mov $15, %rax; syscall: glibc, musl and Go have the same.
constexpr std::array<std::uint8_t, 9> kX86Return = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};

}  // namespace

bool names_signal_return(const log::Occurrence& occurrence) {
    return is_name(occurrence.symbol);
}

bool is_signal_return(const kernel::KernelPlace& place) {
    const Module& module = place.file->module;
    const auto symbol = module.symbols().at(place.address);
    if (symbol && *symbol && (*symbol)->address == place.address && is_name((*symbol)->name))
        return true;
    if (module.elf().machine() != elf::kX86_64) return false;
    return std::ranges::equal(module.sections().contents_at(place.address, kX86Return.size()),
                              kX86Return);
}

}  // namespace symline::decode
