#include "symline/decoder.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "decode/code_lines.h"
#include "decode/frame_resolver.h"
#include "decode/kernels_of_text.h"
#include "decode/line_window.h"
#include "decode/log_time.h"
#include "decode/logged_frame.h"
#include "decode/mixed_stack.h"
#include "decode/warning_kind.h"
#include "kernel/source_root.h"

namespace symline {
namespace {

using decode::LineWindow;
using decode::WindowLine;

/// How far the line with the release may be from the first frame of its report, in bytes: "Modules
/// linked in" can be long, and the "CPU:" line stands after it.
constexpr std::size_t kMaxReport = std::size_t{32} * 1024;
/// Sizes in so many lines below a frame tell whether its file is of another build.
constexpr std::size_t kMaxLinesBelow = 64;
constexpr LineWindow::Reach kLinesBelow{kMaxLinesBelow, kMaxReport};
constexpr LineWindow::Reach kReportBelow{SIZE_MAX / 2, kMaxReport};

std::string_view host_of(const WindowLine& line) {
    if (line.embedded != nullptr) {
        if (!line.embedded->host().empty()) return line.embedded->host();
        // The first of the lines has the prefix of all.
        const auto end = line.log_text.find(log::EmbeddedText::kEscapedLineEnd);
        if (line.index != 0 && end != std::string_view::npos)
            return decode::log_host(line.log_text.substr(0, end));
    }
    return decode::log_host(line.line.text.substr(0, line.parsed->prefix.end()));
}

log::Occurrence occurrence_of(const LoggedFrame& named) {
    log::Occurrence occurrence;
    occurrence.symbol = named.symbol;
    occurrence.offset = named.offset;
    occurrence.size = named.symbol_size;
    occurrence.module = named.module;
    occurrence.build_id = named.build_id;
    occurrence.address = named.address;
    return occurrence;
}

}  // namespace

struct Decoder::State {
    explicit State(DecoderOptions wanted) : options(std::move(wanted)) {}

    const DecodedLine* next();
    void clear();
    void set_text(const decode::NumberedLine& line);
    bool begin_line();
    bool sees_enough(const log::ParsedLine& parsed);
    bool awaits_slide(const log::ParsedLine& parsed);
    bool learn_slide_from(const log::ParsedLine& line);
    void take_slide_below();
    void name_origin();
    std::string_view time();
    bool awaits_release(const log::ParsedLine& parsed) const;
    bool is_of_host(const WindowLine& line) const;
    bool take_release_below();
    void expect_files(const WindowLine& first);
    void count_sizes_below();
    void decode(const log::ParsedLine& parsed);
    DecodedFrame resolve(const log::Occurrence& occurrence);
    DecodedFrame resolve_warning(log::Occurrence warning);
    const decode::Entry* next_entry();
    const kernel::SourceRoots& source_roots();

