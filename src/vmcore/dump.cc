#include "vmcore/dump.h"

#include <algorithm>
#include <array>

#include "elf/constants.h"
#include "vmcore/format/compressed_vmcore.h"
#include "vmcore/format/elf_vmcore.h"
#include "vmcore/format/flattened_dump.h"
#include "vmcore/kernel_log.h"
#include "vmcore/memory/s390_memory.h"

namespace symline::vmcore {
namespace {

/// How much memory is searched for a VMCOREINFO that is in no note: 4 GB.
constexpr std::uint64_t kMaxSearchedPages = std::uint64_t{1} << 20;
constexpr std::string_view kFirstKey = "OSRELEASE=";

std::string_view characters(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Nothing in it is a kernel's: neither its notes nor where its memory lies.
bool is_process_core(const DumpHeader& header, const DumpNotes& notes) {
    return header.form == "ELF" && !notes.by_qemu && notes.vmcoreinfo.empty() &&
           !header.physical_base;
}

/// The page tables that it names lead back to where the kernel's text is: a page that an
/// earlier kernel left in memory does not.
bool leads_to_the_kernel(const PhysicalMemory& physical, const DumpNotes& notes) {
    const auto memory = kernel_memory(physical, notes);
    const auto text = notes.vmcoreinfo.symbol("_stext");
    return memory && text && memory->value<std::uint8_t>(*text).has_value();
}

bool is_read(std::uint16_t machine) {
    constexpr std::array kMachines{elf::kX86_64, elf::kArm64, elf::kRiscv, elf::kPpc64, elf::kS390};
    return std::ranges::find(kMachines, machine) != kMachines.end();
}

/// As uname -m names it.
std::string machine_name(const DumpHeader& header, std::uint16_t machine) {
    if (header.narrow && header.machine == 0) return "unknown, with 32 bits";
    switch (machine) {
        case 0: return "unknown to its header";
        case elf::kArm: return "arm";
        case elf::kI386: return "i386";
        case elf::kLoongarch: return "loongarch";
        case elf::kMips: return "mips";
        case elf::kPpc: return "ppc";
        default: return "number " + std::to_string(machine);
    }
}

}  // namespace

Expected<Dump> Dump::open(const std::string& path) {
    Dump dump;
    dump.path_ = path;
    auto file = open_dump_file(path, dump.problems_);
    if (!file) return std::unexpected(file.error());
    auto physical = open_physical_memory(std::move(*file), dump.problems_);
    if (!physical) {
        physical.error().file = path;
        return std::unexpected(physical.error());
    }
    dump.physical_ = std::move(*physical);
    const DumpHeader& header = dump.physical_->header();
    dump.notes_ = read_dump_notes(header);
    const auto no_dump = [&] {
        return std::unexpected(Error{ErrorCode::unsupported, path,
                                     "an ELF core, but not of a kernel: it has no VMCOREINFO"});
    };
    if (header.narrow && is_process_core(header, dump.notes_)) return no_dump();
    if (header.narrow || !is_read(dump.machine())) {
        return std::unexpected(
            Error{ErrorCode::unsupported, path,
                  "a kernel dump of machine " + machine_name(header, dump.machine()) +
                      ": only those of x86-64, arm64, riscv64, ppc64le and s390x are read"});
    }
    if (dump.notes_.vmcoreinfo.empty()) dump.find_vmcoreinfo();
    if (is_process_core(header, dump.notes_)) return no_dump();
    dump.memory_ = kernel_memory(*dump.physical_, dump.notes_);
    if (dump.memory_ == nullptr) {
        dump.problems_.emplace_back("the dump does not say where the kernel's page tables are");
    } else {
        dump.number_cpus();
    }
    return dump;
}

/// Those of s390x, as the kernel does.
void Dump::number_cpus() {
    for (DumpedCpu& cpu : notes_.cpus) {
        const auto* const registers = std::get_if<S390Registers>(&cpu.registers);
        if (registers == nullptr || !registers->prefix) continue;
        const auto number = s390_cpu_number(*memory_, notes_.vmcoreinfo, *registers->prefix);
        cpu.number = number.value_or(cpu.number);
    }
}

/// QEMU adds it to its dumps only when it has a vmcoreinfo device and the guest drives it. The
/// kernel keeps it in a page of its own.
void Dump::find_vmcoreinfo() {
    if (machine() == elf::kS390) notes_.vmcoreinfo = s390_vmcoreinfo(*physical_);
    if (!notes_.vmcoreinfo.empty()) return;
    std::vector<std::uint8_t> page(PhysicalMemory::kPageSize);
    std::array<std::uint8_t, kFirstKey.size()> begin{};
    physical_->for_each_page(kMaxSearchedPages, [&](std::uint64_t address) {
        if (!physical_->read(address, begin) || characters(begin) != kFirstKey) return true;
        if (!physical_->read(address, page)) return true;
        DumpNotes notes = notes_;
        notes.vmcoreinfo = Vmcoreinfo(characters(page));
        if (!leads_to_the_kernel(*physical_, notes)) return true;
        notes_ = std::move(notes);
        return false;
    });
    if (notes_.vmcoreinfo.empty()) {
        problems_.emplace_back("no VMCOREINFO in the dump's notes or memory");
    }
}

Expected<std::string> Dump::log() const {
    if (memory_ == nullptr) {
        return std::unexpected(
            Error{ErrorCode::unreadable, path_, "the kernel's memory cannot be read"});
    }
    auto log = read_kernel_log(*memory_, notes_.vmcoreinfo);
    if (!log) log.error().file = path_;
    return log;
}

bool is_kernel_dump(const std::string& path) {
    std::vector<std::string> problems;
    auto file = open_plain_file(path);
    if (!file) return false;
    if (is_flattened(**file) || is_compressed_vmcore(**file)) return true;
    if (!is_elf(**file)) return false;
    const auto memory = ElfVmcore::open(std::move(*file), problems);
    if (!memory) return false;
    const DumpNotes notes = read_dump_notes((*memory)->header());
    return notes.by_qemu || !notes.vmcoreinfo.empty();
}

}  // namespace symline::vmcore
