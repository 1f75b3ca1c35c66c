// A log in, the places in source that it names out: kernel reports of every architecture, stacks of
// tracers and profilers, user programs' backtraces (man/symline.1, FORMATS).
//
//     symline::Decoder decoder({.debug_files = files});
//     decoder.feed(text);
//     decoder.end();
//     while (const symline::DecodedLine* line = decoder.next())
//         for (const symline::DecodedFrame& frame : line->frames) ...
//
// The Decoder reads and writes nothing but the files that answers come from. Which kernel a line is
// of (by host, release, build id and slide), which of several functions of one name is meant, what
// is a return address, whether a file is of another build - it decides that from the text, also
// from what stands below a line: text is fed as it comes, and a line is given back once what it
// needs of the text below it is there, or more is not to be had (see next()).
//
// A Decoder is of one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address.h"
#include "symline/debug_files.h"
#include "symline/decoded_line.h"
#include "symline/disassembler.h"
#include "symline/error.h"
#include "symline/missing_files.h"
#include "symline/notice.h"

namespace symline {

class Kernel;

/// What becomes of a file that was named and is of another build than the text.
enum class BuildMismatch {
    refuse,  ///< it is not used
    warn,    ///< it is, and all that comes from it is marked: DecodedPlace::other_build
};

struct DecoderOptions {
    /// The kernel that the text is of, whatever the text says, with its files, slide and texts; the
    /// options of a kernel below are not used then. Must outlive the Decoder.
    Kernel* kernel = nullptr;
    /// The kernel's file, whatever the text says; empty: looked for.
    std::string vmlinux{};
    /// The kernel's release, whatever the text says; empty: what the text says, failing that the
    /// running kernel's.
    std::string release{};
    std::vector<std::string> module_directories{};  ///< searched before all others
    /// For `vmlinux` and what is in `module_directories`; other files of other builds are refused.
    BuildMismatch mismatch = BuildMismatch::refuse;
    /// The same for files of another release than `release` or, where that is empty, than the text
    /// says, where no build id tells. Nothing: they are used, and a notice says so of `vmlinux`.
    std::optional<BuildMismatch> release_mismatch{};
    /// Where files are looked for; null: in a DebugFiles with default options.
    std::shared_ptr<DebugFiles> debug_files{};
    std::string split_package{};      ///< see ModuleOptions; for user programs
    std::optional<LoadBias> slide{};  ///< how far the kernel was moved, whatever the text says
    /// The text of the kernel's /proc/kallsyms or System.map, and of /proc/modules.
    std::optional<std::string> kallsyms{};
    std::optional<std::string> modules{};
    /// No address is taken for a return address (-R of decode_stacktrace.sh).
    bool exact = false;
    /// Frames are return addresses where the text says so, as they are to decode_stacktrace.sh;
    /// the file's instructions are not asked whether a call ends there.
    bool text_decides = false;
    /// Decodes the bytes of "Code:" lines, which are compared with the file's as instructions:
    /// make_disassembler of symline/disassembler.h. Without it these lines stay as they are.
    DisassemblerMaker disassembler{};
    /// Instructions are at 0 and up instead of at the file's addresses, as scripts/decodecode has
    /// them.
    bool code_from_zero = false;
    /// Of a line that is JSON the strings are read, each as a text by itself; otherwise every line
    /// is read as it is.
    bool embedded_text = true;
    /// Without it frames are named, not looked up: for whoever asks resolve() instead.
    bool resolve_frames = true;
    /// Called after each lookup in a module that was not answered from memory.
    std::function<void(const Module&)> looked_up{};
};

class Decoder {
public:
    explicit Decoder(DecoderOptions options);
    Decoder(Decoder&&) noexcept;
    Decoder& operator=(Decoder&&) noexcept;
    ~Decoder();

    /// A new text begins, such as the next file: its lines are counted from 1. What is known of
    /// kernels and files stays. What was fed of the text before and not given back is dropped, so
    /// that is to be read out first: end(), then next() until it returns null.
    void begin_text();
    /// More of the text. Lines longer than 64 MB come in pieces.
    void feed(std::string_view text);
    /// The text is whole: nothing more will be fed to it.
    void end();
    /// Nothing more will come now: what is there has to do, until more is fed.
    void no_more_now();

    /// The next line; null when more text is needed first (see needs()), or after end() and the
    /// last line. Valid until the next call of any function of the Decoder.
    [[nodiscard]] const DecodedLine* next();

    /// What next() returned null for.
    enum class Needs {
        line,    ///< there is no whole line
        lines,   ///< it would rather see the lines below, where they are at hand already
        report,  ///< it is worth waiting a moment for the rest of a kernel's report
    };
    [[nodiscard]] Needs needs() const;

    /// Looks up a place as if the line that next() returned last named it: a return address, as far
    /// as the file agrees.
    [[nodiscard]] DecodedFrame resolve(const LoggedFrame& named);

    /// What stands before the paths below the kernel's source tree, in the kernel of the line that
    /// next() returned last; empty where it is not known.
    [[nodiscard]] std::string_view source_root();
    /// The same for assembler files, where the kernel's units keep another path for them (compilers
    /// map paths for reproducible builds that assemblers leave as they are); else empty.
    [[nodiscard]] std::string_view assembler_source_root();
    /// The release of that kernel; empty where it is not known.
    [[nodiscard]] std::string_view release() const;

    /// The time of that line as it stands in it, in JSON the value of a member: of day, where a
    /// logger wrote one, failing that since boot; empty where it has none.
    [[nodiscard]] std::string_view time() const;

    /// What a person should know: files that were there and were not used, and why. Empties the
    /// list.
    [[nodiscard]] std::vector<Notice> take_notices();
    /// Which debug files were looked for and not found, and how to get them, for each kernel that
    /// lacks some.
    [[nodiscard]] std::vector<MissingFiles> missing_files() const;
    /// Why the file of DecoderOptions::vmlinux is not used for the line that next() returned last:
    /// errors of Module::open, mismatch (another build id), unsupported (no kernel). Nothing where
    /// it is, or none was given. Before the first line: whatever the text will say. It opens the
    /// file where nothing has opened it.
    [[nodiscard]] std::optional<Error> vmlinux_error();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace symline
