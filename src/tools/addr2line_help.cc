#include "tools/addr2line_help.h"

#include "base/text.h"
#include "tools/addr2line_options.h"

namespace symline::tools {
namespace {

constexpr std::string_view kOptionsText =
    R"( Convert addresses into line number/file name pairs.
 If no addresses are specified on the command line, they will be read from stdin
 An address is hexadecimal, SYMBOL, SYMBOL+OFFSET or SECTION+OFFSET
 The options are:
  @<file>                Read options from <file>
  -a --addresses         Show addresses
  -b --target=<bfdname>  Set the binary file format
  -e --exe=<executable>  Set the input file name (default is a.out)
  -i --inlines           Unwind inlined functions
  -j --section=<name>    Read section-relative offsets instead of addresses
  -p --pretty-print      Make the output easier to read for humans
  -s --basenames         Strip directory names
  -f --functions[=none|short|linkage]
                         Show function names
  -C --demangle[=style]  Demangle function names
  -R --recurse-limit     Accepted, without effect
  -r --no-recurse-limit  Accepted, without effect
  -h -H --help           Display this information
  -v -V --version        Display the program's version
 Options of llvm-addr2line:
  --adjust-vma=<n>       The file is loaded <n> above its own addresses
  --approximate-line-info=before|after
                         Where the line is 0, take that of a neighbouring address
  --build-id=<hex>       Look up the file by its build id instead of -e
  --cache-size=<bytes>   What may be kept in memory of a file's debug information
  --color[=always|never|auto]
                         Whether --filter-markup writes colours
  --debug-file-directory=<dir>, --fallback-debug-path=<dir>
                         Where debug files are looked for (may be repeated)
  --debuginfod           The same as --fetch=auto
  --default-arch=<name>  The part of a universal Mach-O file to read
  --dia                  Accepted, without effect
  --disable-gsym         Do not read GSYM files
  --dsym-hint=<dir>      Look into this .dSYM folder of a Mach-O file (may be repeated)
  --dwp=<file>           The package (.dwp) of the file's split debug information
  --filter-markup        Replace the symbolizer markup of a log on standard input
  --gsym-file-directory=<dir>
                         Look for FILE.gsym in <dir> too (may be repeated)
  --inlining[=true|false]
                         The same as -i, or its opposite
  --no-debuginfod        The same as --fetch=never
  --no-demangle          Show function names as they are in the file
  --no-inlines           Show the innermost place only
  --no-untag-addresses   The top byte of a symbol's address is part of it
  --obj=<file>           The same as -e
  --output-style=LLVM|GNU|JSON
                         Whose style answers are printed in (default is GNU)
  --print-address        The same as -a
  --print-source-context-lines=<n>
                         Show <n> lines of source around each place
  --source-dir=<dir>     Look for source files below <dir> first (may be repeated)
  --relative-address     Addresses count from the base address of a PE file
  --relativenames        Show paths as they were given to the compiler
  --skip-line-zero       The same as --approximate-line-info=before
  --untag-addresses      The top byte of a symbol's address is a tag, as HWASan's
  --verbose              Show where functions begin too
 Where debug files are (each may be repeated, but for --sysroot):
  --debug-dir=<dir>      The same as --debug-file-directory
  --debug-file=<file>    Use <file> where it is the debug file
  --debug-package=<file>
                         Look into a .deb or .rpm that is not installed, or a folder of them
  --sysroot=<dir>        Look below <dir>/usr/lib/debug
 Addresses of a process (-e is its program, where it is not found by itself):
  --core=<file>          The process that left this core file
  --pid=<pid>            A living process
 How fast many addresses are answered:
  --index=auto|never|require
                         Answer from an index (symline index): where there is one
                         (default), never, or not without one
  --jobs=<n>             Threads (default is as many as there are processors)
 What may be fetched from the debuginfod servers in DEBUGINFOD_URLS:
  --fetch=auto|ask|never What is missing (default), after a question, or nothing
  --offline              The same as --fetch=never
  --quiet                Do not show how far a download is
)";

/// Which of LLVM's programs is meant; empty for GNU's.
std::string_view llvm_name(CalledAs called_as) {
    switch (called_as) {
        case CalledAs::addr2line: break;
        case CalledAs::llvm_addr2line: return "llvm-addr2line";
        case CalledAs::llvm_symbolizer: return "llvm-symbolizer";
    }
    return {};
}

}  // namespace

std::string addr2line_help(std::string_view program) {
    const auto llvm = llvm_name(called_as(program));
    std::string text;
    if (llvm.empty()) {
        base::append(text, {"Usage: ", program, " [option(s)] [addr(s)]\n"});
    } else {
        base::append(text, {"OVERVIEW: ", llvm, "\n\nUSAGE: ", llvm, " [options] addresses...\n"});
    }
    text += kOptionsText;
    if (!llvm.empty()) text += "\nPass @FILE as argument to read options from FILE.\n";
    return text;
}

std::string version_text(std::string_view program) {
    const auto llvm = llvm_name(called_as(program));
    if (!llvm.empty()) {
        return std::string(llvm) + "\nsymline " SYMLINE_VERSION
                                   ", which does the work of LLVM version " SYMLINE_LLVM_VERSION
                                   "\n";
    }
    return std::string(program) + " (symline) " SYMLINE_VERSION "\n";
}

}  // namespace symline::tools
