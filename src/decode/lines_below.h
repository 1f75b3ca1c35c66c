// What stands below the line at the front of a window and is needed to decode it: the release of
// its report, where the kernel was loaded, the modules that have to be fetched, and the sizes that
// tell whether a file is of another build.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/frame_resolver.h"
#include "decode/kernels_of_text.h"
#include "decode/line_window.h"
#include "symline/decoder.h"

namespace symline::decode {

/// The machine that the line is of; empty where it does not say.
std::string_view host_of(const WindowLine& line);

/// Whether more text may come than the window was fed.
enum class MoreLines { may_come, none_now };

class LinesBelow {
public:
    /// All are borrowed.
    LinesBelow(const DecoderOptions& options, KernelsOfText& kernels, FrameResolver& resolver,
               LineWindow& window)
        : options_(options), kernels_(kernels), resolver_(resolver), window_(window) {}

    void begin_text() { expected_before_ = counted_before_ = slide_before_ = 0; }

    /// Takes the release and the slide for the line at the front, `parsed`, from those below it.
    /// What is needed before that line can be decoded; nothing when the lines below it are there as
    /// far as they matter to it, or are not to be had.
    std::optional<Decoder::Needs> missing(const log::ParsedLine& parsed, MoreLines more);
    /// Modules stand in the frames with their build ids: what has to be fetched for a report is
    /// fetched in parallel, before the first of its frames is looked up.
    void expect_files();
    /// The first frames of a report must not be looked up in a file that its other frames show to
    /// be of another build.
    void count_sizes();

private:
    bool awaits_release(const log::ParsedLine& parsed) const;
    bool awaits_slide(const log::ParsedLine& parsed);
    bool is_of_host(const WindowLine& line) const;
    bool take_release();
    bool learn_slide_from(const log::ParsedLine& line);
    void take_slide();
    bool count_sizes_of(const WindowLine& line);

    const DecoderOptions& options_;
    KernelsOfText& kernels_;
    FrameResolver& resolver_;
    LineWindow& window_;
    std::uint64_t expected_before_ = 0;  ///< the modules in lines before this one are fetched
    std::uint64_t counted_before_ = 0;   ///< the sizes of lines before this one were counted
    std::uint64_t slide_before_ = 0;     ///< lines before this one have no slide that was not taken
};

}  // namespace symline::decode
