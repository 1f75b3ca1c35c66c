// What --help and --version print.
#pragma once

#include <string>
#include <string_view>

namespace symline::tools {

std::string addr2line_help(std::string_view program);
std::string version_text(std::string_view program);

}  // namespace symline::tools
