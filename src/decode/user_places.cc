#include "decode/user_places.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "elf/constants.h"
#include "symbolize/calls.h"

namespace symline::decode {
namespace {

using log::AddressScope;
using log::Format;

/// Files are mapped by pages: these bits of an address are the file's own.
constexpr std::uint64_t kPage = 0x1000;

/// "pthread_mutex_lock@@GLIBC_2.2.5"
std::string_view without_version(std::string_view symbol) {
    return symbol.substr(0, symbol.find('@'));
}

/// A crashed program's mapping must be as large as the file's code: else it is another file, or
/// something else of it that was mapped.
bool is_code_mapping(const Module& module, std::uint64_t size) {
    return size >= kPage && module.elf().address_in_code_mapping(size - kPage) &&
           !module.elf().address_in_code_mapping(size);
}

/// Some tools count from a Thumb function's symbol, which is one more than its address.
bool is_arm(const Module& module) {
    return module.elf().machine() == elf::kArm;
}

/// What the number can mean, best first.
std::vector<FileAddress> readings(const Module& module, const log::Occurrence& occurrence) {
    std::vector<FileAddress> found;
    const auto add = [&](std::optional<FileAddress> address) {
        if (address && module.sections().offset_of(*address)) found.push_back(*address);
    };
    if (!occurrence.address) return found;
    const std::uint64_t value = *occurrence.address;
    if (occurrence.space == AddressScope::mapping) {
        add(module.elf().address_in_code_mapping(value));
    } else if (occurrence.is_file_offset) {
        add(module.elf().address_of_file_offset(value));
        // perf before Linux 6.0 or so gives the address for programs that are loaded where they
        // say.
        if (module.elf().type() == FileType::executable) add(FileAddress{value});
    } else if (occurrence.space == AddressScope::user && occurrence.mapping.size != 0) {
        const std::uint64_t offset = value - occurrence.mapping.base;
        if (offset < occurrence.mapping.size) add(module.elf().address_in_code_mapping(offset));
    } else if (occurrence.space == AddressScope::user) {
        if (module.elf().type() == FileType::executable) add(FileAddress{value});
    } else if (occurrence.format == Format::coredumpctl || occurrence.format == Format::eu_stack ||
               occurrence.format == Format::hs_err) {
        // libdwfl and the Java virtual machine count from where the first segment is.
        add(FileAddress{module.elf().load_start().value + value});
    } else {
        add(FileAddress{value});
    }
    return found;
}

/// perf before Linux 6.0 or so, and other programs that print like it, give the runtime address.
bool is_runtime_address(const Module& module, const log::Occurrence& occurrence) {
    if (occurrence.space == AddressScope::user) return true;
    return occurrence.format == Format::perf_script && occurrence.is_file_offset &&
           occurrence.address && !module.elf().address_of_file_offset(*occurrence.address);
}

kernel::KernelPlace place_at(kernel::KernelFile& file, const Symbol& symbol,
                             std::uint64_t address) {
    return {&file, symbol.address, {address}, symbol.size};
}

/// The addresses in the symbol whose last digits are those of a running program's address, where a
/// caller's follows a call.
void add_by_page(kernel::KernelFile& file, const Symbol& symbol, const log::Occurrence& occurrence,
                 std::vector<kernel::KernelPlace>& places) {
    constexpr std::size_t kMaxPlaces = 16;
    const std::uint64_t start = symbol.address.value;
    const bool caller = occurrence.kind != log::Kind::exact;
    for (std::uint64_t offset = (*occurrence.address - start) % kPage; offset < symbol.size;
         offset += kPage) {
        const bool fits = !caller || symbolize::call_ends_at(file.module, {start + offset}) !=
                                         symbolize::CallAt::no;
        if (fits && places.size() < kMaxPlaces)
            places.push_back(place_at(file, symbol, start + offset));
    }
}

/// Where the text's symbol and offset lead, if its address agrees.
void add_by_offset(kernel::KernelFile& file, const Symbol& symbol,
                   const log::Occurrence& occurrence, const std::vector<FileAddress>& addresses,
                   std::vector<kernel::KernelPlace>& places) {
    FileAddress address{symbol.address.value + *occurrence.offset};
    bool agrees = !occurrence.address || std::ranges::find(addresses, address) != addresses.end();
    if (!agrees && is_arm(file.module)) {
        ++address.value;
        agrees = std::ranges::find(addresses, address) != addresses.end();
    }
    if (occurrence.address && addresses.empty() && is_runtime_address(file.module, occurrence))
        agrees = (address.value - *occurrence.address) % kPage == 0;
    if (agrees) places.push_back(place_at(file, symbol, address.value));
}

void add_in_symbol(kernel::KernelFile& file, const Symbol& symbol,
                   const log::Occurrence& occurrence, const std::vector<FileAddress>& addresses,
                   std::vector<kernel::KernelPlace>& places) {
    if (occurrence.offset) return add_by_offset(file, symbol, occurrence, addresses, places);
    if (!occurrence.address) {
        places.push_back(place_at(file, symbol, symbol.address.value));
    } else if (!addresses.empty()) {
        const auto& address = addresses.front();
        // A return address may follow the last instruction.
        if (address.value - symbol.address.value <= symbol.size)
            places.push_back(place_at(file, symbol, address.value));
    } else if (is_runtime_address(file.module, occurrence)) {
        add_by_page(file, symbol, occurrence, places);
    }
}

/// A name in its readable form is not found by that, but where it begins must be a symbol's start.
bool begins_elsewhere(kernel::KernelFile& file, const log::Occurrence& occurrence,
                      FileAddress address) {
    const bool whole = occurrence.format == Format::tombstone ||
                       occurrence.format == Format::hs_err ||
                       occurrence.format == Format::faulthandler;
    if (!whole || !occurrence.offset || occurrence.symbol.empty()) return false;
    const auto symbol = file.module.symbols().at(address);
    if (!symbol || !*symbol) return false;
    const FileAddress start{address.value - *occurrence.offset};
    const FileAddress of_thumb{start.value - (is_arm(file.module) ? 1 : 0)};
    const auto& symbols = file.symbols();
    return symbols.starting_at(start) == nullptr && symbols.starting_at(of_thumb) == nullptr;
}

/// Symbols at one address, or one symbol twice, are one place.
void leave_one_of_each(std::vector<kernel::KernelPlace>& places) {
    const auto at = [](const kernel::KernelPlace& place) { return place.address.value; };
    std::ranges::sort(places, {}, at);
    const auto rest = std::ranges::unique(places, {}, at);
    places.erase(rest.begin(), rest.end());
}

}  // namespace

std::string describe(UserMiss miss, std::string_view file) {
    switch (miss) {
        case UserMiss::low_bits_differ:
            return "the low bits of the address and of the offset in the file differ";
        case UserMiss::other_build: return "the file is of another build than the text";
        case UserMiss::no_symbol: return "no such symbol in " + std::string(file);
        case UserMiss::not_mapped: return "where the file was mapped is not known";
    }
    return {};
}

UserPlaces user_places(kernel::KernelFile& file, const log::Occurrence& occurrence) {
    const auto missed = [](UserMiss why) { return UserPlaces{.miss = why}; };
    if (occurrence.low_bits_differ) return missed(UserMiss::low_bits_differ);
    const auto& mapping = occurrence.mapping;
    if (mapping.size != 0 && !is_code_mapping(file.module, mapping.size))
        return missed(UserMiss::other_build);
    const auto addresses = readings(file.module, occurrence);
    UserPlaces answer;
    const auto symbols = file.symbols().named(without_version(occurrence.symbol));
    for (const Symbol* symbol : symbols)
        add_in_symbol(file, *symbol, occurrence, addresses, answer.places);
    leave_one_of_each(answer.places);
    if (!answer.places.empty()) return answer;
    if (!symbols.empty()) return missed(UserMiss::other_build);
    if (!addresses.empty() && begins_elsewhere(file, occurrence, addresses[0]))
        return missed(UserMiss::other_build);
    if (!addresses.empty()) return {.places = {{&file, addresses[0], addresses[0], 0}}};
    if (!occurrence.symbol.empty()) return missed(UserMiss::no_symbol);
    return missed(is_runtime_address(file.module, occurrence) ? UserMiss::not_mapped
                                                              : UserMiss::other_build);
}

}  // namespace symline::decode
