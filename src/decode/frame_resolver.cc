#include "decode/frame_resolver.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

namespace symline::decode {
namespace {

/// What the remembered answers may take; a log with more different frames than that begins anew.
/// About 20,000 frames of a kernel: a log of many stacks comes back to its frames again and again.
constexpr std::size_t kMaxBytes = std::size_t{32} * 1024 * 1024;
/// What the allocator adds to the few pieces that an answer is made of.
constexpr std::size_t kOverhead = 192;

std::size_t size_of(const DecodedPlace& place) {
    std::size_t size = sizeof place + place.miss.size() + place.mismatch.size();
    for (const DecodedCandidate& each : place.candidates) {
        size += sizeof each + each.frames.size() * sizeof(Frame) + sizeof(kernel::KernelPlace);
        if (each.error) size += each.error->file.size() + each.error->message.size();
    }
    return size;
}

}  // namespace

void FrameResolver::take(const log::Facts& facts) {
    lookup_.take(facts);
    choice_.take(facts);
    if (facts.begins_report) previous_missed_ = after_signal_ = false;
}

/// Numbers are left out where they are 0, as most are: a short key is one line of memory.
void FrameResolver::make_key(const log::Occurrence& occurrence) {
    const bool user = is_user(occurrence);
    const auto file = user ? lookup_.user_file(occurrence)
                           : UserFiles::Name{occurrence.file, occurrence.build_id};
    const std::string_view texts[] = {occurrence.symbol, occurrence.module, file.build_id,
                                      file.file};
    const auto sizes = [&](std::size_t first) {
        return std::uint64_t{texts[first].size()} << 32 | texts[first + 1].size();
    };
    const std::uint64_t numbers[] = {
        static_cast<std::uint64_t>(occurrence.low_bits_differ) << 40 |
            static_cast<std::uint64_t>(occurrence.machine) << 32 |
            static_cast<std::uint64_t>(occurrence.format) << 16 |
            static_cast<std::uint64_t>(occurrence.kind) << 8 |
            static_cast<std::uint64_t>(occurrence.space) << 4 |
            static_cast<std::uint64_t>(occurrence.offset.has_value()) |
            static_cast<std::uint64_t>(occurrence.size.has_value()) << 1 |
            static_cast<std::uint64_t>(occurrence.address.has_value()) << 2 |
            static_cast<std::uint64_t>(occurrence.of_warning) << 3 |
            static_cast<std::uint64_t>(occurrence.is_file_offset) << 6 |
            static_cast<std::uint64_t>(occurrence.interrupted) << 7,
        sizes(0),
        sizes(2),
        kernels_.generation(),
        occurrence.offset.value_or(0),
        occurrence.size.value_or(0),
        occurrence.address.value_or(0),
        occurrence.mapping.base,
        occurrence.mapping.size};
    std::uint64_t kept[1 + std::size(numbers)] = {};
    std::size_t count = 1;
    for (unsigned i = 0; i < std::size(numbers); ++i) {
        if (numbers[i] == 0) continue;
        kept[0] |= std::uint64_t{1} << i;
        kept[count++] = numbers[i];
    }
    key_.assign(reinterpret_cast<const char*>(kept), count * sizeof kept[0]);
    for (const auto text : texts) {
        if (!text.empty()) key_ += text;
    }
}

const Entry& FrameResolver::entry(const log::Occurrence& named) {
    // The address of one process is another place in the next one.
    if (named.format == log::Format::symbolizer_markup) return known_entry(lookup_.located(named));
    return known_entry(named);
}

const Entry& FrameResolver::known_entry(const log::Occurrence& occurrence) {
    make_key(occurrence);
    if (const Entry* known = entries_.find(key_)) return *known;
    Entry made = lookup_.look_up(occurrence);
    mark_other_build(made);
    std::ranges::move(kernels_.take_notices(), std::back_inserter(notices_));
    std::ranges::move(lookup_.take_notices(), std::back_inserter(notices_));
    // What was learned while it was made (where the kernel is) may have changed the key.
    make_key(occurrence);
    limit_memory(made);
    return entries_.put(key_, std::move(made));
}

void FrameResolver::mark_other_build(Entry& entry) const {
    if (entry.places.empty()) return;
    const auto& files = kernels_.current().files();
    const auto other = [&](const kernel::KernelPlace& place) {
        return files.of_other_build(*place.file);
    };
    if (std::ranges::none_of(entry.places, other)) return;
    auto marked = std::make_shared<DecodedPlace>(*entry.answer);
    marked->other_build = true;
    entry.answer = std::move(marked);
}

void FrameResolver::limit_memory(const Entry& entry) {
    const std::size_t size = key_.size() + sizeof(Entry) + kOverhead + size_of(*entry.answer);
    bytes_ += size;
    if (bytes_ < kMaxBytes || choosing_) return;
    choice_.let_go();
    entries_.clear();
    bytes_ = size;
}

FrameResolver::Answer FrameResolver::resolve(const log::Occurrence& named,
                                             const CandidateChoice::Next& next) {
    const bool interrupted = std::exchange(after_signal_, false);
    if (!interrupted || !is_user(named) || named.kind != log::Kind::call)
        return resolve_frame(named, next);
    log::Occurrence occurrence = named;
    occurrence.interrupted = true;
    return resolve_frame(occurrence, next);
}

FrameResolver::Answer FrameResolver::resolve_frame(const log::Occurrence& occurrence,
                                                   const CandidateChoice::Next& next) {
    const Entry& found = entry(occurrence);
    after_signal_ = found.returns_from_signal;
    // In a stack of a program that shares a name with the kernel, the frame above is not the
    // kernel's either.
    const bool as_user = found.as_user != nullptr && previous_missed_;
    previous_missed_ = as_user || found.places.empty();
    if (as_user) {
        choice_.went_by(nullptr);
        return {found.as_user, {}};
    }
    std::optional<std::size_t> chosen;
    if (found.places.size() > 1) {
        choosing_ = true;
        chosen = choice_.choose(found, occurrence, kernels_.current().slide(), next);
        choosing_ = false;
    }
    choice_.went_by(&found, chosen);
    return {found.answer, chosen};
}

std::vector<Notice> FrameResolver::take_notices() {
    return std::exchange(notices_, {});
}

}  // namespace symline::decode
