// The three ways in which a decoded log shows a place: text added to the line and lines below it,
// the words of scripts/decode_stacktrace.sh, JSON. Pure: all of it is made from frames and strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "output/names.h"
#include "output/source.h"
#include "symline/decoded_line.h"
#include "symline/found_by.h"
#include "symline/frame.h"

namespace symline::output {

using Chain = std::vector<Frame>;  ///< innermost first

/// What else is shown of a frame's place, where it was asked for.
struct PlaceDetails {
    std::string link;  ///< a URI; see hyperlink.h
    std::vector<SourceLine> source;
};

/// What was found for one place of a log.
struct ShownPlace {
    /// The answer; when there are several, none of them is more likely than the others.
    std::vector<Chain> chains;
    /// One for each frame of each chain; no elements when none was asked for.
    std::vector<std::vector<PlaceDetails>> details;
    /// Said beside the line: "start of ret_from_fork", "definition".
    std::string remark;
    std::string demangled;                 ///< of the log's symbol; empty where it is not mangled
    bool at_start = false;                 ///< see DecodedCandidate
    std::optional<std::uint64_t> address;  ///< in the file; not yet decremented
    FoundBy found_by = FoundBy::nothing;
    std::string miss;          ///< why `chains` is empty
    bool other_build = false;  ///< the file is of another build than the log
    bool tail_call = false;    ///< see DecodedPlace
};

/// The candidate that is meant, or all of them.
ShownPlace shown_place(const DecodedPlace& place, std::optional<std::size_t> chosen);
/// Which rule applied and which file answered: "(explain) return address, looked up ...".
std::string explanation(const DecodedPlace& place, std::optional<std::size_t> chosen);

/// What the default style adds.
struct Annotation {
    std::string place;               ///< after the frame: " (file:line)"; may be empty
    std::vector<std::string> below;  ///< a line each, without prefix and line end
};
enum class Colour { no, yes };
Annotation annotate(const ShownPlace& decoded, const NameStyle& names, Colour colour = Colour::no);

/// "FILE:LINE FILE:LINE", innermost first; empty when there is no place.
std::string kernel_places(const ShownPlace& decoded, std::string_view base_path);

/// What stands in the log.
struct LoggedPlace {
    std::string_view input{};  ///< the file with the log; empty: standard input
    std::uint64_t line = 0;
    std::string_view text;
    std::string_view format;
    std::string_view kind;
    std::string_view claimed{};  ///< the kind by the text, where the file's code says otherwise
    bool code_decided = false;   ///< the code contradicts the text
    std::string_view symbol;
    std::optional<std::uint64_t> offset;
    std::optional<std::uint64_t> size;
    std::string_view module;
    std::string_view build_id;
    std::string_view host;
    std::string_view release;  ///< of the kernel
    std::string_view kernel_build_id;
    std::string_view time{};
};
/// The members of the JSON object that the log gives: from "{" up to and without the comma before
/// "address".
void append_json_logged(std::string& out, const LoggedPlace& logged);
/// The rest of the object, from the comma before "address" up to "}". Files are given as they are,
/// and as a path below the source tree where they begin with a prefix of `names`.
std::string json_decoded(const ShownPlace& decoded, const NameStyle& names = {});

/// The functions of a tail call, as an array.
std::string json_tail_call(const ShownPlace& decoded, const NameStyle& names = {});

/// Text of a log line that is taken apart as scripts/decode_stacktrace.sh does.
struct KernelLine {
    std::string before;        ///< all words before the symbol, with the spaces between them
    std::string_view segment;  ///< "0010:"; may be empty
    std::string_view symbol;   ///< "name+0xOFF/0xSIZE"
    std::string_view written;  ///< the symbol as it stands: with the parentheses around it
    std::string_view module;   ///< may be empty
    std::string_view build_id;
    std::string_view flags;  ///< "(P)"; may be empty
};
/// Nothing for a line that the script would leave alone. Views into `line`.
std::optional<KernelLine> parse_kernel_line(std::string_view line);
/// The line as the script prints it. `places` is that of kernel_places.
void append_kernel_line(std::string& out, const KernelLine& line, std::string_view places);

}  // namespace symline::output
