#include "symbolize/kernel_text.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace symline {
namespace {

std::string_view take_word(std::string_view& line) {
    const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

std::optional<std::uint64_t> number(std::string_view digits, int base) {
    if (base == 16 && digits.starts_with("0x")) digits.remove_prefix(2);
    std::uint64_t value = 0;
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    const auto result = std::from_chars(begin, end, value, base);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return value;
}

template <typename Take>
void for_each_line(std::string_view text, Take take) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace

Kallsyms::Kallsyms(std::string text) : text_(std::move(text)) {
    if (text_.size() > UINT32_MAX) text_.resize(UINT32_MAX);
    for_each_line(text_, [this](std::string_view line) { add(line); });
    std::ranges::stable_sort(entries_, {}, &Entry::address);
    by_name_.resize(entries_.size());
    for (std::uint32_t i = 0; i < by_name_.size(); ++i) by_name_[i] = i;
    std::ranges::stable_sort(by_name_, {}, [this](std::uint32_t i) { return name(entries_[i]); });
}

void Kallsyms::add(std::string_view line) {
    const auto address = number(take_word(line), 16);
    const auto type = take_word(line);
    const auto symbol = take_word(line);
    // "A" is an absolute symbol, no place; per-CPU ones stand near 0.
    if (!address || *address == 0 || type.size() != 1 || symbol.empty()) return;
    if (type == "A" || type == "a") return;
    auto owner = take_word(line);
    if (owner.size() < 3 || owner.front() != '[' || owner.back() != ']') owner = {};
    if (!owner.empty() && owner.data() != symbol.data() + symbol.size() + 1) owner = {};
    const auto size = owner.empty() ? 0 : owner.size() - 2;
    entries_.push_back({*address, static_cast<std::uint32_t>(symbol.data() - text_.data()),
                        static_cast<std::uint32_t>(symbol.size()),
                        static_cast<std::uint32_t>(size)});
}

std::string_view Kallsyms::name(const Entry& entry) const {
    return std::string_view(text_).substr(entry.name, entry.name_size);
}

std::string_view Kallsyms::module(const Entry& entry) const {
    return std::string_view(text_).substr(entry.name + entry.name_size + 2, entry.module_size);
}

std::optional<KallsymsPlace> Kallsyms::at(RuntimeAddress address) const {
    const auto after = std::ranges::upper_bound(entries_, address.value, {}, &Entry::address);
    if (after == entries_.begin()) return std::nullopt;
    // Of several symbols at one address any leads to the same place.
    const Entry& entry = *(after - 1);
    const auto owner = entry.module_size == 0 ? std::string_view{} : module(entry);
    return KallsymsPlace{name(entry), owner, address.value - entry.address};
}

std::optional<RuntimeAddress> Kallsyms::address_of(std::string_view wanted) const {
    const auto by_name = [this](std::uint32_t i) { return name(entries_[i]); };
    for (const auto i : std::ranges::equal_range(by_name_, wanted, {}, by_name)) {
        if (entries_[i].module_size == 0) return RuntimeAddress{entries_[i].address};
    }
    return std::nullopt;
}

std::optional<std::string_view> Kallsyms::module_with(std::string_view wanted) const {
    const auto by_name = [this](std::uint32_t i) { return name(entries_[i]); };
    std::optional<std::string_view> owner;
    for (const auto i : std::ranges::equal_range(by_name_, wanted, {}, by_name)) {
        if (entries_[i].module_size == 0) continue;
        if (owner && *owner != module(entries_[i])) return std::nullopt;
        owner = module(entries_[i]);
    }
    return owner;
}

std::vector<LoadedModule> parse_modules(std::string_view text) {
    std::vector<LoadedModule> modules;
    for_each_line(text, [&](std::string_view line) {
        const auto name = take_word(line);
        const auto size = number(take_word(line), 10);
        for (int skipped = 0; skipped < 3; ++skipped) take_word(line);  // uses, users, state
        const auto base = number(take_word(line), 16);
        if (!name.empty() && size && base && *base != 0) {
            modules.push_back({std::string(name), RuntimeAddress{*base}, *size});
        }
    });
    std::ranges::sort(modules, {}, [](const LoadedModule& each) { return each.base.value; });
    return modules;
}

}  // namespace symline
