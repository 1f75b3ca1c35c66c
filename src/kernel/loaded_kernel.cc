#include "kernel/loaded_kernel.h"

#include <algorithm>

#include "base/path.h"

namespace symline::kernel {
namespace {

/// "0x2b" of 0x2b0: the line may have been cut off, which says nothing of the file.
bool lacks_digits(std::uint64_t text_size, std::uint64_t size) {
    while (size > text_size) size >>= 4;
    return size == text_size && size != 0;
}

/// Of a function that is there and is not the one that ran.
KernelMiss size_miss(KernelFile& file, const KernelQuestion& question, const Symbol& symbol) {
    KernelMiss miss{.code = KernelMiss::beyond_symbol};
    // Files of a build-id tree or of debuginfod's cache have names that say nothing.
    miss.file = file.found_by == FoundBy::explicit_path
                    ? std::string(base::file_name(file.module.path()))
                    : std::string(question.module.empty() ? "vmlinux" : question.module);
    miss.size = file.symbols().size(symbol);
    miss.wanted = question.offset;
    if (!question.size || *question.size == miss.size) return miss;
    miss.size = file.symbols().printed_size(symbol);
    if (*question.size != miss.size) {
        miss.code = KernelMiss::other_size;
        miss.wanted = *question.size;
    }
    return miss;
}

/// Whether there is already a place of that symbol: it has several names.
bool has(const std::vector<KernelPlace>& places, FileAddress start) {
    return std::ranges::find(places, start, &KernelPlace::start) != places.end();
}

struct FoundPlaces {
    /// Of the size that a kernel prints, or of any where the text gives none.
    std::vector<KernelPlace> exact;
    /// Of a size that includes the symbols inside of it, as other programs count.
    std::vector<KernelPlace> whole;
    /// In the last symbol of a section, whose size in a running kernel is not the file's.
    std::vector<KernelPlace> open_ended;

