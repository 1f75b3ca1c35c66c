// From one frame of a text to the places that it may mean, and their lines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decode/entry.h"
#include "decode/kernels_of_text.h"
#include "decode/user_files.h"
#include "log/occurrence.h"
#include "symline/decoder.h"

namespace symline::decode {

class FrameLookup {
public:
    /// Both are borrowed.
    FrameLookup(const DecoderOptions& options, KernelsOfText& kernels)
        : options_(options),
          kernels_(kernels),
          user_files_(kernels.sysroot(), kernels.debug_files(), options.split_package) {}

    /// What a line says of files in lines of their own.
    void take(const log::Facts& facts) { user_files_.take(facts); }
    /// See UserFiles::located.
    log::Occurrence located(const log::Occurrence& occurrence) const {
        return user_files_.located(occurrence);
    }
    /// The file and build id that an occurrence in a program is of.
    UserFiles::Name user_file(const log::Occurrence& occurrence) const {
        return user_files_.name(occurrence);
    }

    Entry look_up(const log::Occurrence& occurrence);
    /// Lets the "/size" of an occurrence further down count for or against the file that it is in,
    /// while that is new.
    void count_size(const log::Occurrence& occurrence);
    /// What the user should know of programs' files; empties the list.
    std::vector<Notice> take_notices() { return user_files_.take_notices(); }

private:
    kernel::KernelPlaces places(const log::Occurrence& occurrence);
    kernel::KernelPlaces kernel_places(const log::Occurrence& occurrence);
    kernel::KernelPlaces place_at(const log::Occurrence& occurrence, kernel::KernelPlaces named);
    DecodedCandidate candidate(const log::Occurrence& occurrence,
                               const kernel::KernelPlace& place) const;
    LookupRule rule_of_text(const log::Occurrence& occurrence,
                            const kernel::KernelPlace& place) const;
    symbolize::CallAt call_at(const log::Occurrence& occurrence,
                              const kernel::KernelPlace& place) const;
    struct Ruling {
        LookupRule rule;
        bool against_text;
    };
    /// A return address is one where a call ends; otherwise the place is the instruction itself.
    Ruling ruling(const log::Occurrence& occurrence, const kernel::KernelPlace& place) const;

    const DecoderOptions& options_;
    KernelsOfText& kernels_;
    UserFiles user_files_;
    std::uint64_t last_id_ = 0;
};

}  // namespace symline::decode
