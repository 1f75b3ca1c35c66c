#include "symline/owned_lookup.h"

#include <array>
#include <string>
#include <string_view>

namespace symline {
namespace {

/// A lookup, and the text that its views are to point to.
struct Stored {
    std::string text;
    Lookup lookup;
};

std::array<std::string_view*, 4> texts_of(Frame& frame) {
    return {&frame.name, &frame.linkage_name, &frame.location.file, &frame.declaration.file};
}

}  // namespace

OwnedLookup::OwnedLookup(const Lookup& lookup) {
    const auto stored = std::make_shared<Stored>();
    stored->lookup = lookup;
    std::size_t size = 0;
    for (Frame& frame : stored->lookup.frames) {
        for (const std::string_view* text : texts_of(frame)) size += text->size();
    }
    stored->text.reserve(size);  // so that it stays where it is
    for (Frame& frame : stored->lookup.frames) {
        for (std::string_view* text : texts_of(frame)) {
            const std::size_t begin = stored->text.size();
            stored->text += *text;
            *text = std::string_view(stored->text).substr(begin);
        }
    }
    lookup_ = {stored, &stored->lookup};
}

}  // namespace symline
