// Lines on standard error.
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

    /// One line.
    void say(std::string_view line) const;
    /// One line, unless the same was said before.
    void say_once(std::string_view line);

private:
    std::string program_;
    std::unordered_set<std::string> said_;
};

/// The last component of argv[0].
std::string program_name(std::string_view argv0);

}  // namespace symline::tools
