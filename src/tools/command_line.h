// Which of symline's commands a command line is for.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "tools/ending.h"

namespace symline::tools {

enum class Command { decode, find, index, core, verify };

struct CommandLine {
    Command command = Command::decode;
    std::vector<std::string> words;  ///< for the command: what follows its name
};

/// `words` is the command line without the program's name. Without a command's name, a file that is
/// there, or standard input unless it is a terminal, is decoded, and options of "decode" may stand
/// before the file. An ending for help, the version, options that there are not, and words that
/// name neither a command nor a file.
std::expected<CommandLine, Ending> read_command_line(std::vector<std::string> words,
                                                     bool stdin_is_terminal);

}  // namespace symline::tools
