// The words of a command line as LLVM's tools take them apart, which differs from getopt_long():
// long options are not abbreviated, "-afpe=FILE" is "-a -f -p -e FILE", and all that is wrong is
// said.
#pragma once

#include <getopt.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace symline::tools {

struct LlvmOptionWord {
    int letter = 0;  ///< `val` of the long option, or the short one itself
    std::string argument;
};

struct LlvmCommandLine {
    std::vector<LlvmOptionWord> options;
    std::vector<std::string> operands;
    std::vector<std::string> errors;  ///< in LLVM's words
};

/// `long_options` and `letters` are as getopt_long() wants them, without the entry of zeros.
LlvmCommandLine read_llvm_words(std::span<const std::string> words,
                                std::span<const option> long_options, std::string_view letters);

}  // namespace symline::tools
