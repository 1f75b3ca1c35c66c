#include "symline/decoder.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "decode/code_lines.h"
#include "decode/frame_resolver.h"
#include "decode/json_time.h"
#include "decode/kernels_of_text.h"
#include "decode/line_window.h"
#include "decode/lines_below.h"
#include "decode/log_time.h"
#include "decode/logged_frame.h"
#include "decode/mixed_stack.h"
#include "decode/tail_frames.h"
#include "decode/warning_kind.h"
#include "kernel/source_root.h"
#include "log/frame_margin.h"

namespace symline {
namespace {

using decode::WindowLine;

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

/// The lines above and below one, empty where there is none of the same text.
struct Neighbours {
    std::string_view above, below;
};

}  // namespace

struct Decoder::State {
    explicit State(DecoderOptions wanted) : options(std::move(wanted)) {}

    const DecodedLine* next();
    void clear();
    void set_text(const decode::NumberedLine& line);
    bool begin_line();
    void name_origin();
    std::string_view time();
    void decode(const log::ParsedLine& parsed);
    void add_tail_calls(const log::ParsedLine& parsed);
    Neighbours neighbours(std::string_view above) const;
    std::size_t prefix_like_neighbours(const Neighbours& around) const;
    std::size_t find_margin(std::string_view above) const;
    std::size_t margin_of_first(const WindowLine& line) const;
    DecodedFrame resolve(const log::Occurrence& occurrence);
    DecodedFrame resolve_warning(log::Occurrence warning);
    const decode::Entry* next_entry();
    const kernel::SourceRoots& source_roots();

