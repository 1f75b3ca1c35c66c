// The options of symline-addr2line, as getopt_long() reads them.
#pragma once

#include <getopt.h>

#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

namespace symline::tools {

// Options with no letter of their own.
enum LongOption {
    opt_adjust_vma = 256,
    opt_approximate,
    opt_build_id,
    opt_cache_size,
    opt_color,
    opt_debug_dir,
    opt_debug_directory,
    opt_default_arch,
    opt_dsym_hint,
    opt_dwp,
    opt_debug_file,
    opt_debug_package,
    opt_debuginfod,
    opt_demangle_word,
    opt_disable_gsym,
    opt_fetch,
    opt_filter_markup,
    opt_functions,
    opt_gsym_directory,
    opt_ignored,
    opt_inlining,
    opt_index,
    opt_jobs,
    opt_no_demangle,
    opt_no_inlines,
    opt_no_untag,
    opt_offline,
    opt_output_style,
    opt_quiet,
    opt_relative,
    opt_relative_address,
    opt_skip_line_zero,
    opt_source_context,
    opt_source_directory,
    opt_sysroot,
    opt_untag,
    opt_core,
    opt_pid,
    opt_verbose,
};

// getopt_long and not an option library: that long names may be abbreviated, short ones joined
// ("-afpie FILE") and options follow addresses is what scripts written for GNU addr2line rely on.
// GNU's own options come first; abbreviations are searched among these alone.
constexpr option kLongOptions[] = {
    {"addresses", no_argument, nullptr, 'a'},
    {"basenames", no_argument, nullptr, 's'},
    {"demangle", optional_argument, nullptr, 'C'},
    {"exe", required_argument, nullptr, 'e'},
    {"functions", optional_argument, nullptr, opt_functions},
    {"help", no_argument, nullptr, 'h'},
    {"inlines", no_argument, nullptr, 'i'},
    {"no-recurse-limit", no_argument, nullptr, 'r'},
    {"no-recursion-limit", no_argument, nullptr, 'r'},
    {"pretty-print", no_argument, nullptr, 'p'},
    {"recurse-limit", no_argument, nullptr, 'R'},
    {"recursion-limit", no_argument, nullptr, 'R'},
    {"section", required_argument, nullptr, 'j'},
    {"target", required_argument, nullptr, 'b'},
    {"version", no_argument, nullptr, 'V'},
    // From here on LLVM's.
    {"adjust-vma", required_argument, nullptr, opt_adjust_vma},
    {"approximate-line-info", required_argument, nullptr, opt_approximate},
    {"build-id", required_argument, nullptr, opt_build_id},
    {"cache-size", required_argument, nullptr, opt_cache_size},
    {"color", optional_argument, nullptr, opt_color},
    {"debug-file-directory", required_argument, nullptr, opt_debug_directory},
    {"dwp", required_argument, nullptr, opt_dwp},
    {"debuginfod", no_argument, nullptr, opt_debuginfod},
    {"default-arch", required_argument, nullptr, opt_default_arch},
    {"dia", no_argument, nullptr, opt_ignored},
    {"disable-gsym", no_argument, nullptr, opt_disable_gsym},
    {"dsym-hint", required_argument, nullptr, opt_dsym_hint},
    {"fallback-debug-path", required_argument, nullptr, opt_debug_directory},
    {"filter-markup", no_argument, nullptr, opt_filter_markup},
    {"gsym-file-directory", required_argument, nullptr, opt_gsym_directory},
    {"inlining", optional_argument, nullptr, opt_inlining},
    {"no-debuginfod", no_argument, nullptr, opt_offline},
    {"no-demangle", no_argument, nullptr, opt_no_demangle},
    {"no-inlines", no_argument, nullptr, opt_no_inlines},
    {"no-untag-addresses", no_argument, nullptr, opt_no_untag},
    {"obj", required_argument, nullptr, 'e'},
    {"output-style", required_argument, nullptr, opt_output_style},
    {"print-address", no_argument, nullptr, 'a'},
    {"print-source-context-lines", required_argument, nullptr, opt_source_context},
    {"relative-address", no_argument, nullptr, opt_relative_address},
    {"relativenames", no_argument, nullptr, opt_relative},
    {"source-dir", required_argument, nullptr, opt_source_directory},
    {"skip-line-zero", no_argument, nullptr, opt_skip_line_zero},
    {"untag-addresses", no_argument, nullptr, opt_untag},
    {"verbose", no_argument, nullptr, opt_verbose},
    // And our own.
    {"core", required_argument, nullptr, opt_core},
    {"debug-dir", required_argument, nullptr, opt_debug_dir},
    {"debug-file", required_argument, nullptr, opt_debug_file},
    {"debug-package", required_argument, nullptr, opt_debug_package},
    {"fetch", required_argument, nullptr, opt_fetch},
    {"index", required_argument, nullptr, opt_index},
    {"jobs", required_argument, nullptr, opt_jobs},
    {"offline", no_argument, nullptr, opt_offline},
    {"quiet", no_argument, nullptr, opt_quiet},
    {"pid", required_argument, nullptr, opt_pid},
    {"sysroot", required_argument, nullptr, opt_sysroot},
    {nullptr, 0, nullptr, 0},
};
constexpr std::size_t kGnuOptionCount = 15;
constexpr std::size_t kOptionCount = std::size(kLongOptions) - 1;

// The colon in front makes getopt tell a missing argument from an unknown option.
constexpr const char* kShortOptions = ":ab:Ce:fhHij:prRsvV";

/// LLVM's options would make GNU's abbreviations ambiguous ("--d", "--f", "--in"): spells out those
/// that were unique among GNU's.
void spell_out_abbreviations(std::vector<std::string>& words);

}  // namespace symline::tools
