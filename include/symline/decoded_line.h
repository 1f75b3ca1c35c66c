// What a Decoder says of a line of a log: data alone, which a program prints as it likes.
//
//     while (const symline::DecodedLine* line = decoder.next()) {
//         for (const symline::DecodedFrame& frame : line->frames) {
//             for (const symline::DecodedCandidate& each : frame.place->candidates) {
//                 if (each.miss) std::cout << describe(*each.miss) << '\n';
//                 for (const symline::Frame& function : each.frames) {
//                     std::cout << function.name << " at " << function.location.file << '\n';
//                 }
//             }
//         }
//     }
//
// Text is a view into the line, valid until the Decoder is asked for the next one. Places are
// shared with the Decoder, which remembers them: they may be kept as long as the Decoder lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address.h"
#include "symline/code_listing.h"
#include "symline/embedded_line.h"
#include "symline/error.h"
#include "symline/found_by.h"
#include "symline/frame.h"
#include "symline/kernel_miss.h"
#include "symline/log_format.h"
#include "symline/miss.h"

namespace symline {

class Module;

/// How a line names a place, as it says it.
struct LoggedFrame {
    std::size_t begin = 0;      ///< of the frame's text, in bytes from the start of the line
    std::size_t size = 0;       ///< of that text: "func+0x10/0x20 [module]"
    std::size_t insert_at = 0;  ///< where in the line an answer belongs
    LogFormat format = LogFormat::oops;
    FrameKind kind = FrameKind::call;  ///< as the text has it; see also DecodedFrame::kind
    std::string_view symbol;           ///< empty for a bare address
    std::optional<std::uint64_t> offset;
    std::optional<std::uint64_t> symbol_size;
    std::string_view module;    ///< kernel module; empty for the kernel itself
    std::string_view build_id;  ///< of the module or file, as hexadecimal digits
    std::optional<std::uint64_t> address;
    bool in_json = false;     ///< inside a JSON string: what is added has to be escaped
    std::string_view source;  ///< "file:line" that the line itself gives; empty: it gives none
};

/// The rule by which an address was looked up.
enum class LookupRule {
    as_it_is,       ///< an instruction's own address
    before,         ///< a return address: one byte before it
    start_of_next,  ///< offset == size, and no call ends there: the start of what follows
    definition,     ///< a name without an offset: where the function is defined
};

/// One place that the text may mean.
struct DecodedCandidate {
    const Module* module = nullptr;
    FoundBy found_by{};
    FileAddress start;    ///< of the symbol
    FileAddress address;  ///< as the text gives it: not decremented
    LookupRule rule = LookupRule::as_it_is;
    /// The text speaks of a return address, and no call ends there in the file, or a signal
    /// interrupted the program there; or of a place that warns, and it is where a call returns to.
    /// `rule` follows the file.
    bool against_text = false;
    /// The place is one of the function's first bytes, which can be patched and which its debug
    /// information leaves out: `frames` are those of its first instruction after them.
    bool at_start = false;
    std::vector<Frame> frames;   ///< innermost first; empty where the file has none there
    std::optional<Miss> miss;    ///< why `frames` is empty; nothing where it is not
    std::optional<Error> error;  ///< `module` is too damaged to answer; there is a `miss`, too
    std::string next_symbol;     ///< with start_of_next: what starts there
};

/// The answer to one frame. Nothing in it depends on the lines around.
struct DecodedPlace {
    std::uint64_t id = 0;  ///< another one for each place: a key for what is made of it
    std::vector<DecodedCandidate> candidates;
    std::string miss;  ///< why there are no candidates, for people; empty where there are some
    /// The same for programs; nothing where no kernel was asked.
    std::optional<KernelMiss> kernel_miss;
    /// The symbol is there, and the text speaks of another build of it: what to say beside the
    /// frame. Empty otherwise.
    std::string mismatch;
    bool of_kernel = true;  ///< or of a program
    /// The file is of another build than the text says (DecoderOptions::mismatch).
    bool other_build = false;
    /// Of DecodedFrame::tail_calls: not in the text.
    bool tail_call = false;
};

/// A frame of a line with its answer.
struct DecodedFrame {
    LoggedFrame logged;
    std::shared_ptr<const DecodedPlace> place;
    /// Which of several candidates is meant, by the address, the warning's file and line, or the
    /// frames around; nothing when none of them tells, or there is only one.
    std::optional<std::size_t> chosen;
    /// Functions that this frame has called and that the text lacks, since they ended by jumping to
    /// another function: the frame's call leads elsewhere than to the frame above it in the stack,
    /// and tail calls that debug information lists lead on from there (see tail_calls.h). Innermost
    /// first; null where there are none.
    std::shared_ptr<const std::vector<std::shared_ptr<const DecodedPlace>>> tail_calls{};

