// LoadedKernel: where the addresses of a running kernel lie in its files.
#include "kernel/loaded_kernel.h"

namespace symline::kernel {
namespace {

/// Kernels are moved by whole pages at least; anything else is a hashed or a user address.
constexpr std::uint64_t kSlideAlignment = 0x1000;
/// x86's largest is 1 GB, arm64's within its module area of 2 GB; s390 moves by up to 16 PB, but
/// has its kernel at 0.
constexpr std::uint64_t kMaxSlide = std::uint64_t{1} << 56;

KernelPlaces missed(KernelMiss::Code code) {
    return KernelPlaces(KernelMiss{code});
}

/// Nothing where the section of that name ends before the offset.
std::optional<FileAddress> offset_in_section(const Module& module, std::string_view name,
                                             std::uint64_t offset) {
    const Section* section = module.sections().named(name);
    if (section == nullptr || !section->allocated() || offset >= section->size) return std::nullopt;
    return FileAddress{section->address.value + offset};
}

/// By the distance from a symbol of kallsyms, when that ends in the section of the symbol: a
/// section is loaded in one piece.
std::optional<FileAddress> place_by_symbol(KernelFile& file, const KallsymsPlace& near) {
    const auto symbols = file.symbols().named(near.name);
    if (symbols.size() != 1) return std::nullopt;
    const auto start = file.module.sections().offset_of(symbols.front()->address);
    if (!start || near.offset >= start->section->size - start->offset) return std::nullopt;
    return FileAddress{symbols.front()->address.value + near.offset};
}

}  // namespace

void LoadedKernel::learn(RuntimeAddress address, const KernelPlace& place,
                         PlacePrecision precision) {
    constexpr std::uint64_t kStep = 0x200000;
    if (slide_ || !files_.is_vmlinux(*place.file)) return;
    std::uint64_t slide = address.value - place.address.value;
    if (precision == PlacePrecision::symbol) {
        if (slide % kStep > place.size) return;
        slide -= slide % kStep;
    }
    if (slide % kSlideAlignment != 0 || slide >= kMaxSlide) return;
    slide_ = LoadBias{slide};
}

bool LoadedKernel::use(const Kallsyms* kallsyms) {
    kallsyms_ = nullptr;
    if (kallsyms == nullptr) return true;
    const auto running = kallsyms->address_of("_text");
    KernelFile* file = running ? vmlinux() : nullptr;
    if (file != nullptr) {
        for (const Symbol* symbol : file->symbols().named("_text")) {
            const LoadBias slide{running->value - symbol->address.value};
            if (slide_ && slide_ != slide) return false;
            slide_ = slide;
        }
    }
    kallsyms_ = kallsyms;
    return true;
}

std::optional<KernelPlace> LoadedKernel::place_in(KernelFile& file, FileAddress address) {
    if (refused(file) || !file.module.sections().offset_of(address)) return std::nullopt;
    KernelPlace place{&file, address, address, 0};
    if (const auto symbol = file.module.symbols().at(address); symbol && *symbol) {
        place.start = (*symbol)->address;
        place.size = (*symbol)->size;
    }
    return place;
}

/// Kallsyms has another symbol there than vmlinux: it is of another build.
bool LoadedKernel::contradicts_kallsyms(KernelFile& file, RuntimeAddress address) const {
    const auto near = kallsyms_ == nullptr ? std::nullopt : kallsyms_->at(address);
    if (!near || !near->module.empty()) return false;
    const FileAddress start = RuntimeAddress{address.value - near->offset} - *slide_;
    for (const Symbol* symbol : file.symbols().named(near->name)) {
        if (symbol->address == start) return false;
    }
    return true;
}

/// Not among the variables of each CPU: they are not moved, and x86 linked them at 0 before 6.15,
/// where a program's addresses are.
std::optional<KernelPlace> LoadedKernel::place_by_slide(KernelFile& file, RuntimeAddress address) {
    if (!slide_) return std::nullopt;
    const auto linked = file.module.sections().offset_of(address - *slide_);
    if (!linked || linked->section->name == ".data..percpu") return std::nullopt;
    return place_in(file, address - *slide_);
}

KernelPlaces LoadedKernel::places(RuntimeAddress address) {
    KernelFile* file = vmlinux();
    if (file != nullptr) {
        if (const auto place = place_by_slide(*file, address)) {
            if (!contradicts_kallsyms(*file, address)) return {{*place}, {}};
            return KernelPlaces(KernelMiss{KernelMiss::kallsyms_differ, file->module.path()});
        }
    }
    auto found = place_by_sections(address);
    if (found.places.empty()) {
        auto other = place_by_kallsyms(address);
        if (other.places.empty() && other.miss.empty()) other = place_by_base(address);
        if (!other.places.empty() || found.miss.empty()) found = std::move(other);
    }
    if (!found.places.empty() || !found.miss.empty()) return found;
    return missed(file == nullptr ? KernelMiss::no_vmlinux
                  : slide_        ? KernelMiss::not_in_kernel
                                  : KernelMiss::slide_unknown);
}

KernelPlaces LoadedKernel::place_by_kallsyms(RuntimeAddress address) {
    if (kallsyms_ == nullptr) return {};
    const auto symbols = kallsyms_->module_before(address);
    if (symbols.empty()) return {};
    KernelFile* file = module(symbols.front().module, {});
    if (file == nullptr) return missed(KernelMiss::no_module);
    if (file->symbols().named(symbols.front().name).empty())
        return missed(KernelMiss::not_in_module);
    for (const KallsymsPlace& near : symbols) {
        const auto place = place_by_symbol(*file, near);
        if (!place) continue;
        if (const auto found = place_in(*file, *place)) return {{*found}, {}};
        break;
    }
    return missed(KernelMiss::not_in_module);
}

/// Memory of initialisation sections is given to other modules later. Of two sections that claim an
/// address, the one that is still there has it; if both are gone, it cannot be told.
KernelPlaces LoadedKernel::place_by_sections(RuntimeAddress address) {
    if (loaded_ == nullptr) return {};
    // What another module had there while it was initialised is gone.
    const LoadedModule* holder = loaded_->at(address);
    if (holder != nullptr && module(holder->name, holder->build_id) == nullptr) return {};
    std::optional<KernelPlace> initial;
    bool several = false;
    for (const LoadedSection* section : loaded_->sections_around(address)) {
        KernelFile* file = module(section->module, {});
        if (file == nullptr) continue;
        const auto place =
            offset_in_section(file->module, section->name, address.value - section->address.value);
        const auto found = place ? place_in(*file, *place) : std::nullopt;
        if (!found) continue;
        if (!section->is_initial()) return {{*found}, {}};
        several = several || initial;
        initial = found;
    }
    if (several) return missed(KernelMiss::memory_reused);
    if (initial) return {{*initial}, {}};
    return {};
}

KernelPlaces LoadedKernel::layout_unknown(const KernelFile& file) {
    files_.note_unknown_layout(file);
    return missed(KernelMiss::layout_unknown);
}

KernelPlaces LoadedKernel::place_by_base(RuntimeAddress address) {
    const LoadedModule* loaded = loaded_ == nullptr ? nullptr : loaded_->at(address);
    if (loaded == nullptr) return {};
    if (!loaded->can_be_unloaded) {
        if (const KernelFile* file = module(loaded->name, {})) return layout_unknown(*file);
    }
    return place_after_base({loaded->name, {}}, address.value - loaded->base.value);
}

KernelPlaces LoadedKernel::place_after_base(const ModuleName& name, std::uint64_t offset) {
    KernelFile* file = module(name.name, name.build_id);
    if (file == nullptr) return missed(KernelMiss::no_module);
    if (!layout_is_known(file->module)) return layout_unknown(*file);
    const auto place = place_by_layout(file->module, offset);
    const auto found = place ? place_in(*file, *place) : std::nullopt;
    return found ? KernelPlaces({*found}, {}) : missed(KernelMiss::not_in_module);
}

KernelPlaces LoadedKernel::place_in_section(const ModuleName& name, std::string_view section,
                                            std::uint64_t offset) {
    KernelFile* file = module(name.name, name.build_id);
    if (file == nullptr) return missed(KernelMiss::no_module);
    const auto place = offset_in_section(file->module, section, offset);
    const auto found = place ? place_in(*file, *place) : std::nullopt;
    return found ? KernelPlaces({*found}, {}) : missed(KernelMiss::not_in_module);
}

}  // namespace symline::kernel
