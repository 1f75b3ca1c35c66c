// Runs a program to its end, with a text as its standard input.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "symline/error.h"

namespace symline::verify {

/// GNU's program reads a kernel for half a minute before its first answer.
constexpr std::chrono::milliseconds kLongestPause = std::chrono::seconds(120);

/// The path of a program of that name in the folders of PATH; empty where there is none.
std::string program_in_path(std::string_view name);

/// What it printed, whatever its exit status. It runs in the C locale, without DEBUGINFOD_URLS;
/// what it says on standard error is lost. `words` begins with its path. Errors: unreadable (it
/// cannot be started, or was ended by a signal), unsupported (it printed nothing more for as long
/// as `longest_pause`, and was ended).
Expected<std::string> run_program(const std::vector<std::string>& words, std::string_view input,
                                  std::chrono::milliseconds longest_pause = kLongestPause);

}  // namespace symline::verify
