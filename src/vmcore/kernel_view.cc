#include "vmcore/kernel_view.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/bytes.h"
#include "dwarf/call_frame_sections.h"
#include "symbolize/open_module.h"
#include "vmcore/kallsyms_table.h"
#include "vmcore/layout/btf.h"
#include "vmcore/layout/struct_layout.h"

namespace symline::vmcore {
namespace {

/// Most kernels are linked to the upper half of the addresses; below are those of CPU 0's variables
/// of x86-64 before Linux 6.15, which are not moved.
constexpr std::uint64_t kUpperHalf = std::uint64_t{1} << 63;

/// Each is in a unit that defines structures which are read from dumps: tasks and modules, the
/// sections of a module, ORC. Which of them a kernel has depends on its age.
constexpr std::array<std::string_view, 5> kFunctions{
    "start_kernel", "mod_sysfs_setup", "load_module", "unwind_next_frame", "schedule"};

/// A kernel's own has 4 to 6 MB.
constexpr std::uint64_t kMaxBtf = std::uint64_t{1} << 26;

}  // namespace

KernelView::KernelView(const KernelBytes& memory, kernel::KernelFile& vmlinux, LoadBias slide)
    : memory_(memory), vmlinux_(&vmlinux), slide_(slide) {}

KernelView::KernelView(const KernelBytes& memory, const KallsymsTable& symbols)
    : memory_(memory), kallsyms_(&symbols) {}

KernelView::~KernelView() = default;

std::optional<std::uint64_t> KernelView::symbol(std::string_view name) {
    if (kallsyms_ != nullptr) {
        auto known = symbols_.find(name);
        if (known == symbols_.end()) {
            known = symbols_.emplace(name, kallsyms_->address(name)).first;
        }
        return known->second;
    }
    const auto found = vmlinux_->symbols().named(name);
    if (found.empty()) return std::nullopt;
    const std::uint64_t linked = found.front()->address.value;
    return linked >= first_moved() ? linked + slide_.value : linked;
}

std::uint64_t KernelView::first_moved() {
    if (!first_moved_) {
        const auto text = vmlinux_->symbols().named("_stext");
        const bool low = !text.empty() && text.front()->address.value < kUpperHalf;
        first_moved_ = low ? 0 : kUpperHalf;
    }
    return *first_moved_;
}

std::optional<std::uint64_t> KernelView::function_start(std::uint64_t address) const {
    if (kallsyms_ != nullptr) {
        const auto held = kallsyms_->at(address);
        return held ? std::optional(held->start) : std::nullopt;
    }
    const auto found = vmlinux_->module.symbols().at(FileAddress{address - slide_.value});
    if (!found || !*found) return std::nullopt;
    return (*found)->address.value + slide_.value;
}

void KernelView::open_call_frames() {
    const elf::ElfFile* file = symbolize::debug_file(vmlinux_->module);
    call_frames_ = file != nullptr ? dwarf::open_debug_frames(*file) : std::nullopt;
}

std::optional<dwarf::CallFrame> KernelView::call_frame(std::uint64_t address) {
    if (vmlinux_ == nullptr) return std::nullopt;
    if (!std::exchange(call_frames_opened_, true)) open_call_frames();
    const auto rules = call_frames_ ? call_frames_->rules_at(address - slide_.value) : std::nullopt;
    return rules ? dwarf::simple_call_frame(*rules) : std::nullopt;
}

bool KernelView::open_layouts() {
    if (!std::exchange(opened_, true)) {
        const elf::ElfFile* const file =
            vmlinux_ != nullptr ? symbolize::debug_file(vmlinux_->module) : nullptr;
        if (file != nullptr && file->debug_section(".debug_info") != nullptr) {
            layouts_ = std::make_unique<StructLayouts>(*file);
        } else {
            open_btf();
        }
    }
    return layouts_ != nullptr || btf_ != nullptr;
}

void KernelView::open_btf() {
    const auto begin = symbol("__start_BTF");
    const auto end = symbol("__stop_BTF");
    if (!begin || !end || *end <= *begin) {
        layouts_problem_ = "the kernel was built without BTF (CONFIG_DEBUG_INFO_BTF)";
        if (vmlinux_ == nullptr && !symbol("init_task")) {
            layouts_problem_ =
                "the kernel's own symbols are of code alone (no CONFIG_KALLSYMS_ALL)";
        }
        return;
    }
    std::vector<std::uint8_t> bytes(std::min(*end - *begin, kMaxBtf));
    if (!memory_.read(*begin, bytes)) {
        layouts_problem_ = "the kernel's BTF is not in the dump";
        return;
    }
    auto btf = Btf::parse(std::move(bytes), memory_.big_endian());
    if (btf) {
        btf_ = std::make_unique<Btf>(std::move(*btf));
    } else {
        layouts_problem_ = btf.error().message;
    }
}

std::optional<std::string> KernelView::layouts_problem() {
    if (open_layouts() || layouts_problem_.empty()) return std::nullopt;
    return layouts_problem_;
}

std::vector<std::uint64_t> KernelView::units() {
    if (units_) return *units_;
    units_.emplace();
    for (const auto name : kFunctions) {
        for (const Symbol* symbol : vmlinux_->symbols().named(name)) {
            // The last byte: functions that can be patched begin with some before their DIE.
            units_->push_back(symbol->address.value + std::max<std::uint64_t>(symbol->size, 1) - 1);
        }
    }
    return *units_;
}

std::optional<MemberLayout> KernelView::member(std::string_view type, std::string_view path) {
    std::string key(type);
    (key += '.') += path;
    const auto [known, is_new] = members_.try_emplace(std::move(key));
    if (!is_new || !open_layouts()) return known->second;
    if (btf_) return known->second = btf_->member(type, path);
    for (const std::uint64_t address : units()) {
        known->second = layouts_->member(address, type, path);
        if (known->second) break;
    }
    return known->second;
}

std::optional<std::uint64_t> KernelView::size(std::string_view type) {
    if (!open_layouts()) return std::nullopt;
    if (btf_) return btf_->size(type);
    for (const std::uint64_t address : units()) {
        if (const auto size = layouts_->size(address, type)) return size;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> KernelView::at(std::uint64_t base, std::string_view type,
                                            std::string_view path) {
    const auto found = member(type, path);
    if (!found) return std::nullopt;
    return base + found->offset;
}

std::optional<std::uint64_t> KernelView::number(std::uint64_t base, std::string_view type,
                                                std::string_view path) {
    const auto found = member(type, path);
    std::array<std::uint8_t, 8> bytes{};
    const std::uint64_t size = found && found->size != 0 ? found->size : 8;
    if (!found || size > bytes.size()) return std::nullopt;
    const auto part =
        memory_.big_endian() ? std::span(bytes).last(size) : std::span(bytes).first(size);
    if (!memory_.read(base + found->offset, part)) return std::nullopt;
    const auto whole = base::load<std::uint64_t>(bytes.data(), memory_.big_endian());
    if (found->bit_size == 0) return whole;
    if (found->bit_size >= 64 || found->bit_offset >= 64) return std::nullopt;
    return (whole >> found->bit_offset) & ((std::uint64_t{1} << found->bit_size) - 1);
}

std::vector<std::uint64_t> KernelView::list(std::uint64_t head, std::size_t max, bool& broken) {
    std::vector<std::uint64_t> entries;
    std::unordered_set<std::uint64_t> seen{head};
    auto next = memory_.word(head);
    while (next && *next != head && entries.size() < max && seen.insert(*next).second) {
        entries.push_back(*next);
        next = memory_.word(*next);
    }
    broken = broken || !next || *next != head;
    return entries;
}

}  // namespace symline::vmcore
