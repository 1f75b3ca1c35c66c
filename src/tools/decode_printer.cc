#include "tools/decode_printer.h"

#include <algorithm>

#include "base/text_words.h"
#include "log/plain_text.h"
#include "output/code_line.h"
#include "output/quoted.h"

namespace symline::tools {
namespace {

/// `place` may be null: where nothing is known of it, it is the kernel's.
output::LoggedPlace logged_place(const LoggedFrame& frame, const DecodedLine& line,
                                 std::string_view text, const DecodedPlace* place) {
    const bool of_kernel = place == nullptr || place->of_kernel;
    return {.line = line.number,
            .text = text,
            .format = name_of(frame.format),
            .kind = name_of(frame.kind),
            .symbol = frame.symbol,
            .offset = frame.offset,
            .size = frame.symbol_size,
            .module = frame.module,
            .build_id = frame.build_id,
            .host = line.host,
            .release = of_kernel ? line.release : std::string_view{},
            .kernel_build_id = of_kernel ? line.kernel_build_id : std::string_view{}};
}

/// What a line of the log changes the colour to, it resets after its message.
std::string margin_of(const DecodedLine& line) {
    return log::PlainText::without_controls(
        line.text.substr(line.margin_begin, line.margin - line.margin_begin));
}

bool has_source(const std::shared_ptr<const DecodedPlace>& place) {
    if (place == nullptr) return false;
    return std::ranges::any_of(place->candidates, [](const DecodedCandidate& candidate) {
        return !candidate.frames.empty() && !candidate.frames.front().location.file.empty();
    });
}

std::string_view symbol_of(const DecodedCode& code) {
    return code.pc ? code.pc->symbol : std::string_view();
}

output::LoggedPlace decided_place(const DecodedFrame& frame, const DecodedLine& line,
                                  std::string_view text) {
    auto place = logged_place(frame.logged, line, text, frame.place.get());
    place.kind = name_of(frame.kind());
    const DecodedCandidate* meant = frame.candidate();
    place.code_decided = meant != nullptr && meant->against_text;
    if (place.code_decided && frame.kind() != frame.logged.kind) {
        place.claimed = name_of(frame.logged.kind);
    }
    return place;
}

}  // namespace

void DecodePrinter::print(const DecodedLine& line) {
    if (!line.end.empty()) line_end_ = line.end.size() > 1 ? "\r\n" : "\n";
    if (!found_any_) note_places(line);
    switch (options_.style) {
        case DecodeStyle::text: print_text(line); break;
        case DecodeStyle::kernel: print_kernel(line); break;
        case DecodeStyle::json: print_json(line); break;
    }
}

void DecodePrinter::print_mark() {
    if (options_.style != DecodeStyle::json) output_.buffer() += "\xef\xbb\xbf";
}

void DecodePrinter::note_places(const DecodedLine& line) {
    found_any_ = (line.code && has_source(line.code->place)) ||
                 std::ranges::any_of(line.frames, has_source, &DecodedFrame::place);
}

/// A line of a text that is inside of another format: what would be lines of their own stands in
/// the same text, after the line.
void DecodePrinter::print_embedded(const DecodedLine& line) {
    std::string& out = output_.buffer();
    const EmbeddedLine& place = *line.embedded;
    const bool is_log = place.quoting == Quoting::octal;
    const auto field = out.size() + place.place_of(0);
    bool needs_quotes = false;
    std::size_t copied = 0;
    const auto add = [&](std::size_t at, std::string_view text) {
        const auto in_raw = std::clamp(place.place_of(at), copied, place.raw.size());
        out += place.raw.substr(copied, in_raw - copied);
        copied = in_raw;
        if (is_log) return output_.append_markup(text);
        needs_quotes = needs_quotes || output::needs_quotes(text, place.separator);
        output::append_quoted(out, text, place.quoting, place.depth);
    };
    below_.clear();
    for (const DecodedFrame& frame : line.frames) {
        const auto added = added_to(frame, is_log ? Within::line : Within::string);
        add(frame.logged.insert_at, added.place);
        below_ += added.below;
    }
    collect_code(line);
    const auto margin = margin_of(line);
    if (is_log) {
        put_off_below(place, margin);
    } else {
        base::for_each_line(below_, [&](std::string_view each) {
            add(line.text.size(), std::string("\n").append(margin).append(each));
        });
    }
    if (place.quoting == Quoting::bare_csv && needs_quotes) {
        add(line.text.size(), {});
        output::quote_field(out, field);
    }
    out += place.raw.substr(copied);
    if (place.last) add_put_off(line.end);
    out += line.end;
}

/// Of a line that rsyslog made of several, each of which may have a prefix of its own.
void DecodePrinter::put_off_below(const EmbeddedLine& place, const std::string& margin) {
    const auto end = margin.find_last_not_of(" \t") + 1;
    if (place.text_begin == 0) prefix_ = margin.substr(0, end == 0 ? 0 : end + 1);
    const auto indent = margin.substr(end == 0 ? 0 : std::min(end + 1, margin.size()));
    base::for_each_line(
        below_, [&](std::string_view each) { put_off_.emplace_back(prefix_ + indent, each); });
}

/// Below the line of the log that ends so.
void DecodePrinter::add_put_off(std::string_view end) {
    for (const auto& [margin, text] : put_off_) {
        output_.buffer() += end.empty() ? line_end_ : end;
        output_.buffer() += margin;
        output_.append_markup(text);
    }
    put_off_.clear();
}

void DecodePrinter::print_text(const DecodedLine& line) {
    if (line.embedded) return print_embedded(line);
    std::string& out = output_.buffer();
    if (line.frames.empty() && !line.code) {
        out.append(line.text.data(), line.text.size() + line.end.size());
        return;
    }
    print_tail_calls(line);
    std::size_t copied = 0;
    below_.clear();
    for (const DecodedFrame& frame : line.frames) {
        const auto added = added_to(frame, frame.logged.in_json ? Within::string : Within::line);
        const std::size_t at = std::clamp(frame.logged.insert_at, copied, line.text.size());
        out += line.text.substr(copied, at - copied);
        copied = at;
        if (frame.logged.in_json) {
            const auto quote = [&](std::string_view text) {
                output::append_quoted(out, text, Quoting::json, 1);
            };
            quote(added.place);
            base::for_each_line(added.below, [&](std::string_view each) {
                quote("\n    ");
                quote(each);
            });
            continue;
        }
        output_.append_markup(added.place);
        below_ += added.below;
    }
    out += line.text.substr(copied);
    collect_code(line);
    add_below(line);
    out += line.end;
}

/// Where the functions would stand in the stack: above the frame that called them, in lines that
/// begin as its line does. What is JSON stays JSON.
void DecodePrinter::print_tail_calls(const DecodedLine& line) {
    for (const DecodedFrame& frame : line.frames) {
        if (frame.tail_calls == nullptr || frame.logged.in_json) continue;
        const auto margin = margin_of(line);
        for (const auto& place : *frame.tail_calls) {
            base::for_each_line(texts_.of(*place, {}, {}).below(), [&](std::string_view each) {
                output_.buffer() += margin;
                output_.append_markup(each);
                output_.buffer() += line_end_;
            });
        }
    }
}

void DecodePrinter::print_json_tail_calls(const DecodedFrame& frame) {
    if (frame.tail_calls == nullptr) return;
    std::string& out = output_.buffer();
    out += ",\"tail_calls\":[";
    for (std::size_t i = 0; i < frame.tail_calls->size(); ++i) {
        if (i != 0) out += ',';
        out += texts_.of(*(*frame.tail_calls)[i], {}, {}).place();
    }
    out += ']';
}

/// What a line says of its place itself is not said again: the inlined calls are new. Where it says
/// another place, of another kernel or of the outermost of the calls, which it lists then, they are
/// not added.
DecodePrinter::Added DecodePrinter::added_to(const DecodedFrame& frame, Within within) {
    const bool in_string = within == Within::string;
    const auto& all = texts_.of(*frame.place, frame.chosen, frame.logged.symbol, in_string);
    if (frame.logged.source.empty()) return {all.place(), all.below()};
    if (frame.location_is_in_text()) return {{}, all.below()};
    if (options_.explain) return {all.place(), all.below()};
    return {};
}

/// The instructions of a "Code:" line.
void DecodePrinter::collect_code(const DecodedLine& line) {
    if (!line.code || !line.code->has_file) return;
    const DecodedCode& code = *line.code;
    const bool in_string = line.embedded && line.embedded->quoting != Quoting::octal;
    below_.clear();
    const auto place = code.place
                           ? texts_.of(*code.place, code.chosen, symbol_of(code), in_string).place()
                           : std::string_view();
    for (const std::string& each : output::code_lines(code.listing, place)) {
        (below_ += each) += '\n';
    }
}

/// Each added line begins with a line end, so that taking away what was added leaves the log, also
/// where its last line has no end.
void DecodePrinter::add_below(const DecodedLine& line) {
    if (below_.empty()) return;
    std::string& out = output_.buffer();
    const auto margin = margin_of(line);
    base::for_each_line(below_, [&](std::string_view each) {
        out += line.end.empty() ? line_end_ : line.end;
        out += margin;
        output_.append_markup(each);
    });
}

void DecodePrinter::print_json(const DecodedLine& line) {
    std::string& out = output_.buffer();
    for (const DecodedFrame& frame : line.frames) {
        const auto text = line.text.substr(frame.logged.begin, frame.logged.size);
        append_logged(decided_place(frame, line, text));
        print_json_tail_calls(frame);
        const LoggedFrame& logged = frame.logged;
        out += texts_.of(*frame.place, frame.chosen, logged.symbol, logged.in_json).place();
        out += '\n';
    }
    if (line.code) print_code_json(line);
}

/// With what all frames of the line have in common.
void DecodePrinter::append_logged(output::LoggedPlace logged) {
    logged.input = input_;
    logged.time = decoder_.time();
    output::append_json_logged(output_.buffer(), logged);
}

void DecodePrinter::print_code_json(const DecodedLine& line) {
    std::string& out = output_.buffer();
    const DecodedCode& code = *line.code;
    LoggedFrame pc = code.pc.value_or(LoggedFrame{});
    pc.kind = FrameKind::exact;
    const auto text = line.text.substr(code.begin, code.size);
    auto logged = logged_place(pc, line, text, code.place.get());
    logged.format = "code";
    append_logged(logged);
    out += output::json_code(code.listing);
    if (code.place != nullptr) {
        out += texts_.of(*code.place, code.chosen, symbol_of(code)).place();
    } else {
        output::ShownPlace none;
        none.miss = code.has_file ? "the file does not match the running kernel"
                                  : "the program counter is not known";
        out += output::json_decoded(none);
    }
    out += '\n';
}

void DecodePrinter::print_kernel(const DecodedLine& line) {
    std::string& out = output_.buffer();
    if (const auto words = output::parse_kernel_line(line.text)) {
        std::string decoded;
        output::append_kernel_line(decoded, *words, kernel_places(*words));
        out += decoded;
    } else if (line.code) {
        out += output::single_spaced(line.text);
        out += '\n';
        out += output::decodecode(line.code->listing);
        if (line.end.empty()) out.pop_back();
    } else {
        out += line.text;
    }
    // The script takes a carriage return off every line.
    out += line.end.empty() ? line.end : std::string_view("\n");
}

/// The script looks at the words alone: every symbol is a return address to it.
std::string_view DecodePrinter::kernel_places(const output::KernelLine& words) {
    const auto named = SymbolOffset::parse(words.symbol);
    if (!named || !named->size) return {};
    LoggedFrame frame;
    frame.symbol = named->name;
    frame.offset = named->offset;
    frame.symbol_size = named->size;
    frame.module = words.module;
    frame.build_id = words.build_id;
    const auto answer = decoder_.resolve(frame);
    found_any_ = found_any_ || has_source(answer.place);
    return texts_.of(*answer.place, answer.chosen, named->name).place();
}

}  // namespace symline::tools
