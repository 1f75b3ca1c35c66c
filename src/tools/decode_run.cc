#include "tools/decode_run.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "output/json_writer.h"
#include "output/terminal_text.h"

namespace symline::tools {
namespace {

/// How far the line with the release may be from the first frame of its report: "Modules linked
/// in" can be long, and the "CPU:" line stands behind it.
constexpr std::size_t kFarthestRelease = std::size_t{32} * 1024;

/// How many lines may be looked at below one that waits for them, and for how long, in
/// milliseconds, nothing may come.
constexpr int kMostLines = 64;
constexpr int kSilence = 50;

std::string_view first_line(std::string_view text) {
    auto line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// Not string_view::find, which stops at each of the word's first letters.
bool holds(std::string_view text, std::string_view word) {
    return ::memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

bool may_name_release(std::string_view text) {
    return holds(text, "Comm: ") || holds(text, "ainted") || holds(text, "Linux version ");
}

bool begins_stack(std::string_view line) {
    return line.find("Call Trace:") != std::string_view::npos ||
           line.find("Call trace:") != std::string_view::npos ||
           line.find("[ cut here ]") != std::string_view::npos;
}

/// The next lines of `text`, at most `count` of them, which are there to their ends.
std::string_view whole_lines(std::string_view text, int count) {
    std::size_t size = 0;
    while (count-- > 0) {
        const auto end = text.find('\n', size);
        if (end == std::string_view::npos) break;
        size = end + 1;
    }
    return text.substr(0, size);
}

/// Only "+0x1f/0x20" gives a size; the tracers, whose stacks are by far the longest, give none.
bool may_hold_size(std::string_view lines) {
    return lines.contains("/0x");
}

/// Behind a JSON string's backslash stands what a line of its own would otherwise hold.
std::string json_text(std::string_view text) {
    std::string quoted;
    output::append_json_string(quoted, text);
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

bool Decode::run() {
    bool read = true;
    if (options_.files.empty()) {
        read = decode_descriptor(STDIN_FILENO, "standard input");
    } else {
        for (const std::string& path : options_.files) read = decode_file(path) && read;
    }
    output_.flush();
    kernels_.tell();
    kernels_.tell_missing();
    return read;
}

bool Decode::decode_file(const std::string& path) {
    if (path == "-") return decode_descriptor(STDIN_FILENO, "standard input");
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        diagnostics_.say("'" + path + "': " + std::strerror(errno));
        return false;
    }
    const bool read = decode_descriptor(descriptor, "'" + path + "'");
    ::close(descriptor);
    return read;
}

bool Decode::decode_descriptor(int descriptor, const std::string& name) {
    BlockReader reader(descriptor);
    parser_ = {};
    line_number_ = next_search_ = next_expected_ = next_sizes_ = 0;
    while (const auto line = reader.next([this] { return output_.flush(); })) {
        ++line_number_;
        if (!line->end.empty()) line_end_ = line->end.size() == 2 ? "\r\n" : "\n";
        const bool skip =
            line->text.size() >= BlockReader::longest_line || !parser_.wants(line->text);
        if (!skip) {
            decode(*line, reader);
        } else if (options_.style == DecodeStyle::kernel) {
            parsed_.facts = {};
            append_kernel(*line);
        } else if (options_.style == DecodeStyle::text) {
            output_.buffer() += line->whole();
        }
        if (!output_.flush_if_large()) break;
    }
    if (reader.error() == 0) return true;
    diagnostics_.say(name + ": " + std::strerror(reader.error()));
    return false;
}

void Decode::parse(const LogLine& line) {
    parser_.parse(line.text, parsed_);
    kernels_.set_host(log_host(line.text.substr(0, parsed_.prefix.end())));
    kernels_.take(parsed_.facts);
}

void Decode::decode(LogLine line, BlockReader& reader) {
    reader_ = &reader;
    const log::Parser before(parser_);
    parse(line);
    resolver_.take(parsed_.facts);
    if (awaits_release() && !take_release_below(reader)) {
        line = hold(line, reader);
        parser_ = before;
        parse(line);
    }
    code_.take(parsed_);
    if (!parsed_.occurrences.empty() && kernels_.debug_files()->may_fetch()) {
        expect_files_below(line.text, reader);
    }
    if (!parsed_.occurrences.empty()) count_sizes_below(reader);
    switch (options_.style) {
        case DecodeStyle::text: append_text(line); break;
        case DecodeStyle::kernel: append_kernel(line); break;
        case DecodeStyle::json: append_json(line); break;
    }
}

/// A report's first lines have frames; which kernel it is of stands a few lines below.
bool Decode::awaits_release() const {
    if (kernels_.fixed() || parsed_.occurrences.empty() || !parsed_.facts.release.empty()) {
        return false;
    }
    const bool of_report = parsed_.occurrences.front().format == log::Format::oops;
    return of_report && (parsed_.facts.begins_report || !kernels_.known());
}

/// Keeps back a line while the rest of its report is on its way: a kernel writes it in one go, so
/// that silence says that no more will come.
LogLine Decode::hold(const LogLine& line, BlockReader& reader) {
    using Clock = std::chrono::steady_clock;
    held_ = line.whole();
    const std::size_t size = line.text.size();
    const std::string_view whole(held_);
    const auto give_up = Clock::now() + std::chrono::milliseconds(4 * kSilence);
    if (output_.flush()) {
        while (std::ranges::count(reader.ahead(), '\n') < kMostLines && Clock::now() < give_up &&
               reader.wait(kSilence)) {
            if (take_release_below(reader)) break;
        }
    }
    return {whole.substr(0, size), whole.substr(size)};
}

bool Decode::is_of_host(const log::ParsedLine& parsed, std::string_view line) const {
    return log_host(line.substr(0, parsed.prefix.end())) == kernels_.host();
}

/// True when there was one, or when the report's stack has begun without: a report that names its
/// kernel does it before. Lines that were searched are not searched again.
bool Decode::take_release_below(const BlockReader& reader) {
    auto rest = reader.ahead().substr(0, kFarthestRelease);
    std::uint64_t number = line_number_;
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; ++number) {
        const auto line = first_line(rest);
        rest.remove_prefix(end + 1);
        if (kernels_.known() && begins_stack(line)) return true;
        if (number < next_search_ || !may_name_release(line)) continue;
        log::Parser(parser_).parse(line, ahead_);
        if (ahead_.facts.release.empty() || !is_of_host(ahead_, line)) continue;
        log::Facts facts;
        facts.release = ahead_.facts.release;
        facts.kernel_build_id = ahead_.facts.kernel_build_id;
        kernels_.take(facts);
        return true;
    }
    next_search_ = std::max(next_search_, number);
    return false;
}

/// The first frames of a report must not be looked up in a file that its other frames show to be
/// of another build.
void Decode::count_sizes_below(const BlockReader& reader) {
    if (line_number_ < next_sizes_) return;
    auto rest = whole_lines(reader.ahead(), kMostLines);
    if (!may_hold_size(rest) && !may_name_release(rest)) {
        next_sizes_ = line_number_ + static_cast<std::uint64_t>(std::ranges::count(rest, '\n'));
        return;
    }
    log::Parser parser(parser_);
    next_sizes_ = line_number_;
    for (; !rest.empty(); ++next_sizes_) {
        const auto end = rest.find('\n');
        const auto line = first_line(rest);
        rest.remove_prefix(end + 1);
        if (line.size() > kFarthestRelease || !parser.wants(line)) continue;
        parser.parse(line, ahead_);
        if (ahead_.facts.begins_boot) return;
        if (!is_of_host(ahead_, line)) continue;
        // Behind another kernel's line other files count.
        if (!ahead_.facts.release.empty() && ahead_.facts.release != kernels_.release()) return;
        for (const auto& occurrence : ahead_.occurrences) resolver_.count_size(occurrence);
    }
}

/// Modules stand in the frames with their build ids: what has to be fetched for a report is fetched
/// in parallel, before the first of its frames is looked up.
void Decode::expect_files_below(std::string_view line, const BlockReader& reader) {
    if (line_number_ < next_expected_) return;
    std::vector<kernel::ModuleName> modules;
    auto rest = reader.ahead().substr(0, kFarthestRelease);
    next_expected_ = line_number_ + 1;
    for (;;) {
        if (line.ends_with(']')) {
            log::Parser(parser_).parse(line, ahead_);
            for (const log::Occurrence& each : ahead_.occurrences) {
                if (!each.module.empty() && !each.build_id.empty()) {
                    modules.push_back({std::string(each.module), std::string(each.build_id)});
                }
            }
        }
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) break;
        line = first_line(rest);
        rest.remove_prefix(end + 1);
        ++next_expected_;
    }
    kernels_.current().expect(modules);
}

/// The frame below the one that is being decoded, if it has been read.
const DecodedEntry* Decode::next_entry(const BlockReader& reader) {
    const auto rest = reader.ahead();
    if (rest.find('\n') == std::string_view::npos) return nullptr;
    log::Parser(parser_).parse(first_line(rest), ahead_);
    if (ahead_.occurrences.empty()) return nullptr;
    return &resolver_.entry(ahead_.occurrences.front());
}

void Decode::append_text(const LogLine& line) {
    std::string& out = output_.buffer();
    std::size_t copied = 0;
    below_.clear();
    const auto next = [this] { return next_entry(*reader_); };
    for (const log::Occurrence& occurrence : parsed_.occurrences) {
        const output::Annotation& added = resolver_.resolve(occurrence, next).annotation;
        const std::size_t at = std::clamp(occurrence.insert_at, copied, line.text.size());
        output_.buffer() += line.text.substr(copied, at - copied);
        copied = at;
        // What a line says of its place itself is not said again; its inlined calls are new.
        const bool said = !occurrence.source.empty();
        if (occurrence.in_json) {
            out += json_text(added.place);
            for (const auto& each : added.below) out += json_text("\n    " + each);
        } else {
            if (!said) output_.append_markup(added.place);
            below_.insert(below_.end(), added.below.begin(), added.below.end());
        }
    }
    output_.buffer() += line.text.substr(copied);
    const auto code = decode_code(line, DecodeCode::Addresses::file);
    if (code && code->has_file) {
        const auto* place = code->place;
        below_ = output::code_lines(code->listing, place ? place->annotation.place : "");
    }
    if (!below_.empty()) append_below(line);
    out += line.end;
}

/// Each added line begins with a line end, so that taking away what was added leaves the log, also
/// where its last line has no end.
void Decode::append_below(const LogLine& line) {
    std::string& out = output_.buffer();
    const auto margin = line.text.substr(0, std::min(parsed_.indent.end(), line.text.size()));
    for (const std::string& each : below_) {
        out += line.end.empty() ? line_end_ : line.end;
        output_.buffer() += margin;
        output_.append_markup(each);
    }
}

void Decode::append_json(const LogLine& line) {
    std::string& out = output_.buffer();
    const auto next = [this] { return next_entry(*reader_); };
    for (const log::Occurrence& occurrence : parsed_.occurrences) {
        const DecodedText& text = resolver_.resolve(occurrence, next);
        output::append_json_logged(
            out, {.line = line_number_,
                  .text = line.text.substr(occurrence.text.offset, occurrence.text.size),
                  .format = log::format_name(occurrence.format),
                  .kind = log::kind_name(occurrence.kind),
                  .symbol = occurrence.symbol,
                  .offset = occurrence.offset,
                  .size = occurrence.size,
                  .module = occurrence.module,
                  .build_id = occurrence.build_id});
        out += text.json;
        out += '\n';
    }
    append_code_json(line);
}

std::optional<DecodedCode> Decode::decode_code(const LogLine& line,
                                               DecodeCode::Addresses addresses) {
    const log::Span& span = parsed_.facts.code_bytes;
    if (span.size == 0) return std::nullopt;
    return code_.decode(line.text.substr(span.offset, span.size), addresses);
}

void Decode::append_code_json(const LogLine& line) {
    const auto code = decode_code(line, DecodeCode::Addresses::file);
    if (!code) return;
    std::string& out = output_.buffer();
    const log::Span& span = parsed_.facts.code_bytes;
    const log::Occurrence& counter = code->counter;
    output::append_json_logged(out, {.line = line_number_,
                                     .text = line.text.substr(span.offset, span.size),
                                     .format = "code",
                                     .kind = log::kind_name(log::Kind::exact),
                                     .symbol = counter.symbol,
                                     .offset = counter.offset,
                                     .size = counter.size,
                                     .module = counter.module,
                                     .build_id = counter.build_id});
    out += output::json_code(code->listing);
    if (code->place != nullptr) {
        out += code->place->json;
    } else {
        output::DecodedPlace nothing;
        nothing.miss = code->has_file ? "the file does not match the running kernel"
                                      : "the program counter is not known";
        out += output::json_decoded(nothing);
    }
    out += '\n';
}

void Decode::append_kernel(const LogLine& line) {
    const auto words = output::parse_kernel_line(line.text);
    if (const auto code =
            words ? std::nullopt : decode_code(line, DecodeCode::Addresses::from_zero)) {
        output_.buffer() += output::single_spaced(line.text);
        std::string& out = output_.buffer();
        out += '\n';
        out += output::decodecode(code->listing);
        if (line.end.empty()) out.pop_back();
    } else if (!words) {
        output_.buffer() += line.text;
    } else {
        std::string decoded;
        output::append_kernel_line(decoded, *words, kernel_style_places(*words));
        output_.buffer() += decoded;
    }
    // The script takes a carriage return off every line.
    output_.buffer() += line.end.empty() ? line.end : std::string_view("\n");
}

/// The script looks at the words alone: every symbol is a return address to it.
std::string_view Decode::kernel_style_places(const output::KernelLine& words) {
    const auto place = SymbolOffset::parse(words.symbol);
    if (!place || !place->size) return {};
    log::Occurrence occurrence;
    occurrence.symbol = place->name;
    occurrence.offset = place->offset;
    occurrence.size = place->size;
    occurrence.module = words.module;
    occurrence.build_id = words.build_id;
    const auto next = [this] { return reader_ ? next_entry(*reader_) : nullptr; };
    return resolver_.resolve(occurrence, next).kernel;
}

}  // namespace symline::tools
