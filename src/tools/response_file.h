// "@FILE" on a command line: replaced by the words in FILE, as GNU programs do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace symline::tools {

/// The words of a response file: separated by white space; quotes of both kinds group; a backslash
/// takes the next character as it is.
std::vector<std::string> split_words(std::string_view text);

/// Replaces every "@FILE" that can be read by its words, also those in the files themselves. One
/// that cannot be read stays as it is.
std::vector<std::string> expand_response_files(std::vector<std::string> words);

}  // namespace symline::tools