    bool has(FileAddress start) const {
        return kernel::has(exact, start) || kernel::has(whole, start) ||
               kernel::has(open_ended, start);
    }
    std::vector<KernelPlace> best() && {
        if (!exact.empty()) return std::move(exact);
        return std::move(whole.empty() ? open_ended : whole);
    }
};

/// Counts each size that the text gives against the file's own, too.
FoundPlaces find_places(KernelFile& file, const KernelQuestion& question,
                        const std::vector<const Symbol*>& symbols) {
    FoundPlaces found;
    // Of a module's data the kernel counts from the end of the module's code, which is before it.
    const std::uint64_t text_size = question.size.value_or(0);
    const bool sized = question.size.has_value() && text_size >> 63 == 0;
    for (const Symbol* symbol : symbols) {
        const auto section = file.module.sections().offset_of(symbol->address);
        if (!section || question.offset > section->section->size - section->offset) continue;
        if (found.has(symbol->address)) continue;
        const std::uint64_t whole = file.symbols().size(*symbol);
        const std::uint64_t printed = file.symbols().printed_size(*symbol);
        const std::uint64_t size = sized && text_size == printed ? printed : whole;
        const KernelPlace place{
            &file, symbol->address, {symbol->address.value + question.offset}, size};
        const bool agrees = !sized || text_size == size;
        const bool last = file.is_last(*symbol, printed);
        const bool counts = agrees || !lacks_digits(text_size, size);
        if (sized && symbols.size() == 1 && !last && counts) {
            file.count_size(*symbol, agrees ? SizeMatch::same : SizeMatch::other);
        }
        if (agrees && question.offset <= size) {
            auto& matched = sized && size != printed ? found.whole : found.exact;
            matched.push_back(place);
        } else if (last && sized && text_size > size) {
            found.open_ended.push_back(place);
        }
    }
    return found;
}

/// What the kernel prints as a place of code is no variable of the same name.
std::vector<KernelPlace> code_first(KernelFile& file, std::vector<KernelPlace> places) {
    const auto is_data = [&](const KernelPlace& place) {
        const auto at = file.module.sections().offset_of(place.start);
        return !at || !at->section->executable();
    };
    if (!std::ranges::all_of(places, is_data)) std::erase_if(places, is_data);
    return places;
}

bool has_size(const KernelSymbols& symbols, const Symbol& symbol, std::uint64_t size) {
    return symbols.printed_size(symbol) == size || symbols.size(symbol) == size;
}

/// Those whose names a kernel made by clang cuts to the one in the text, unless symbols of the
/// whole name are there, `named`. Full LTO calls two functions of one name "f" and "f.123": the
/// size may say that it is not "f".
std::vector<const Symbol*> symbols_cut_to(const KernelSymbols& symbols,
                                          const KernelQuestion& question,
                                          std::vector<const Symbol*> named) {
    if (named.empty()) return symbols.cut_to(question.symbol);
    const auto of_size = [&](const Symbol* each) {
        return has_size(symbols, *each, *question.size);
    };
    if (!question.size || std::ranges::any_of(named, of_size)) return named;
    auto cut = symbols.cut_to(question.symbol);
    std::erase_if(cut, [&](const Symbol* each) { return !of_size(each); });
    return cut.empty() ? named : cut;
}

/// On ppc64 before ELFv2 ".name" is the function's code, and "name" its descriptor; the files of
/// later kernels have one symbol for both.
std::vector<const Symbol*> symbols_named(KernelFile& file, const KernelQuestion& question) {
    auto symbols = file.symbols().named(question.symbol);
    if (symbols.empty() && question.symbol.starts_with('.')) {
        symbols = file.symbols().named(question.symbol.substr(1));
    }
    return symbols_cut_to(file.symbols(), question, std::move(symbols));
}

}  // namespace

KernelPlaces LoadedKernel::places_in(KernelFile& file, const KernelQuestion& question) {
    const auto symbols = symbols_named(file, question);
    auto found = find_places(file, question, symbols);
    if (file.of_another_build() && !refused(file) && !files_.of_other_build(file)) {
        refuse(file, "more than a tenth of the function sizes in the text are not its own");
    }
    if (refused(file)) return KernelPlaces(KernelMiss{KernelMiss::other_build});
    if (auto best = std::move(found).best(); !best.empty())
        return {code_first(file, std::move(best)), {}};
    if (symbols.empty()) {
        return KernelPlaces(KernelMiss{KernelMiss::no_symbol, file.module.path()});
    }
    KernelPlaces answer(size_miss(file, question, *symbols.front()));
    // A bare "main+42" may as well be of a program.
    if (question.size) answer.mismatch = answer.miss;
    return answer;
}

KernelFile* LoadedKernel::file_of(const KernelQuestion& question) {
    return question.module.empty() ? vmlinux() : module(question.module, question.build_id);
}

KernelPlaces LoadedKernel::places(const KernelQuestion& question) {
    KernelFile* file = file_of(question);
    KernelPlaces answer;
    if (file == nullptr) {
        const bool of_module = !question.module.empty();
        answer =
            KernelPlaces(KernelMiss{of_module ? KernelMiss::no_module : KernelMiss::no_vmlinux});
    } else if (refused(*file)) {
        answer = KernelPlaces(KernelMiss{KernelMiss::other_build});
    } else {
        answer = places_in(*file, question);
    }
    if (!answer.places.empty() || !question.any_module || !question.module.empty()) return answer;
    KernelFile* owner = module_with(question.symbol);
    return owner == nullptr || refused(*owner) ? answer : places_in(*owner, question);
}

KernelFile* LoadedKernel::module_with(std::string_view symbol) {
    if (kallsyms_ == nullptr || kallsyms_->empty()) {
        return module_symbols_.module_with(symbol, files_);
    }
    const auto owner = kallsyms_->module_with(symbol);
    return owner ? module(*owner, {}) : nullptr;
}

}  // namespace symline::kernel
