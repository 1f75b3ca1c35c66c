// From a place that a log names to what is shown for it, remembered: logs repeat their stacks.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/kernel.h"
#include "log/occurrence.h"
#include "output/decode.h"
#include "tools/decode_kernels.h"
#include "tools/decode_options.h"
#include "tools/place_details.h"
#include "tools/user_files.h"

namespace symline::tools {

/// What the styles print for one place.
struct DecodedText {
    output::Annotation annotation;  ///< --style=default
    std::string kernel;             ///< --style=kernel
    std::string json;               ///< --style=json
};

/// One place that the log may mean, looked up.
struct DecodedCandidate {
    kernel::KernelPlace place;
    output::Chain chain;
    std::string remark;
    std::string explanation;
};

/// The answer to one question. Nothing in it depends on the lines around.
struct DecodedEntry {
    std::vector<DecodedCandidate> candidates;
    std::string miss;
    std::string mismatch;                  ///< see KernelPlaces
    bool of_kernel = true;                 ///< or of a program
    DecodedText all;                       ///< when nothing tells the candidates apart
    std::unique_ptr<DecodedText> refused;  ///< when the frames above are not the kernel's
    std::vector<DecodedText> chosen;  ///< of several candidates: each as if it were the only one
};

class DecodeResolver {
public:
    DecodeResolver(const DecodeOptions& options, DecodeKernels& kernels);

    /// The answer for one occurrence; valid until the next call. `next` gives the entry of the
    /// frame below, if that is there already; it is called only when it matters.
    using Next = std::function<const DecodedEntry*()>;
    const DecodedText& resolve(const log::Occurrence& occurrence, const Next& next);
    /// The same without choosing among the candidates.
    const DecodedEntry& entry(const log::Occurrence& occurrence);

    /// Lets the "/size" of an occurrence further down count for or against the file that it is in,
    /// while that is new.
    void count_size(const log::Occurrence& occurrence);

    /// A report's "WARNING: ... at FILE:LINE", and where one stack ends and another begins.
    void take(const log::Facts& facts);

private:
    DecodedEntry make(const log::Occurrence& occurrence);
    kernel::KernelPlaces places(const log::Occurrence& occurrence);
    kernel::KernelPlaces kernel_places(const log::Occurrence& occurrence);
    kernel::KernelPlaces place_at(const log::Occurrence& occurrence, kernel::KernelPlaces named);
    DecodedCandidate look_up(const log::Occurrence& occurrence,
                             const kernel::KernelPlace& place) const;
    void look_up_definition(DecodedCandidate& candidate) const;
    DecodedText render(const DecodedEntry& entry, std::size_t first, std::size_t count,
                       bool in_json);
    void add_details(output::DecodedPlace& decoded, const DecodedEntry& entry, std::size_t first);
    std::size_t choose(const DecodedEntry& entry, const log::Occurrence& occurrence,
                       const Next& next);
    std::size_t choose_by_address(const DecodedEntry& entry, const log::Occurrence& occurrence);
    std::size_t choose_by_warning(const DecodedEntry& entry) const;
    std::size_t choose_by_calls(const DecodedEntry& entry, const Next& next) const;
    std::string_view source_prefix();
    void make_key(const log::Occurrence& occurrence);
    void limit_memory(const DecodedEntry& entry);

    const DecodeOptions& options_;
    DecodeKernels& kernels_;
    UserFiles user_files_;
    PlaceDetailer detailer_;
    std::unordered_map<std::string, DecodedEntry> entries_;
    std::size_t bytes_ = 0;
    std::string key_;
    bool choosing_ = false;  ///< an entry is in use: none may be dropped
    /// Which functions the frame above may be in: copied, for its entry may be dropped.
    std::vector<kernel::KernelPlace> previous_;
    bool previous_missed_ = false;
    std::string warning_file_;
    std::uint32_t warning_line_ = 0;
    const kernel::Kernel* prefix_of_ = nullptr;
    std::string prefix_;
};

}  // namespace symline::tools
