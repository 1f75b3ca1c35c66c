// What a line of a log says of stack frames: the places in it that can be given a source line, and
// the facts that other lines need (which kernel, where it was loaded, what warned).
//
// Everything here is a view into the line that was parsed or into its plain text, or a number:
// valid as long as that line and the ParsedLine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "log/plain_text.h"
#include "symline/log_format.h"

namespace symline::log {

/// Bytes of a line.
struct Span {
    std::size_t offset = 0;
    std::size_t size = 0;
    std::size_t end() const { return offset + size; }
};

using Format = LogFormat;
using Kind = FrameKind;

/// In which space `address` counts.
enum class AddressScope {
    kernel,   ///< runtime address of a kernel: needs the slide
    user,     ///< runtime address of a process: of use only with a mapping
    file,     ///< address or offset in `file` itself
    mapping,  ///< offset from where the executable segment of `file` is mapped (ftrace user stacks)
};

/// Where a file was mapped, as "NAME[BASE+SIZE]" says it.
struct FileMapping {
    std::string_view name;
    std::uint64_t base = 0;
    std::uint64_t size = 0;
};

/// The machine that wrote a report, as far as its words tell.
enum class CodeMachine { unknown, x86_64, i386, arm64, arm, riscv, mips, ppc, s390, loongarch };

/// One place that can be given a source line.
struct Occurrence {
    Format format = Format::oops;
    Kind kind = Kind::call;
    Span text;                  ///< the matched text: "func+0x10/0x20 [module]"
    std::size_t insert_at = 0;  ///< where in the line the answer goes in the default style
    std::string_view symbol;    ///< empty for a bare address
    std::optional<std::uint64_t> offset;
    std::optional<std::uint64_t> size;
    std::string_view module;    ///< kernel module; empty for the kernel itself
    std::string_view build_id;  ///< of the module or file, as hexadecimal digits
    std::optional<std::uint64_t> address;
    AddressScope space = AddressScope::kernel;
    std::string_view file;  ///< user program or library that `address` or `symbol` is in
    std::string_view
        source;           ///< "file:line" that the line itself already gives (KALLSYMS_LINEINFO)
    FileMapping mapping;  ///< segfault lines: where `file` was mapped; size 0 when not said
    bool is_file_offset =
        false;  ///< space file: `address` counts bytes of the file (perf, segfaults)
    /// The text gives the runtime address besides, whose low bits are others than those of
    /// `address`.
    bool low_bits_differ = false;
    /// "WARNING: … at FILE:LINE": where the warning traps, or, on machines and kernels where it
    /// does not, the address that it returns to.
    bool of_warning = false;
    /// A name in a stack of which the text does not say whether it is the kernel's: the names below
    /// tell.
    bool may_be_user = false;
    CodeMachine machine = CodeMachine::unknown;  ///< of the form of this frame
    /// A signal interrupted the program there, as the frame above shows (set by the decoder).
    bool interrupted = false;
    bool in_json =
        false;  ///< inside a JSON string: what is added must be escaped, on the same line
};

/// A file of the process whose stacks follow: "Module libc.so.6 with build-id 93ac…",
/// "{{{module:1:libc.so:elf:83238ab56ba10497}}}".
struct UserModule {
    std::string_view file;
    std::string_view build_id;
    std::optional<std::uint64_t> number;  ///< of markup, whose mappings name it by that
};

/// "{{{mmap:0x7acba69d5000:0x5a000:load:1:rx:0x1000}}}"
struct UserMapping {
    std::uint64_t base = 0;
    std::uint64_t size = 0;
    std::uint64_t module = 0;   ///< the module's number
    std::uint64_t in_file = 0;  ///< the address in the file of what is at `base`
};

/// What a line says besides.
struct Facts {
    /// Whether the line was searched for them: a frame is not. Without it only `names_pc` and `pc`
    /// may be set.
    bool asked = false;
    std::string_view
        release;  ///< "6.1.0-44-amd64" of a "CPU: ... PID: ..." or "Linux version" line
    std::string_view kernel_build_id;  ///< its last word, where the kernel prints one
    /// The report is of a process other than the first processor's idle one: the kernel has patched
    /// its code, which it does before it starts any other.
    bool has_started = false;
    std::uint32_t kernel_segment = 0;  ///< 0x10 of "RIP: 0010:"; 0: not said, or a program's
    std::optional<std::uint64_t> kaslr_offset;  ///< "Kernel Offset: 0x..."; 0 for "disabled"
    std::string_view warning_file;  ///< "WARNING: ... at FILE:LINE", "kernel BUG at FILE:LINE!"
    std::uint32_t warning_line = 0;
    Span code_bytes;                ///< what follows "Code: "
    std::string_view code_text;     ///< the same without what colours and entities add
    bool is_code = false;           ///< a "Code:" line, also one without bytes
    bool names_pc = false;          ///< it gives the program counter, which "Code:" bytes belong to
    std::optional<std::size_t> pc;  ///< which occurrence that is; none: not in the kernel
    CodeMachine machine = CodeMachine::unknown;  ///< of the pc's line
    std::string_view user_file;                  ///< program or library that the lines below are of
    std::vector<UserModule> user_modules;        ///< of the stacks below
    std::vector<UserMapping> user_mappings;
    bool begins_process = false;  ///< "{{{reset}}}": other modules and mappings from here on
    bool begins_core = false;     ///< a core file's description: other build ids from here on
    bool begins_report = false;   ///< a new report or stack begins: adjacent frames end here
    /// The kernel's own stack begins, before which its report has said what it says of the kernel,
    /// or another report does.
    bool begins_stack = false;
    bool begins_boot = false;  ///< "Linux version": another kernel from here on
};

/// A parsed line.
struct ParsedLine {
    /// What stands in front of the message: timestamps, levels, syslog, mail quotes, and the
    /// indentation after it. Lines that are added below start with the same bytes. In front of the
    /// prefix may stand a quote or a tag that is around all of the line.
    Span prefix;
    Span indent;
    /// How much stands in front of the message besides that is a prefix only if other lines begin
    /// like it.
    std::size_t doubtful_prefix = 0;
    std::vector<Occurrence> occurrences;  ///< from left to right
    Facts facts;
    PlainText plain;  ///< of a line that has colours, entities or escapes; views are into it
};

}  // namespace symline::log
