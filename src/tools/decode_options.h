// The command line of `symline decode`.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "tools/display.h"
#include "tools/ending.h"
#include "tools/fetch_session.h"
#include "tools/index_choice.h"

namespace symline::tools {

enum class DecodeStyle { text, kernel, json };

struct DecodeOptions {
    DecodeStyle style = DecodeStyle::text;
    std::vector<std::string> files;  ///< logs; none: standard input
    std::string vmlinux;
    std::string release;
    std::vector<std::string> modules;
    std::vector<std::string> debug_directories;  ///< empty: /usr/lib/debug below the sysroot
    std::string sysroot;
    std::string split_package;  ///< --dwp, for user programs
    FetchChoice fetch;
    IndexUse index = index_use_of_environment();
    std::vector<std::string> debug_files;
    std::vector<std::string> packages;
    std::optional<std::uint64_t> kaslr_offset;
    std::string kallsyms;
    std::string modules_text;
    bool explain = false;
    /// --style=kernel: addresses are looked up as they are (-R).
    bool exact = false;
    /// --style=kernel: taken off every path; "auto": what stands before init/main.c.
    std::string base_path = "auto";
    DisplayOptions shown;
    /// What `shown` means on this standard output; decided by the caller.
    Display display;
};

/// `words` is the command line without the program's name. `stdin_is_terminal` decides what no
/// words at all mean: decode standard input, or help.
std::expected<DecodeOptions, Ending> parse_symline(std::vector<std::string> words,
                                                   bool stdin_is_terminal);

}  // namespace symline::tools
