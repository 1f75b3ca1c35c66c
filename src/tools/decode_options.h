// The command line of `symline decode`.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "symline/decoder.h"
#include "tools/debug_file_places.h"
#include "tools/display.h"
#include "tools/ending.h"
#include "tools/fetch_session.h"
#include "tools/option_words.h"
#include "tools/resource_limits.h"

namespace symline::tools {

enum class DecodeStyle { text, kernel, json };

struct DecodeOptions {
    DecodeStyle style = DecodeStyle::text;
    std::vector<std::string> files;  ///< logs; none: standard input
    /// What the command line says of the kernel, as it is handed on.
    DecoderOptions decoder;
    DebugFileOptions places = unread_debug_file_options();
    ResourceLimits limits{.seconds = 0, .memory = {}};  ///< a log may be a stream without end
    FetchChoice fetch;
    std::string kallsyms;  ///< files whose text the decoder gets
    std::string modules_text;
    bool explain = false;
    bool strict = false;  ///< to decode nothing is a failure
    /// --style=kernel: taken off every path; "auto": what stands before init/main.c.
    std::string base_path = "auto";
    DisplayOptions shown;
    /// What `shown` means on this standard output; decided by the caller.
    Display display;
};

/// `words` is the command line after "decode".
std::expected<DecodeOptions, Ending> parse_decode(const std::vector<std::string>& words);

/// The same words, as far as it takes to tell whether they are its options and a log.
OptionWords read_decode_words(std::span<const std::string> words);
std::vector<std::string> decode_option_names();

}  // namespace symline::tools