    /// The candidate that is meant, failing that the first; null where there is none.
    [[nodiscard]] const DecodedCandidate* candidate() const {
        if (place == nullptr || place->candidates.empty()) return nullptr;
        return &place->candidates[chosen.value_or(0)];
    }
    /// Whether the line itself gives the innermost frame's file and line; of another kernel's it
    /// gives others, and so does a tool that prints the inlined calls itself.
    [[nodiscard]] bool location_is_in_text() const;
    /// What the place turned out to be: exact where the text speaks of a return address, and it is
    /// none. An unreliable frame stays one.
    [[nodiscard]] FrameKind kind() const {
        const DecodedCandidate* meant = candidate();
        const bool before = meant != nullptr && meant->rule == LookupRule::before;
        const bool against = meant != nullptr && meant->against_text;
        if (against && logged.kind == FrameKind::exact) return FrameKind::call;
        if (logged.kind != FrameKind::call) return logged.kind;
        return against || (logged.offset == 0 && !before) ? FrameKind::exact : logged.kind;
    }
};

/// A "Code:" line.
struct DecodedCode {
    std::size_t begin = 0;  ///< of the bytes' text, in the line
    std::size_t size = 0;
    CodeListing listing;
    /// The program counter of the report as an earlier line named it; its `begin`, `size` and
    /// `insert_at` mean nothing here. Nothing when none was seen, or it is no kernel address.
    std::optional<LoggedFrame> pc;
    /// Of the program counter; null where nothing is known of it, or the file was refused for it.
    std::shared_ptr<const DecodedPlace> place;
    std::optional<std::size_t> chosen;
    bool has_file = false;  ///< the bytes were compared with a file's
};

/// A line of the log, or of a text that is inside of one, such as a string of JSON: there may be
/// several of these in a line of the log, one after the other.
struct DecodedLine {
    std::string_view text;  ///< without its end, and without the escapes of what it is inside of
    std::string_view end;   ///< "\n", "\r\n", "\r\r\n", or nothing at the end of the text; nothing,
                            ///< too, where the same line of the log goes on
    std::uint64_t number = 0;  ///< of the log's line, from 1
    /// How the log has it, for a text that is inside of another format; nothing for other lines.
    std::optional<EmbeddedLine> embedded;
    /// The end of its margin in `text`: timestamps, levels, syslog, indentation. Lines that are
    /// added below begin with the same bytes, those from `margin_begin` on.
    std::size_t margin = 0;
    /// Where the margin begins: after a quote or a tag that is around the line, such as "<pre>".
    std::size_t margin_begin = 0;
    std::vector<DecodedFrame> frames;  ///< from left to right
    std::optional<DecodedCode> code;
    /// What the text says of where the line is from, valid as long as `text` is; each is empty
    /// where it does not say; the release is that of DecoderOptions then.
    std::string_view host;             ///< of syslog
    std::string_view release;          ///< of the kernel, as all below
    std::string_view kernel_build_id;  ///< in hexadecimal
};

}  // namespace symline
