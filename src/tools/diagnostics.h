// Lines on standard error. They contain untrusted names and paths, so control characters in them
// are made visible.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

namespace symline::tools {

class Diagnostics {
public:
    /// Every line begins with "`program`: ", or with nothing when `program` is empty.
    explicit Diagnostics(std::string program) : program_(std::move(program)) {}

    const std::string& program() const { return program_; }

    /// One line. A line end in it, as a name may have, is made visible like any control character.
    void say(std::string_view line) const;
    /// One line, unless it has been said before.
    void say_once(std::string_view line);
    /// A line, and where there are any lines of our own below it, such as the usage.
    void say_text(std::string_view line, std::string_view below) const;

private:
    std::string beginning() const;

    std::string program_;
    std::unordered_set<std::string> said_;
};

/// The last component of argv[0].
std::string program_name(std::string_view argv0);

}  // namespace symline::tools
