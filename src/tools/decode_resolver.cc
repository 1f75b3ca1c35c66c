#include "tools/decode_resolver.h"

#include <algorithm>
#include <utility>

#include "kernel/kernel_calls.h"
#include "kernel/source_root.h"
#include "output/numbers.h"
#include "output/terminal_text.h"

namespace symline::tools {
namespace {

/// A choice that was not made.
constexpr std::size_t kNone = SIZE_MAX;
/// What the remembered answers may take; a log with more different frames than that begins anew.
constexpr std::size_t kMostBytes = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kMostCandidates = 16;
/// Source lines of one place, in bytes.
constexpr std::size_t kMostDetails = std::size_t{1024} * 1024;

/// JSON is for programs: there the URLs that were asked for are given, terminal or not.
bool links_wanted(const DecodeOptions& options) {
    switch (options.style) {
        case DecodeStyle::text: return options.display.links;
        case DecodeStyle::json: return options.shown.url && options.shown.links != When::never;
        case DecodeStyle::kernel: break;
    }
    return false;
}

bool same_chain(const output::Chain& a, const output::Chain& b) {
    return std::ranges::equal(a, b, [](const Frame& x, const Frame& y) {
        return x.name == y.name && x.location.file == y.location.file &&
               x.location.line == y.location.line;
    });
}

bool is_user(const log::Occurrence& occurrence) {
    return occurrence.space != log::AddressScope::kernel || !occurrence.file.empty();
}

/// Names without an offset say no more than where the function is.
bool is_definition(const log::Occurrence& occurrence, const kernel::KernelPlace& place) {
    if (occurrence.symbol.empty()) return false;
    if (occurrence.kind == log::Kind::definition) return true;
    return !is_user(occurrence) && !occurrence.offset && place.address == place.start;
}

/// bpftrace's "main+42" does not say whether it is the kernel's or a program's. The kernel's
/// callers stand behind a call, but for those that an interrupt stopped.
bool may_be_user(const log::Occurrence& occurrence,
                 const std::vector<DecodedCandidate>& candidates) {
    if (occurrence.kind != log::Kind::call || !occurrence.offset || occurrence.size ||
        occurrence.address || !occurrence.module.empty() || is_user(occurrence))
        return false;
    return !candidates.empty() && std::ranges::all_of(candidates, [](const auto& each) {
        return kernel::call_ends_at(each.place.file->module, each.place.address) ==
               kernel::CallAt::no;
    });
}

kernel::KernelQuestion question_of(const log::Occurrence& occurrence) {
    using log::Format;
    kernel::KernelQuestion question;
    question.symbol = occurrence.symbol;
    question.offset = occurrence.offset.value_or(0);
    question.size = occurrence.size;
    question.module = occurrence.module == "kernel" ? std::string_view{} : occurrence.module;
    question.build_id = occurrence.build_id;
    question.any_module = occurrence.format != Format::oops &&
                          occurrence.format != Format::proc_stack &&
                          !occurrence.symbol.starts_with("bpf_");
    return question;
}

std::string hex(std::uint64_t value) {
    std::string text;
    output::append_0x(text, value);
    return text;
}

/// The only element with the highest value above 0; kNone when two share it.
std::size_t single_best(const std::vector<int>& scores) {
    const auto best = std::ranges::max_element(scores);
    if (best == scores.end() || *best <= 0 || std::ranges::count(scores, *best) != 1) return kNone;
    return static_cast<std::size_t>(best - scores.begin());
}

bool calls(const kernel::KernelPlace& caller, const kernel::KernelPlace& callee) {
    const auto target = kernel::call_target(caller.file->module, caller.address);
    if (!target) return false;
    if (target->address) return caller.file == callee.file && target->address == callee.start;
    if (caller.file == callee.file || target->symbol.empty()) return false;
    const auto named = callee.file->symbols().named(target->symbol);
    return std::ranges::any_of(
        named, [&](const Symbol* symbol) { return symbol->address == callee.start; });
}

bool ends_with_path(std::string_view path, std::string_view end) {
    while (end.starts_with("./")) end.remove_prefix(2);
    if (end.empty() || !path.ends_with(end)) return false;
    return path.size() == end.size() || end.front() == '/' ||
           path[path.size() - end.size() - 1] == '/';
}

}  // namespace

DecodeResolver::DecodeResolver(const DecodeOptions& options, DecodeKernels& kernels)
    : options_(options),
      kernels_(kernels),
      user_files_(kernels.folders().sysroot, kernels.debug_files(), options.split_package),
      detailer_(options.shown, links_wanted(options), kernels.folders().sysroot,
                kernels.debug_files()) {}

void DecodeResolver::take(const log::Facts& facts) {
    user_files_.take(facts);
    if (facts.begins_report) {
        previous_.clear();
        previous_missed_ = false;
        warning_file_.clear();
    }
    if (!facts.warning_file.empty()) {
        warning_file_ = facts.warning_file;
        warning_line_ = facts.warning_line;
    }
}

void DecodeResolver::make_key(const log::Occurrence& occurrence) {
    const std::uint64_t numbers[] = {
        kernels_.generation(),
        occurrence.offset.value_or(0),
        occurrence.size.value_or(0),
        occurrence.address.value_or(0),
        occurrence.mapping.base,
        occurrence.mapping.size,
        static_cast<std::uint64_t>(occurrence.format) << 16 |
            static_cast<std::uint64_t>(occurrence.kind) << 8 |
            static_cast<std::uint64_t>(occurrence.space) << 4 |
            static_cast<std::uint64_t>(occurrence.offset.has_value()) |
            static_cast<std::uint64_t>(occurrence.size.has_value()) << 1 |
            static_cast<std::uint64_t>(occurrence.address.has_value()) << 2 |
            static_cast<std::uint64_t>(occurrence.in_json) << 3 |
            static_cast<std::uint64_t>(occurrence.is_file_offset) << 6};
    key_.assign(reinterpret_cast<const char*>(numbers), sizeof numbers);
    const bool user = is_user(occurrence);
    const auto file =
        user ? user_files_.name(occurrence) : UserFiles::Name{occurrence.file, occurrence.build_id};
    for (const auto text : {occurrence.symbol, occurrence.module, file.build_id, file.file}) {
        key_ += text;
        key_ += '\0';
    }
}

const DecodedEntry& DecodeResolver::entry(const log::Occurrence& occurrence) {
    make_key(occurrence);
    if (const auto known = entries_.find(key_); known != entries_.end()) return known->second;
    DecodedEntry made = make(occurrence);
    // What was learned while it was made (where the kernel is) may have changed the key.
    make_key(occurrence);
    limit_memory(made);
    return entries_.insert_or_assign(key_, std::move(made)).first->second;
}

void DecodeResolver::limit_memory(const DecodedEntry& entry) {
    std::size_t size = 2 * key_.size() + sizeof(DecodedEntry) + 64;
    const DecodedText& text = entry.all;
    size += text.json.size() + text.kernel.size() + text.annotation.place.size();
    for (const auto& line : text.annotation.below) size += line.size() + sizeof(std::string);
    for (const auto& each : entry.candidates)
        size += sizeof each + each.chain.size() * sizeof(Frame);
    size += entry.chosen.size() * size;
    bytes_ += size;
    if (bytes_ < kMostBytes || choosing_) return;
    entries_.clear();
    bytes_ = size;
}

const DecodedText& DecodeResolver::resolve(const log::Occurrence& occurrence, const Next& next) {
    const DecodedEntry& found = entry(occurrence);
    // In a stack of a program that shares a name with the kernel, the frame above is not the
    // kernel's either.
    const bool refused = found.refused != nullptr && previous_missed_;
    previous_missed_ = refused || found.candidates.empty();
    if (refused) {
        previous_.clear();
        return *found.refused;
    }
    std::size_t choice = 0;
    if (found.candidates.size() > 1) {
        choosing_ = true;
        choice = choose(found, occurrence, next);
        choosing_ = false;
    }
    previous_.clear();
    for (std::size_t i = 0; i < found.candidates.size(); ++i) {
        if (choice == kNone || choice == i) previous_.push_back(found.candidates[i].place);
    }
    if (found.chosen.empty() || choice == kNone) return found.all;
    return found.chosen[choice];
}

kernel::KernelPlaces DecodeResolver::places(const log::Occurrence& occurrence) {
    if (!is_user(occurrence)) return kernel_places(occurrence);
    auto found = user_files_.places(occurrence);
    kernel::Kernel& kernel = kernels_.current();
    const auto refused = [&](const kernel::KernelPlace& place) {
        return kernel.refused(*place.file);
    };
    if (std::ranges::any_of(found.places, refused)) return {{}, "the file is of another build"};
    return found;
}

void DecodeResolver::count_size(const log::Occurrence& occurrence) {
    if (is_user(occurrence) || occurrence.symbol.empty() || !occurrence.size) return;
    const auto question = question_of(occurrence);
    kernel::KernelFile* file = kernels_.current().file_of(question);
    if (file != nullptr && !file->judged()) kernels_.current().places(question);
}

kernel::KernelPlaces DecodeResolver::kernel_places(const log::Occurrence& occurrence) {
    kernel::Kernel& kernel = kernels_.current();
    if (occurrence.symbol.empty()) {
        if (!occurrence.address) return {{}, "no symbol"};
        kernels_.use_running();
        return kernel.places(RuntimeAddress{*occurrence.address});
    }
    return place_at(occurrence, kernel.places(question_of(occurrence)));
}

/// A text that gives the address besides the symbol says which of several symbols is meant, and
/// where the kernel was loaded.
kernel::KernelPlaces DecodeResolver::place_at(const log::Occurrence& occurrence,
                                              kernel::KernelPlaces named) {
    if (!occurrence.address || named.places.empty()) return named;
    kernel::Kernel& kernel = kernels_.current();
    const RuntimeAddress address{*occurrence.address};
    if (!kernel.slide() && named.places.size() == 1) {
        kernel.learn(address, named.places[0], occurrence.offset.has_value());
    }
    if (!kernel.slide()) return named;
    const FileAddress in_file = address - *kernel.slide();
    for (kernel::KernelPlace place : named.places) {
        const bool exact = occurrence.offset ? place.address == in_file
                                             : in_file.value - place.start.value <= place.size;
        if (!exact || place.file != kernel.vmlinux()) continue;
        place.address = in_file;
        return {{place}, {}};
    }
    return named;
}

void DecodeResolver::look_up_definition(DecodedCandidate& candidate) const {
    candidate.remark = "definition";
    const auto lookup =
        candidate.place.file->module.lookup(candidate.place.start, Detail::declarations);
    if (!lookup || lookup->frames.empty()) return;
    Frame frame = lookup->frames.back();
    if (!frame.declaration.file.empty()) frame.location = frame.declaration;
    frame.inlined = false;
    candidate.chain = {frame};
    candidate.explanation = "definition";
}

DecodedCandidate DecodeResolver::look_up(const log::Occurrence& occurrence,
                                         const kernel::KernelPlace& place) const {
    DecodedCandidate candidate{place, {}, {}, {}};
    if (is_definition(occurrence, place)) {
        look_up_definition(candidate);
        return candidate;
    }
    const Module& module = place.file->module;
    bool before = occurrence.kind != log::Kind::exact && occurrence.offset != 0 &&
                  place.address.value != 0 && !options_.exact;
    const std::uint64_t size = occurrence.size.value_or(place.size);
    const bool at_end = occurrence.offset && size != 0 && *occurrence.offset == size;
    bool at_start = false;
    if (at_end) {
        // A call that does not return may be a function's last instruction; other pointers to
        // here are to what follows.
        const kernel::CallAt call = kernel::call_ends_at(module, place.address);
        at_start = !before || call == kernel::CallAt::no ||
                   (call == kernel::CallAt::unknown && occurrence.kind == log::Kind::unreliable);
        before = before && !at_start;
    }
    const auto lookup = module.lookup(FileAddress{place.address.value - (before ? 1 : 0)});
    if (lookup) candidate.chain = lookup->frames;
    IndexInPassing& indexes = kernels_.indexes();
    if (indexes.is_time_after(module)) indexes.make(module);
    if (at_start && !candidate.chain.empty()) {
        const Symbol* symbol = place.file->symbols().starting_at(place.address);
        candidate.remark = "start of ";
        candidate.remark += symbol != nullptr ? symbol->name : candidate.chain.back().name;
    }
    candidate.explanation = before ? "return address, looked up one byte before "
                            : at_start
                                ? "the end of one function, looked up as the start of the next, "
                                : "looked up as it is, ";
    candidate.explanation += hex(place.address.value);
    return candidate;
}

DecodedEntry DecodeResolver::make(const log::Occurrence& occurrence) {
    DecodedEntry entry;
    auto found = places(occurrence);
    entry.miss = std::move(found.miss);
    entry.of_kernel = !is_user(occurrence);
    entry.mismatch = std::move(found.mismatch);
    for (const kernel::KernelPlace& place : found.places) {
        if (entry.candidates.size() == kMostCandidates) break;
        auto candidate = look_up(occurrence, place);
        const auto same = [&](const DecodedCandidate& each) {
            return same_chain(each.chain, candidate.chain);
        };
        if (std::ranges::none_of(entry.candidates, same)) {
            entry.candidates.push_back(std::move(candidate));
        }
    }
    const std::size_t count = entry.candidates.size();
    if (may_be_user(occurrence, entry.candidates)) {
        DecodedEntry none;
        none.miss = "no call ends there in the kernel";
        entry.refused = std::make_unique<DecodedText>(render(none, 0, 0, occurrence.in_json));
    }
    entry.all = render(entry, 0, count, occurrence.in_json);
    for (std::size_t i = 0; count > 1 && i < count; ++i) {
        entry.chosen.push_back(render(entry, i, 1, occurrence.in_json));
    }
    kernels_.tell();
    kernels_.tell(user_files_.take_notices());
    return entry;
}

/// What stands before "init/main.c" in the place of start_kernel, as scripts/faddr2line has it.
std::string_view DecodeResolver::source_prefix() {
    if (options_.base_path != "auto") return options_.base_path;
    kernel::Kernel& kernel = kernels_.current();
    if (std::exchange(prefix_of_, &kernel) == &kernel) return prefix_;
    prefix_.clear();
    kernel::KernelFile* file = kernel.vmlinux();
    if (file != nullptr) prefix_ = kernel::source_root(*file);
    return prefix_;
}

/// Source lines and links of each frame, as far as the memory for one place goes.
void DecodeResolver::add_details(output::DecodedPlace& decoded, const DecodedEntry& entry,
                                 std::size_t first) {
    if (decoded.chains.empty()) return;
    // A program's source is not the kernel's.
    const auto prefix = entry.of_kernel ? source_prefix() : std::string_view{};
    const auto release =
        entry.of_kernel ? std::string_view(kernels_.current().options().release) : prefix;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < decoded.chains.size(); ++i) {
        const Module& module = entry.candidates[first + i].place.file->module;
        auto& details = decoded.details.emplace_back();
        for (const Frame& frame : decoded.chains[i]) {
            if (bytes > kMostDetails) return;
            details.push_back(detailer_.details(frame, {module, prefix, release}));
            for (const auto& line : details.back().source) bytes += line.text.size() + sizeof line;
        }
    }
}

