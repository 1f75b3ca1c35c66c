#include "tools/display.h"

#include <cstdlib>

namespace symline::tools {
namespace {

std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : std::string_view();
}

bool decide(When when, bool automatic) {
    return when == When::always || (when == When::automatic && automatic);
}

}  // namespace

std::optional<When> when_named(std::string_view name) {
    if (name == "auto") return When::automatic;
    if (name == "always") return When::always;
    if (name == "never") return When::never;
    return std::nullopt;
}

Screen screen_of_environment(output::Reader reader) {
    const auto name = variable("TERM");
    const bool plain = name.empty() || name == "dumb";
    return {.terminal = reader == output::Reader::terminal,
            .no_colour = plain || !variable("NO_COLOR").empty(),
            .no_links = plain || name == "linux"};
}

Display display_on(const Screen& screen, const DisplayOptions& options) {
    const bool colour = decide(options.colour, screen.terminal && !screen.no_colour);
    return {.colour = colour ? output::Colour::yes : output::Colour::no,
            .links = decide(options.links, screen.terminal && !screen.no_links)};
}

}  // namespace symline::tools
