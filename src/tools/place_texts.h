// What the styles of `symline decode` print for a place, remembered: logs repeat their stacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "output/decode.h"
#include "symline/decoder.h"
#include "tools/decode_options.h"
#include "tools/place_details.h"

namespace symline::tools {

/// One of the members is filled in, by the style.
struct PlaceText {
    output::Annotation annotation;  ///< --style=default
    std::string kernel;             ///< --style=kernel
    std::string json;               ///< --style=json
};

class PlaceTexts {
public:
    /// All are borrowed.
    PlaceTexts(const DecodeOptions& options, Decoder& decoder,
               const std::shared_ptr<DebugFiles>& debug_files);

    /// The text of a place of the line that the Decoder returned last. `in_string`: it stands
    /// inside of a string of another format. Valid until the next call.
    const PlaceDetailer& detailer() const { return detailer_; }
    const PlaceText& of(const DecodedPlace& place, std::optional<std::size_t> chosen,
                        bool in_string = false);

private:
    PlaceText make(const DecodedPlace& place, std::optional<std::size_t> chosen, bool in_string);
    void add_details(output::ShownPlace& shown, const DecodedPlace& place,
                     std::optional<std::size_t> chosen);
    output::Annotation annotation(const DecodedPlace& place, const output::ShownPlace& shown,
                                  bool in_string);
    output::NameStyle prefixes(const DecodedPlace& place, const output::ShownPlace& shown);
    std::string_view source_prefix();

    const DecodeOptions& options_;
    Decoder& decoder_;
    PlaceDetailer detailer_;
    std::unordered_map<std::uint64_t, PlaceText> texts_;
    std::size_t bytes_ = 0;
};

}  // namespace symline::tools