DecodedText DecodeResolver::render(const DecodedEntry& entry, std::size_t first, std::size_t count,
                                   bool in_json) {
    output::DecodedPlace decoded;
    for (std::size_t i = first; i < first + count; ++i) {
        decoded.chains.push_back(entry.candidates[i].chain);
    }
    decoded.miss = entry.miss;
    if (count == 0) decoded.remark = entry.mismatch;
    if (count > 0) {
        const DecodedCandidate& candidate = entry.candidates[first];
        const Module& module = candidate.place.file->module;
        const FileAddress address = candidate.place.address;
        const auto section = module.section_offset(address);
        const bool relocatable = module.type() == FileType::relocatable;
        decoded.address = relocatable && section ? section->offset : address.value;
        decoded.found_by = candidate.place.file->found_by;
        decoded.remark = candidate.remark;
        if (candidate.chain.empty()) {
            decoded.miss = module.debug_path().empty() ? "no debug information" : "not covered";
            decoded.chains.clear();
        }
    }
    // Inside of a JSON string there is no place for them.
    if (detailer_.wanted() && !in_json) add_details(decoded, entry, first);
    DecodedText text;
    const bool has_prefix = entry.of_kernel && !decoded.chains.empty();
    switch (options_.style) {
        case DecodeStyle::json: text.json = output::json_decoded(decoded); break;
        case DecodeStyle::kernel: {
            auto base = source_prefix();
            text.kernel = output::kernel_places(decoded, base);
            break;
        }
        case DecodeStyle::text:
            text.annotation =
                output::annotate(decoded,
                                 {.functions = output::Functions::linkage,
                                  .demangle = true,
                                  .prefix = has_prefix ? source_prefix() : std::string_view{}},
                                 in_json ? output::Colour::no : options_.display.colour);
            break;
    }
    if (!options_.explain || options_.style != DecodeStyle::text) return text;
    std::string line = "(explain) ";
    if (count == 0) {
        line += decoded.miss;
    } else {
        const kernel::KernelFile& file = *entry.candidates[first].place.file;
        line += entry.candidates[first].explanation + " in " + file.module.path() + " (" +
                std::string(describe(file.found_by)) + ")";
        if (file.module.debug_path() != file.module.path()) {
            line += ", debug file " + file.module.debug_path();
        }
    }
    text.annotation.below.push_back(output::visible(line));
    return text;
}

