// The answer to each frame of a text, remembered: logs repeat their stacks.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "decode/candidate_choice.h"
#include "decode/entry_table.h"
#include "decode/frame_lookup.h"

namespace symline::decode {

class FrameResolver {
public:
    /// Both are borrowed.
    FrameResolver(const DecoderOptions& options, KernelsOfText& kernels)
        : kernels_(kernels), lookup_(options, kernels) {}

    struct Answer {
        std::shared_ptr<const DecodedPlace> place;
        std::optional<std::size_t> chosen;
    };
    /// The answer for one occurrence, in the order of the text.
    Answer resolve(const log::Occurrence& named, const CandidateChoice::Next& next);
    /// What does not depend on the lines around. Valid until the next call.
    const Entry& entry(const log::Occurrence& named);

    /// See FrameLookup::count_size.
    void count_size(const log::Occurrence& occurrence) { lookup_.count_size(occurrence); }
    /// What a line says besides its frames.
    void take(const log::Facts& facts);
    /// What the user should know of files; empties the list.
    std::vector<Notice> take_notices();

private:
    const Entry& known_entry(const log::Occurrence& occurrence);
    Answer resolve_frame(const log::Occurrence& occurrence, const CandidateChoice::Next& next);
    void make_key(const log::Occurrence& occurrence);
    void mark_other_build(Entry& entry) const;
    void limit_memory(const Entry& entry);

    KernelsOfText& kernels_;
    FrameLookup lookup_;
    CandidateChoice choice_;
    EntryTable entries_;
    std::size_t bytes_ = 0;
    std::string key_;
    bool choosing_ = false;         ///< an entry is in use: none may be dropped
    bool after_signal_ = false;     ///< a signal interrupted what the next frame is of
    bool previous_missed_ = false;  ///< the frame above is not the kernel's
    std::vector<Notice> notices_;
};

}  // namespace symline::decode