    DecoderOptions options;
    decode::KernelsOfText kernels{options};
    decode::FrameResolver resolver{options, kernels};
    decode::CodeLines code{options, kernels, resolver};
    decode::LineWindow window{options.embedded_text};
    decode::LinesBelow below{options, kernels, resolver, window};
    decode::TailFrames tail_frames{options.looked_up};
    WindowLine current;  ///< the line of `result`
    /// What the line before is in, whose text is looked at once more.
    std::shared_ptr<const log::EmbeddedText> above_in;
    DecodedLine result;
    std::optional<std::string_view> known_time;  ///< of `result`, once it was asked for
    bool filled = false;                         ///< `result` has more than a text
    bool begun = false;  ///< what the line at the front says of kernels was taken
    decode::MoreLines more = decode::MoreLines::may_come;
    Needs needs = Needs::line;
    std::map<const kernel::LoadedKernel*, kernel::SourceRoots> known_roots;
};

/// Takes what the line at the front says of the kernel that it is of.
bool Decoder::State::begin_line() {
    const WindowLine& line = window.front();
    if (line.parsed == nullptr) return false;
    if (std::exchange(begun, true)) return true;
    kernels.set_host(decode::host_of(line));
    if (!line.parsed->facts.asked) return true;
    kernels.take(line.parsed->facts);
    resolver.take(line.parsed->facts);
    return true;
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
    return {.logged = decode::logged_frame(occurrence),
            .place = std::move(answer.place),
            .chosen = answer.chosen};
}

DecodedFrame Decoder::State::resolve_warning(log::Occurrence warning) {
    decode::settle_warning(warning, window.lines());
    return resolve(warning);
}

void Decoder::State::decode(const log::ParsedLine& parsed) {
    result.margin_begin = std::min(parsed.prefix.offset, result.margin);
    if (options.resolve_frames) {
        for (const log::Occurrence& each : parsed.occurrences) {
            if (each.may_be_user && !decode::is_of_kernel(each, window.lines())) continue;
            result.frames.push_back(each.of_warning ? resolve_warning(each) : resolve(each));
        }
    }
    add_tail_calls(parsed);
    const log::Span& bytes = parsed.facts.code_bytes;
    if (bytes.size == 0) return;
    result.code = code.decode(parsed.facts.code_text);
    if (!result.code) return;
    result.code->begin = bytes.offset;
    result.code->size = bytes.size;
}

/// In stacks that have a line for each frame.
void Decoder::State::add_tail_calls(const log::ParsedLine& parsed) {
    if (parsed.occurrences.size() != 1 || result.frames.size() != 1 || options.text_decides) {
        return tail_frames.end_stack();
    }
    DecodedFrame& frame = result.frames.front();
    frame.tail_calls = tail_frames.between(parsed.occurrences.front(), frame.place, frame.chosen);
}

/// Lines of another text, or of the format that the text is inside of, are none.
Neighbours Decoder::State::neighbours(std::string_view above) const {
    const bool embedded = window.front().embedded != nullptr;
    Neighbours around;
    if (embedded == (above_in != nullptr)) around.above = above;
    if (window.lines().size() < 2) return around;
    const WindowLine& second = window.lines()[1];
    if (embedded == (second.embedded != nullptr)) around.below = second.line.text;
    return around;
}

/// Whether the line above or the one below begins as the line at the front does before its message.
std::size_t Decoder::State::prefix_like_neighbours(const Neighbours& around) const {
    const WindowLine& line = window.front();
    const auto size = line.parsed->doubtful_prefix;
    if (size == 0) return 0;
    const auto front = line.line.text.substr(0, size);
    const auto is_alike = [&](std::string_view text) {
        return log::Margin::begins_alike(front, text);
    };
    return is_alike(around.above) || is_alike(around.below) ? size : 0;
}

/// Where what is added below the frames of the line at the front begins.
std::size_t Decoder::State::find_margin(std::string_view above) const {
    const WindowLine& line = window.front();
    const auto text = line.line.text;
    const auto& parsed = *line.parsed;
    auto margin = std::min(parsed.indent.end(), text.size());
    if (parsed.occurrences.empty()) return margin;
    const auto& frame = parsed.occurrences.front().text;
    // Nothing but a known prefix stands in front of most frames.
    if (frame.offset <= margin && parsed.doubtful_prefix == 0) return margin;
    const auto around = neighbours(above);
    if (const auto prefix = prefix_like_neighbours(around); prefix != 0)
        margin = std::min(text.find_first_not_of(" \t", prefix), text.size());
    return log::frame_margin({.text = text,
                              .margin = margin,
                              .frame = frame,
                              .above = around.above,
                              .below = around.below});
}

/// The first of the lines that rsyslog made one of has the prefix of all, also where nothing of it
/// is known.
std::size_t Decoder::State::margin_of_first(const WindowLine& line) const {
    if (result.embedded->quoting != Quoting::octal || line.index != 0) return 0;
    const bool in_doubt = line.parsed != nullptr && line.parsed->doubtful_prefix != 0;
    return in_doubt ? line.parsed->doubtful_prefix : log::Margin::writer_size(line.line.text);
}

void Decoder::State::clear() {
    if (!std::exchange(filled, false)) return;
    above_in = current.embedded;
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
    const auto above = result.text;
    clear();
    const auto time_above = std::exchange(known_time, std::nullopt);
    needs = Needs::line;
    if (const auto plain = window.take_plain()) {
        set_text(*plain);
        tail_frames.end_stack();
        if (above_in != nullptr) above_in.reset();
        return &result;
    }
    if (!window.has_line()) return nullptr;
    const bool parsed = begin_line();
    if (parsed) {
        const log::ParsedLine& line = *window.front().parsed;
        const bool has_frames = !line.occurrences.empty();
        if (const auto missing = has_frames ? below.missing(line, more) : std::nullopt) {
            needs = *missing;
            return nullptr;
        }
        code.take(line);
        if (has_frames) {
            if (kernels.debug_files()->may_fetch()) below.expect_files();
            below.count_sizes();
        }
    }
    result.margin = parsed ? find_margin(above) : 0;
    current = window.take();
    filled = true;
    begun = false;
    set_text(current);
    if (parsed) {
        decode(*current.parsed);
    } else {
        tail_frames.end_stack();
    }
    if (current.embedded != nullptr) {
        // A line of the log may hold a million lines, all of one time.
        if (current.embedded == above_in) known_time = time_above;
        result.embedded = current.embedded->place(current.index, current.log_text);
        if (result.margin == 0) result.margin = margin_of_first(current);
    }
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
    if (current.embedded != nullptr) return known_time.emplace(decode::json_time(current.log_text));
    std::size_t before = result.margin;
    if (!result.frames.empty()) {
        const LoggedFrame& first = result.frames.front().logged;
        if (first.in_json || result.text.starts_with('{')) {
            return known_time.emplace(decode::json_time(result.text));
        }
        before = std::max(before, first.begin);
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
    state_->above_in.reset();
    state_->filled = false;
    state_->known_time.reset();
    state_->tail_frames.end_stack();
    state_->window.begin_text();
    state_->below.begin_text();
    state_->begun = false;
    state_->more = decode::MoreLines::may_come;
}

void Decoder::feed(std::string_view text) {
    state_->more = decode::MoreLines::may_come;
    state_->window.feed(text);
}

void Decoder::end() {
    state_->window.end();
}

void Decoder::no_more_now() {
    state_->more = decode::MoreLines::none_now;
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