std::size_t DecodeResolver::choose(const DecodedEntry& entry, const log::Occurrence& occurrence,
                                   const Next& next) {
    auto choice = choose_by_address(entry, occurrence);
    if (choice == kNone) choice = choose_by_warning(entry);
    if (choice == kNone) choice = choose_by_calls(entry, next);
    return choice;
}

std::size_t DecodeResolver::choose_by_address(const DecodedEntry& entry,
                                              const log::Occurrence& occurrence) {
    const auto slide = kernels_.current().slide();
    if (!slide || !occurrence.address) return kNone;
    const FileAddress address = RuntimeAddress{*occurrence.address} - *slide;
    for (std::size_t i = 0; i < entry.candidates.size(); ++i) {
        if (entry.candidates[i].place.address == address) return i;
    }
    return kNone;
}

/// A warning names the line that it stands in, which is one of the candidate's.
std::size_t DecodeResolver::choose_by_warning(const DecodedEntry& entry) const {
    if (warning_file_.empty()) return kNone;
    std::vector<int> scores;
    for (const DecodedCandidate& candidate : entry.candidates) {
        int score = 0;
        for (const Frame& frame : candidate.chain) {
            if (!ends_with_path(frame.location.file, warning_file_)) continue;
            score = std::max(score, frame.location.line == warning_line_ ? 2 : 1);
        }
        scores.push_back(score);
    }
    return single_best(scores);
}

/// The frame above is what the right candidate calls, the frame below calls it, and behind a call
/// is where it stands.
std::size_t DecodeResolver::choose_by_calls(const DecodedEntry& entry, const Next& next) const {
    std::vector<int> scores;
    std::vector<kernel::KernelPlace> own;
    own.reserve(entry.candidates.size());
    for (const auto& each : entry.candidates) own.push_back(each.place);
    std::vector<kernel::KernelPlace> below;
    if (const DecodedEntry* caller = next()) {
        for (const auto& each : caller->candidates) below.push_back(each.place);
    }
    for (const kernel::KernelPlace& place : own) {
        int score =
            kernel::call_ends_at(place.file->module, place.address) == kernel::CallAt::yes ? 1 : 0;
        const auto is_called = [&](const kernel::KernelPlace& each) { return calls(place, each); };
        const auto is_caller = [&](const kernel::KernelPlace& each) { return calls(each, place); };
        if (std::ranges::any_of(previous_, is_called)) score += 4;
        if (std::ranges::any_of(below, is_caller)) score += 4;
        scores.push_back(score);
    }
    return single_best(scores);
}

}  // namespace symline::tools
