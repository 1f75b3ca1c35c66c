#include "tools/place_texts.h"

#include <utility>

#include "output/terminal_text.h"

namespace symline::tools {
namespace {

/// What the remembered texts may take; a log with more different places begins anew.
constexpr std::size_t kMaxBytes = std::size_t{8} * 1024 * 1024;
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

std::uint64_t key_of(const DecodedPlace& place, std::optional<std::size_t> chosen, bool in_string) {
    constexpr unsigned kChoiceBits = 6;
    const std::uint64_t choice = chosen ? *chosen + 1 : 0;
    return (place.id << kChoiceBits | choice) << 1 | (in_string ? 1 : 0);
}

std::size_t size_of(const PlaceText& text) {
    std::size_t size = sizeof text + 64 + text.json.size() + text.kernel.size();
    size += text.annotation.place.size();
    for (const auto& line : text.annotation.below) size += line.size() + sizeof(std::string);
    return size;
}

}  // namespace

PlaceTexts::PlaceTexts(const DecodeOptions& options, Decoder& decoder,
                       const std::shared_ptr<DebugFiles>& debug_files)
    : options_(options),
      decoder_(decoder),
      detailer_(options.shown, links_wanted(options), debug_files->options().sysroot, debug_files) {
}

const PlaceText& PlaceTexts::of(const DecodedPlace& place, std::optional<std::size_t> chosen,
                                bool in_string) {
    const auto key = key_of(place, chosen, in_string);
    if (const auto known = texts_.find(key); known != texts_.end()) return known->second;
    PlaceText text = make(place, chosen, in_string);
    bytes_ += size_of(text);
    if (bytes_ > kMaxBytes) {
        texts_.clear();
        bytes_ = size_of(text);
    }
    return texts_.emplace(key, std::move(text)).first->second;
}

PlaceText PlaceTexts::make(const DecodedPlace& place, std::optional<std::size_t> chosen,
                           bool in_string) {
    auto shown = output::shown_place(place, chosen);
    if (detailer_.wanted()) add_details(shown, place, chosen);
    // No terminal reads the strings of JSON.
    if (in_string && options_.style == DecodeStyle::text) {
        for (auto& details : shown.details) {
            for (auto& each : details) each.link.clear();
        }
    }
    PlaceText text;
    switch (options_.style) {
        case DecodeStyle::json:
            text.json = output::json_decoded(shown, prefixes(place, shown));
            break;
        case DecodeStyle::kernel:
            text.kernel = output::kernel_places(shown, source_prefix());
            break;
        case DecodeStyle::text: text.annotation = annotation(place, shown, in_string); break;
    }
    if (options_.explain && options_.style == DecodeStyle::text) {
        text.annotation.below.push_back(output::visible(output::explanation(place, chosen)));
    }
    return text;
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
    return {.prefix = source_prefix(), .assembler_prefix = decoder_.assembler_source_root()};
}

/// Source lines and links of each frame, as far as the memory for one place goes.
void PlaceTexts::add_details(output::ShownPlace& shown, const DecodedPlace& place,
                             std::optional<std::size_t> chosen) {
    if (shown.chains.empty()) return;
    const auto names = prefixes(place, shown);
    const auto release = place.of_kernel ? decoder_.release() : std::string_view{};
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < shown.chains.size(); ++i) {
        const Module& module = *place.candidates[chosen.value_or(0) + i].module;
        auto& details = shown.details.emplace_back();
        for (const Frame& frame : shown.chains[i]) {
            if (bytes > kMaxDetails) return;
            details.push_back(
                detailer_.details(frame, {module, names.prefix, release, names.assembler_prefix}));
            for (const auto& line : details.back().source) bytes += line.text.size() + sizeof line;
        }
    }
}

std::string_view PlaceTexts::source_prefix() {
    return options_.base_path == "auto" ? decoder_.source_root() : options_.base_path;
}

}  // namespace symline::tools
