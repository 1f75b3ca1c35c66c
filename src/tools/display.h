// What is shown of places besides their text: source lines, links, colours.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/decode.h"
#include "output/hyperlink.h"
#include "output/terminal_text.h"

namespace symline::tools {

enum class When { automatic, always, never };

/// "auto", "always", "never".
std::optional<When> when_named(std::string_view name);

/// Options as they were given.
struct DisplayOptions {
    std::uint32_t source_lines = 0;  ///< --source; 0: none
    std::vector<std::string> source_directories;
    When colour = When::automatic;
    When links = When::never;
    std::optional<output::UrlTemplate> url;
};

/// What standard output is.
struct Screen {
    bool terminal = false;
    bool no_colour = false;  ///< NO_COLOR is set, or TERM names a terminal that has none
    bool no_links = false;   ///< TERM names a terminal that would show the sequences
};
/// What is not known from the reader is in the environment.
Screen screen_of_environment(output::Reader reader);

/// What the options mean on that screen.
struct Display {
    output::Colour colour = output::Colour::no;
    bool links = false;
};
Display display_on(const Screen& screen, const DisplayOptions& options);

}  // namespace symline::tools
