// Where a line of text stands in a log whose lines are JSON or CSV, or hold several that rsyslog
// wrote as one: in which string, how that is written, and where in the log something that is added
// to the text belongs.
//
//     if (line->embedded) {
//         const symline::EmbeddedLine& place = *line->embedded;
//         out += place.raw.substr(0, place.place_of(frame.logged.insert_at));
//         out += quoted(" (fs/read_write.c:582)", place.quoting, place.depth);
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace symline {

/// How text is written inside of another format.
enum class Quoting : std::uint8_t {
    json,      ///< with the escapes of a JSON string
    bytes,     ///< an array of numbers, one for each byte: journalctl's, where a text is no clean
               ///< UTF-8
    csv,       ///< a field in quotes, which are doubled in it
    octal,     ///< with rsyslog's "#012" for a line end and "#011" for a tab
    bare_csv,  ///< a field without quotes, see EmbeddedLine::separator
};

struct EmbeddedLine {
    /// From `at` bytes of the text on, up to the next of these, text and log run in parallel; what
    /// is added to the text in front of `at` belongs in front of `in_log`.
    struct Place {
        std::uint32_t at = 0;
        std::uint32_t in_log = 0;
    };

    /// The bytes of the log from the end of the embedded line before this one, in the same line of
    /// the log, to the end of this one; of the last one, to the end of the log's line. Nothing is
    /// left out between them.
    std::string_view raw;
    std::span<const Place> places;
    std::uint32_t text_begin = 0;  ///< what `places` call the start of the text
    std::uint32_t raw_begin = 0;   ///< and the start of `raw`
    bool last = true;              ///< the log's line ends with it
    Quoting quoting = Quoting::json;
    /// How many JSON strings the text is in: a string may hold JSON. Of bytes: without the array.
    unsigned depth = 1;
    /// What ends a field of CSV. The text of a bare one is all of it, in `raw` from place_of(0) to
    /// place_of(text.size()): where something with this character, a quote or a line end is added
    /// to it, quotes have to be put around the whole field, and those inside doubled.
    char separator = '\0';

    /// Where in `raw` what is added after the first `at` bytes of the text belongs.
    [[nodiscard]] std::size_t place_of(std::size_t at) const {
        return in_log(places, text_begin + at) - raw_begin;
    }
    /// The same for all lines that are in one line of the log; `places` are not empty.
    [[nodiscard]] static std::size_t in_log(std::span<const Place> places, std::size_t at) {
        std::size_t first = 0, count = places.size();
        while (count > 1) {
            const std::size_t half = count / 2;
            if (places[first + half].at <= at) {
                first += half;
                count -= half;
            } else {
                count = half;
            }
        }
        return places[first].in_log + (at - places[first].at);
    }
};

}  // namespace symline
