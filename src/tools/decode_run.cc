#include "tools/decode_run.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/descriptor.h"
#include "base/file_text.h"
#include "tools/messages.h"
#include "tools/missing_files.h"

namespace symline::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A kernel writes a report in one go: when for so long nothing comes, no more of it will, and a
/// line is not kept back longer than that for one that does not end.
constexpr milliseconds kSilence{50};
constexpr milliseconds kMaxWait{200};

/// The largest /proc/kallsyms are of 20 MB.
constexpr std::size_t kMaxText = std::size_t{256} * 1024 * 1024;

constexpr MissingFileWords kWords{
    .vmlinux = "-k BUILD/vmlinux",
    .no_release = "the text names no release: -r RELEASE does, -k FILE gives its vmlinux"};

std::optional<std::string> text_of(const std::string& path, Diagnostics& diagnostics) {
    if (path.empty()) return std::nullopt;
    // Named by the user: --kallsyms=<(ssh HOST cat /proc/kallsyms).
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    auto text = base::read_rest(file.number, kMaxText);
    if (!text) diagnostics.say("'" + path + "': cannot be read");
    return text ? std::move(*text) : std::string();
}

}  // namespace

Decode::Decode(const DecodeOptions& options, Diagnostics& diagnostics, StandardOutput& output,
               DisassemblerMaker disassembler)
    : options_(options),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(options.fetch, diagnostics),
      debug_files_(open_debug_files(options.places, fetches_)),
      indexes_(options.places.index, options.fetch.quiet, diagnostics),
      decoder_(decoder_options(std::move(disassembler))),
      printer_(options, decoder_, output, debug_files_) {}

DecoderOptions Decode::decoder_options(DisassemblerMaker disassembler) {
    DecoderOptions wanted = options_.decoder;
    wanted.debug_files = debug_files_;
    wanted.kallsyms = text_of(options_.kallsyms, diagnostics_);
    wanted.modules = text_of(options_.modules_text, diagnostics_);
    wanted.disassembler = std::move(disassembler);
    wanted.looked_up = [this](const Module& module) {
        if (indexes_.is_time_after(module)) indexes_.make(module);
    };
    return wanted;
}

bool Decode::run() {
    if (!can_use_vmlinux()) return false;
    bool read = true;
    if (options_.files.empty()) {
        read = decode_descriptor(STDIN_FILENO, {});
    } else {
        for (const std::string& path : options_.files) read = decode_file(path) && read;
    }
    output_.flush();
    tell(decoder_.take_notices());
    for (const auto& each : decoder_.missing_files()) {
        diagnostics_.say_once(missing_files_line(each, kWords));
    }
    if (const auto line = printer_.missing_source(); !line.empty()) diagnostics_.say_once(line);
    return read;
}

/// The file of the command line is looked at before anything is printed.
bool Decode::can_use_vmlinux() {
    if (options_.decoder.vmlinux.empty()) return true;
    const auto error = decoder_.vmlinux_error();
    if (error) diagnostics_.say("'" + options_.decoder.vmlinux + "': " + message_of(*error));
    return !error;
}

bool Decode::decode_file(const std::string& path) {
    if (path == "-") return decode_descriptor(STDIN_FILENO, {});
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        diagnostics_.say("'" + path + "': " + std::strerror(errno));
        return false;
    }
    const bool read = decode_descriptor(descriptor, path);
    ::close(descriptor);
    return read;
}

/// An empty path is standard input.
bool Decode::decode_descriptor(int descriptor, const std::string& path) {
    LogReader reader(descriptor);
    decoder_.begin_text();
    printer_.begin_text(path);
    bool goes_on = print_lines();
    while (goes_on && !reader.ended()) goes_on = feed_more(reader) && print_lines();
    if (reader.problem().empty()) return true;
    const auto name = path.empty() ? "standard input" : "'" + path + "'";
    diagnostics_.say(name + ": " + reader.problem());
    return false;
}

/// What can be decoded of what was read. False when there is no use in going on.
bool Decode::print_lines() {
    while (const DecodedLine* line = decoder_.next()) {
        waiting_since_.reset();
        printer_.print(*line);
        const bool asked = !line->frames.empty() || line->code || !options_.decoder.resolve_frames;
        if (asked) tell(decoder_.take_notices());
        if (!output_.flush_if_large()) return false;
    }
    return true;
}

/// Does what the decoder needs to go on: reads, or says that no more comes now.
bool Decode::feed_more(LogReader& reader) {
    switch (decoder_.needs()) {
        case Decoder::Needs::line:
            if (!reader.ready(0) && !output_.flush()) return false;
            read_into_decoder(reader);
            return true;
        case Decoder::Needs::lines:
            if (!reader.ready(0)) {
                decoder_.no_more_now();
            } else {
                read_into_decoder(reader);
            }
            return true;
        case Decoder::Needs::report: break;
    }
    return wait_for_report(reader);
}

void Decode::read_into_decoder(LogReader& reader) {
    const bool had_mark = reader.had_mark();
    decoder_.feed(reader.read());
    if (reader.had_mark() && !had_mark) printer_.print_mark();
    if (reader.ended()) decoder_.end();
}

bool Decode::wait_for_report(LogReader& reader) {
    if (!waiting_since_) waiting_since_ = steady_clock::now();
    if (!output_.flush()) return false;
    const bool too_long = steady_clock::now() - *waiting_since_ >= kMaxWait;
    if (too_long || !reader.ready(static_cast<int>(kSilence.count()))) {
        decoder_.no_more_now();
    } else {
        read_into_decoder(reader);
    }
    return true;
}

/// What was named and is of another build can be used all the same.
bool Decode::can_override(const Notice& notice) const {
    const bool first = notice.kind == Notice::Kind::not_used;
    if (!first && notice.kind != Notice::Kind::no_longer_used) return false;
    if (options_.decoder.mismatch == BuildMismatch::warn) return false;
    if (notice.about.file == options_.decoder.vmlinux) return true;
    if (!first || notice.about.code != ErrorCode::mismatch) return false;
    return std::ranges::any_of(options_.decoder.module_directories, [&](const auto& directory) {
        return notice.about.file.starts_with(directory + (directory.ends_with('/') ? "" : "/"));
    });
}

void Decode::tell(const std::vector<Notice>& notices) {
    for (const Notice& each : notices) {
        std::string line = notice_line(each);
        if (can_override(each)) line += "; --mismatch=warn uses it all the same";
        diagnostics_.say_once(line);
    }
}

}  // namespace symline::tools
