// What is shown besides the text of a location: source lines, links, colours.
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

/// The options as given.
struct DisplayOptions {
    std::uint32_t source_lines = 0;  ///< --source; 0: none
    std::vector<std::string> source_directories;
    When colour = When::automatic;
    When links = When::never;
    std::optional<output::UrlTemplate> url;
};

/// The properties of standard output.
struct Screen {
    bool terminal = false;
    bool no_colour = false;  ///< NO_COLOR is set, or TERM names a terminal that has none
    bool no_links = false;   ///< TERM names a terminal that would show the sequences
};
/// Everything except the reader comes from the environment.
Screen screen_of_environment(output::Reader reader);

/// The effect of the options on that screen.
struct Display {
    output::Colour colour = output::Colour::no;
    bool links = false;
};
Display display_on(const Screen& screen, const DisplayOptions& options);

}  // namespace symline::tools