    DecoderOptions options;
    decode::KernelsOfText kernels{options};
    decode::FrameResolver resolver{options, kernels};
    decode::CodeLines code{options, kernels, resolver};
    LineWindow window{options.embedded_text};
    WindowLine current;  ///< the line of `result`
    DecodedLine result;
    std::optional<std::string_view> known_time;  ///< of `result`, once it was asked for
    bool filled = false;                         ///< `result` has more than a text
    bool begun = false;  ///< what the line at the front says of kernels was taken
    bool no_more_now = false;
    Needs needs = Needs::line;
    std::uint64_t expected_before = 0;  ///< the modules in lines before this one are fetched
    std::uint64_t counted_before = 0;   ///< the sizes of lines before this one were counted
    std::uint64_t slide_before = 0;     ///< lines before this one have no slide that was not taken
    std::map<const kernel::LoadedKernel*, kernel::SourceRoots> known_roots;
};

/// Takes what the line at the front says of the kernel that it is of.
bool Decoder::State::begin_line() {
    const WindowLine& line = window.front();
    if (line.parsed == nullptr) return false;
    if (std::exchange(begun, true)) return true;
    kernels.set_host(host_of(line));
    if (!line.parsed->facts.asked) return true;
    kernels.take(line.parsed->facts);
    resolver.take(line.parsed->facts);
    return true;
}

/// A report's first lines have frames; which kernel it is of stands a few lines below.
bool Decoder::State::awaits_release(const log::ParsedLine& parsed) const {
    if (kernels.fixed() || !parsed.facts.release.empty()) return false;
    const bool of_report = parsed.occurrences.front().format == log::Format::oops;
    return of_report && (parsed.facts.begins_report || !kernels.known());
}

/// Whether a line below is of the same machine, as far as it says.
bool Decoder::State::is_of_host(const WindowLine& line) const {
    const auto host = host_of(line);
    return host.empty() || host == kernels.host();
}

/// True when there was one, or when the report's stack has begun without: a report that names its
/// kernel does it before.
bool Decoder::State::take_release_below() {
    std::size_t bytes = 0;
    for (const WindowLine& line : window.lines()) {
        if (&line == &window.front()) continue;
        bytes += line.line.text.size() + line.line.end.size();
        if (bytes > kMaxReport) return false;
        if (line.parsed == nullptr) continue;
        if (kernels.known() && line.parsed->facts.begins_stack) return true;
        if (line.parsed->facts.release.empty()) continue;
        if (!is_of_host(line)) continue;
        log::Facts facts;
        facts.release = line.parsed->facts.release;
        facts.kernel_build_id = line.parsed->facts.kernel_build_id;
        kernels.take(facts);
        return true;
    }
    return false;
}

/// An address without a symbol waits for where the kernel was loaded, which a panic says last.
bool Decoder::State::awaits_slide(const log::ParsedLine& parsed) {
    if (options.kernel != nullptr || options.slide || !options.resolve_frames) return false;
    const auto is_bare = [](const log::Occurrence& each) {
        return each.address && each.symbol.empty() && !decode::is_user(each);
    };
    return std::ranges::any_of(parsed.occurrences, is_bare) && !kernels.current().slide();
}

/// A frame with its symbol, offset and address says where the kernel was loaded: what fault
/// handlers print without a symbol stands above the registers.
bool Decoder::State::learn_slide_from(const log::ParsedLine& line) {
    for (const log::Occurrence& each : line.occurrences) {
        if (!each.address || !each.offset || each.symbol.empty() || decode::is_user(each)) continue;
        resolver.entry(each);
        if (kernels.current().slide()) return true;
    }
    return false;
}

/// The "Kernel Offset:" line of the report that the line at the front is in, before the next boot,
/// or a frame that tells it.
void Decoder::State::take_slide_below() {
    const auto& lines = window.lines();
    const std::uint64_t first = lines.front().sequence;
    for (std::size_t i = std::max(slide_before, first + 1) - first; i < lines.size(); ++i) {
        const WindowLine& line = lines[i];
        slide_before = line.sequence;
        if (line.parsed == nullptr) continue;
        const log::Facts& below = line.parsed->facts;
        if (below.begins_boot) return;
        if (host_of(line) != kernels.host()) continue;
        if (!below.release.empty() && below.release != kernels.release()) return;
        if (learn_slide_from(*line.parsed)) return;
        if (!below.kaslr_offset) continue;
        log::Facts facts;
        facts.kaslr_offset = below.kaslr_offset;
        kernels.take(facts);
        return;
    }
}

/// Whether the lines below the one at the front, as far as they matter to it, are there, or are not
/// to be had.
bool Decoder::State::sees_enough(const log::ParsedLine& parsed) {
    const bool awaits = awaits_release(parsed);
    const bool fetches = kernels.debug_files()->may_fetch();
    const bool moved = !awaits && awaits_slide(parsed);
    const bool far = awaits || fetches || moved;
    const bool whole = window.look_ahead(1, far ? kReportBelow : kLinesBelow);
    if (moved) take_slide_below();
    if (awaits && take_release_below()) {
        if (awaits_slide(parsed)) take_slide_below();
        return true;
    }
    if (whole || no_more_now) return true;
    const bool long_enough = window.lines().size() > kMaxLinesBelow;
    if (awaits && long_enough) return true;
    if (moved && kernels.current().slide()) return true;
    needs = awaits ? Needs::report : Needs::lines;
    return !awaits && !moved && long_enough;
}

/// Modules stand in the frames with their build ids: what has to be fetched for a report is fetched
/// in parallel, before the first of its frames is looked up.
void Decoder::State::expect_files(const WindowLine& first) {
    if (first.sequence < expected_before) return;
    std::vector<kernel::ModuleName> modules;
    for (const WindowLine& line : window.lines()) {
        expected_before = line.sequence + 1;
        if (line.parsed == nullptr) continue;
        for (const log::Occurrence& each : line.parsed->occurrences) {
            if (each.module.empty() || each.build_id.empty()) continue;
            modules.push_back({std::string(each.module), std::string(each.build_id)});
        }
    }
    kernels.current().expect(modules);
}

/// The first frames of a report must not be looked up in a file that its other frames show to be
/// of another build.
void Decoder::State::count_sizes_below() {
    const auto& lines = window.lines();
    const std::uint64_t first = lines.front().sequence;
    const std::uint64_t from = std::max(counted_before, first + 1);
    for (std::size_t i = from - first; i < lines.size() && i <= kMaxLinesBelow; ++i) {
        const WindowLine& line = lines[i];
        if (line.parsed != nullptr && line.line.text.size() <= kMaxReport) {
            const log::Facts& facts = line.parsed->facts;
            if (facts.begins_boot) return;
            if (!line.parsed->occurrences.empty() || !facts.release.empty()) {
                const bool of_host = is_of_host(line);
                // After another kernel's line other files count.
                if (of_host && !facts.release.empty() && facts.release != kernels.release()) return;
                if (of_host) {
                    for (const auto& each : line.parsed->occurrences) resolver.count_size(each);
                }
            }
        }
        counted_before = line.sequence + 1;
    }
}

/// The first frame of the line below, if that was read.
const decode::Entry* Decoder::State::next_entry() {
    if (!window.has_line()) return nullptr;
    const WindowLine& line = window.front();
    if (line.parsed == nullptr || line.parsed->occurrences.empty()) return nullptr;
    return &resolver.entry(line.parsed->occurrences.front());
}

DecodedFrame Decoder::State::resolve(const log::Occurrence& occurrence) {
    auto answer = resolver.resolve(occurrence, [this] { return next_entry(); });
    return {decode::logged_frame(occurrence), std::move(answer.place), answer.chosen};
}

DecodedFrame Decoder::State::resolve_warning(log::Occurrence warning) {
    decode::settle_warning(warning, window.lines());
    return resolve(warning);
}

void Decoder::State::decode(const log::ParsedLine& parsed) {
    result.margin = std::min(parsed.indent.end(), result.text.size());
    result.margin_begin = std::min(parsed.prefix.offset, result.margin);
    if (options.resolve_frames) {
        for (const log::Occurrence& each : parsed.occurrences) {
            if (each.may_be_user && !decode::is_of_kernel(each, window.lines())) continue;
            result.frames.push_back(each.of_warning ? resolve_warning(each) : resolve(each));
        }
    }
    const log::Span& bytes = parsed.facts.code_bytes;
    if (bytes.size == 0) return;
    result.code = code.decode(parsed.facts.code_text);
    if (!result.code) return;
    result.code->begin = bytes.offset;
    result.code->size = bytes.size;
}

void Decoder::State::clear() {
    if (!std::exchange(filled, false)) return;
    window.reuse(std::exchange(current, {}));
    result.frames.clear();
    result.code.reset();
    result.margin = result.margin_begin = 0;
    result.host = result.release = result.kernel_build_id = {};
    result.embedded.reset();
}

void Decoder::State::set_text(const decode::NumberedLine& line) {
    result.text = line.line.text;
    result.end = line.line.end;
    result.number = line.number;
}

const DecodedLine* Decoder::State::next() {
    clear();
    known_time.reset();
    needs = Needs::line;
    if (const auto plain = window.take_plain()) {
        set_text(*plain);
        return &result;
    }
    if (!window.has_line()) return nullptr;
    const bool parsed = begin_line();
    if (parsed) {
        const log::ParsedLine& line = *window.front().parsed;
        if (!line.occurrences.empty() && !sees_enough(line)) return nullptr;
        code.take(line);
        if (!line.occurrences.empty()) {
            if (kernels.debug_files()->may_fetch()) expect_files(window.front());
            count_sizes_below();
        }
    }
    current = window.take();
    filled = true;
    begun = false;
    set_text(current);
    if (current.embedded != nullptr) {
        result.embedded = current.embedded->place(current.index, current.log_text);
    }
    if (parsed) decode(*current.parsed);
    if (!result.frames.empty() || result.code) name_origin();
    return &result;
}

void Decoder::State::name_origin() {
    result.host = kernels.host();
    result.release = kernels.told_release();
    result.kernel_build_id = kernels.build_id();
}

/// A line may have a million frames, each of which is asked for the time.
std::string_view Decoder::State::time() {
    if (known_time) return *known_time;
    // Of a line that is JSON the time is a member somewhere.
    if (current.embedded != nullptr) return known_time.emplace(decode::log_time(current.log_text));
    std::size_t before = result.margin;
    if (!result.frames.empty()) {
        const LoggedFrame& first = result.frames.front().logged;
        const bool json = first.in_json || result.text.starts_with('{');
        before = json ? result.text.size() : std::max(before, first.begin);
    }
    return known_time.emplace(decode::log_time(result.text.substr(0, before)));
}

const kernel::SourceRoots& Decoder::State::source_roots() {
    kernel::LoadedKernel& kernel = kernels.current();
    const auto [known, is_new] = known_roots.try_emplace(&kernel);
    if (is_new) {
        if (kernel::KernelFile* file = kernel.vmlinux()) {
            known->second = kernel::source_roots(*file);
        }
    }
    return known->second;
}

Decoder::Decoder(DecoderOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

void Decoder::begin_text() {
    state_->current = {};
    state_->result = {};
    state_->filled = false;
    state_->known_time.reset();
    state_->window.begin_text();
    state_->begun = state_->no_more_now = false;
    state_->expected_before = state_->counted_before = state_->slide_before = 0;
}

void Decoder::feed(std::string_view text) {
    state_->no_more_now = false;
    state_->window.feed(text);
}

void Decoder::end() {
    state_->window.end();
}

void Decoder::no_more_now() {
    state_->no_more_now = true;
}

const DecodedLine* Decoder::next() {
    return state_->next();
}

Decoder::Needs Decoder::needs() const {
    return state_->needs;
}

DecodedFrame Decoder::resolve(const LoggedFrame& named) {
    return state_->resolve(occurrence_of(named));
}

std::string_view Decoder::source_root() {
    return state_->source_roots().tree;
}

std::string_view Decoder::assembler_source_root() {
    return state_->source_roots().assembler;
}

std::string_view Decoder::release() const {
    return state_->kernels.current().options().release;
}

std::string_view Decoder::time() const {
    return state_->time();
}

std::vector<Notice> Decoder::take_notices() {
    auto notices = state_->resolver.take_notices();
    std::ranges::move(state_->code.take_notices(), std::back_inserter(notices));
    std::ranges::move(state_->kernels.take_notices(), std::back_inserter(notices));
    return notices;
}

std::vector<MissingFiles> Decoder::missing_files() const {
    return state_->kernels.missing_files();
}

std::optional<Error> Decoder::vmlinux_error() {
    kernel::LoadedKernel& kernel = state_->kernels.current();
    return kernel.vmlinux() == nullptr ? kernel.files().vmlinux_error() : std::nullopt;
}

}  // namespace symline
