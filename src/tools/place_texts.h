// What the styles of `symline decode` print for a place, remembered: logs repeat their stacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "output/decode.h"
#include "symline/decoder.h"
#include "tools/decode_options.h"
#include "tools/place_details.h"

namespace symline::tools {

/// In one piece of memory, which is cold when a log comes back to its place.
class PlaceText {
public:
    PlaceText() = default;
    /// Of --style=kernel or json.
    explicit PlaceText(std::string text) : text_(std::move(text)), place_size_(text_.size()) {}
    /// Of the default style.
    explicit PlaceText(const output::Annotation& annotation);

    /// What stands after the frame: all of the text but the lines below.
    std::string_view place() const { return std::string_view(text_).substr(0, place_size_); }
    /// Lines, each with an end.
    std::string_view below() const { return std::string_view(text_).substr(place_size_); }
    std::size_t size() const { return text_.size(); }

private:
    std::string text_;
    std::size_t place_size_ = 0;
};

class PlaceTexts {
public:
    /// All are borrowed.
    PlaceTexts(const DecodeOptions& options, Decoder& decoder,
               const std::shared_ptr<DebugFiles>& debug_files);

    const PlaceDetailer& detailer() const { return detailer_; }
    /// The text of a place of the line that the Decoder returned last; `symbol` as the line names
    /// it. `in_string`: it stands inside of a string of another format. Valid until the next call.
    const PlaceText& of(const DecodedPlace& place, std::optional<std::size_t> chosen,
                        std::string_view symbol, bool in_string = false);

private:
    /// Numbers of places follow one another: each has its slot, until one that shares it comes.
    struct Slot {
        std::uint64_t key = 0;
        PlaceText text;
    };
    Slot& slot_of(std::uint64_t key);
    PlaceText make(const DecodedPlace& place, std::optional<std::size_t> chosen,
                   std::string_view symbol, bool in_string);
    void add_details(output::ShownPlace& shown, const DecodedPlace& place,
                     std::optional<std::size_t> chosen);
    output::Annotation annotation(const DecodedPlace& place, const output::ShownPlace& shown,
                                  bool in_string);
    output::NameStyle prefixes(const DecodedPlace& place, const output::ShownPlace& shown);
    std::string_view source_prefix();

    const DecodeOptions& options_;
    Decoder& decoder_;
    PlaceDetailer detailer_;
    std::vector<Slot> slots_;
    std::size_t bytes_ = 0;
};

}  // namespace symline::tools
