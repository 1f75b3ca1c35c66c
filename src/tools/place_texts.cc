#include "tools/place_texts.h"

#include <algorithm>
#include <utility>

#include "output/terminal_text.h"
#include "symline/demangle.h"

namespace symline::tools {
namespace {

/// What the remembered texts may take; a log with more different places begins anew.
constexpr std::size_t kMaxBytes = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kSlots = std::size_t{16} * 1024;
/// Source lines of one place, in bytes.
constexpr std::size_t kMaxDetails = std::size_t{1024} * 1024;

/// JSON is for programs: there the URLs that were asked for are given, terminal or not.
Links links_wanted(const DecodeOptions& options) {
    const bool in_json = options.shown.url && options.shown.links != When::never;
    switch (options.style) {
        case DecodeStyle::text: return options.display.links ? Links::yes : Links::no;
        case DecodeStyle::json: return in_json ? Links::yes : Links::no;
        case DecodeStyle::kernel: break;
    }
    return Links::no;
}

/// What a place is shown as stands in the key above its number.
constexpr unsigned kPlaceBits = 56;

/// Of modules without their vmlinux: the folder that the kernel was built in, where the compiler
/// mapped it to a relative path, which leads nowhere.
std::string_view build_folder(const output::ShownPlace& shown) {
    for (const Frame& frame : shown.chains.front()) {
        const SourceLocation& location = frame.location;
        const auto size = location.compilation_directory_size;
        if (size == 0 || location.file.starts_with('/')) continue;
        if (!location.relative_file().starts_with("../")) return location.file.substr(0, size);
    }
    return {};
}

std::uint64_t key_of(const DecodedPlace& place, std::optional<std::size_t> chosen, bool in_string) {
    const std::uint64_t choice = chosen ? *chosen + 1 : 0;
    return place.id | (choice << 1 | (in_string ? 1 : 0)) << kPlaceBits;
}

}  // namespace

PlaceText::PlaceText(const output::Annotation& annotation)
    : text_(annotation.place), place_size_(annotation.place.size()) {
    for (const std::string& line : annotation.below) (text_ += line) += '\n';
}

PlaceTexts::PlaceTexts(const DecodeOptions& options, Decoder& decoder,
                       const std::shared_ptr<DebugFiles>& debug_files)
    : options_(options),
      decoder_(decoder),
      detailer_(options.shown, links_wanted(options), debug_files->options().sysroot, debug_files) {
}

PlaceTexts::Slot& PlaceTexts::slot_of(std::uint64_t key) {
    // The texts of one place are in slots of their own, too.
    constexpr std::size_t kApart = 509;
    const auto at = (key + (key >> kPlaceBits) * kApart) % kSlots;
    if (at >= slots_.size()) slots_.resize(std::min(2 * at + 1, kSlots));
    return slots_[at];
}

const PlaceText& PlaceTexts::of(const DecodedPlace& place, std::optional<std::size_t> chosen,
                                std::string_view symbol, bool in_string) {
    const auto key = key_of(place, chosen, in_string);
    Slot& slot = slot_of(key);
    if (slot.key == key) return slot.text;
    PlaceText text = make(place, chosen, symbol, in_string);
    bytes_ += text.size() - slot.text.size();
    if (bytes_ > kMaxBytes) {
        bytes_ = text.size();
        std::ranges::fill(slots_, Slot{});
    }
    slot = {key, std::move(text)};
    return slot.text;
}

PlaceText PlaceTexts::make(const DecodedPlace& place, std::optional<std::size_t> chosen,
                           std::string_view symbol, bool in_string) {
    auto shown = output::shown_place(place, chosen);
    shown.demangled = demangle(symbol);
    if (shown.demangled == symbol) shown.demangled.clear();
    if (detailer_.wanted()) add_details(shown, place, chosen);
    // No terminal reads the strings of JSON.
    if (in_string && options_.style == DecodeStyle::text) {
        for (auto& details : shown.details) {
            for (auto& each : details) each.link.clear();
        }
    }
    switch (options_.style) {
        case DecodeStyle::json:
            if (place.tail_call) {
                return PlaceText(output::json_tail_call(shown, prefixes(place, shown)));
            }
            return PlaceText(output::json_decoded(shown, prefixes(place, shown)));
        case DecodeStyle::kernel: return PlaceText(output::kernel_places(shown, source_prefix()));
        case DecodeStyle::text: break;
    }
    auto text = annotation(place, shown, in_string);
    if (options_.explain) {
        text.below.push_back(output::visible(output::explanation(place, chosen)));
    }
    return PlaceText(text);
}

output::Annotation PlaceTexts::annotation(const DecodedPlace& place,
                                          const output::ShownPlace& shown, bool in_string) {
    auto names = prefixes(place, shown);
    names.functions = output::Functions::linkage;
    names.demangle = true;
    return output::annotate(shown, names, in_string ? output::Colour::no : options_.display.colour);
}

/// What is taken off the paths of a place: a program's source is not the kernel's.
output::NameStyle PlaceTexts::prefixes(const DecodedPlace& place, const output::ShownPlace& shown) {
    if (!place.of_kernel || shown.chains.empty()) return {};
    auto prefix = source_prefix();
    if (prefix.empty() && options_.base_path == "auto") prefix = build_folder(shown);
    return {.prefix = prefix, .assembler_prefix = decoder_.assembler_source_root()};
}

/// Source lines and links of each frame, as far as the memory for one place goes.
void PlaceTexts::add_details(output::ShownPlace& shown, const DecodedPlace& place,
                             std::optional<std::size_t> chosen) {
    if (shown.chains.empty()) return;
    const auto names = prefixes(place, shown);
    const auto release = place.of_kernel ? decoder_.release() : std::string_view{};
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < shown.chains.size(); ++i) {
        const DecodedCandidate& candidate = place.candidates[chosen.value_or(0) + i];
        auto& details = shown.details.emplace_back();
        for (const Frame& frame : shown.chains[i]) {
            if (bytes > kMaxDetails) return;
            details.push_back(detailer_.details(frame, {.module = *candidate.module,
                                                        .tree = names.prefix,
                                                        .release = release,
                                                        .assembler_tree = names.assembler_prefix,
                                                        .address = candidate.address}));
            for (const auto& line : details.back().source) bytes += line.text.size() + sizeof line;
        }
    }
}

std::string_view PlaceTexts::source_prefix() {
    return options_.base_path == "auto" ? decoder_.source_root() : options_.base_path;
}

}  // namespace symline::tools
