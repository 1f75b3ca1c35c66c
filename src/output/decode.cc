#include "output/decode.h"

#include "output/function_json.h"
#include "output/hyperlink.h"
#include "output/json_writer.h"
#include "output/numbers.h"
#include "output/terminal_text.h"
#include "symbolize/calls.h"
#include "symline/module.h"

namespace symline::output {
namespace {

/// "file:line", "file:?" where the line is not known; empty without a file.
std::string file_line(const SourceLocation& location, const NameStyle& names) {
    if (location.file.empty()) return {};
    std::string text = visible(shown_path(location, names));
    text += ':';
    if (location.line == 0) {
        text += '?';
    } else {
        append_decimal(text, location.line);
    }
    return text;
}

/// Beside every place of a file that is of another build.
constexpr std::string_view kOtherBuild = "of another build";

/// Prints frames as one style wants them.
struct Printer {
    const NameStyle& names;
    bool colour;

    std::string coloured(std::string_view sequence, const std::string& text) const;
    std::string place(const Frame& frame, const PlaceDetails& details) const;
    std::string function_at(const Frame& frame, const PlaceDetails& details) const;
    void add_source(Annotation& annotation, const Frame& frame, const PlaceDetails& details) const;
    void add_callers(Annotation& annotation, const ShownPlace& decoded, std::size_t chain) const;
    Annotation tail_call(const ShownPlace& decoded) const;
};

constexpr std::string_view kPlaceColour = "\x1b[36m";
constexpr std::string_view kNumberColour = "\x1b[2m";
constexpr std::string_view kLineColour = "\x1b[1m";

std::string Printer::coloured(std::string_view sequence, const std::string& text) const {
    return colour ? std::string(sequence) + text + "\x1b[m" : text;
}

/// Empty without a file.
std::string Printer::place(const Frame& frame, const PlaceDetails& details) const {
    const auto text = file_line(frame.location, names);
    if (text.empty()) return {};
    std::string linked;
    append_link(linked, details.link, text);
    return coloured(kPlaceColour, linked);
}

std::string Printer::function_at(const Frame& frame, const PlaceDetails& details) const {
    std::string text = visible(shown_name(frame, names));
    if (text.empty()) text = kUnknown;
    text += " at ";
    const auto where = place(frame, details);
    text += where.empty() ? "??:?" : where;
    return text;
}

void Printer::add_source(Annotation& annotation, const Frame& frame,
                         const PlaceDetails& details) const {
    const auto width = number_width(details.source);
    for (const SourceLine& line : details.source) {
        const bool itself = line.number == frame.location.line;
        std::string number = "    ";
        append_line_number(number, line.number, width, frame.location.line);
        std::string content;
        append_visible_part(content, line.text);
        annotation.below.push_back(itself ? coloured(kLineColour, number + content)
                                          : coloured(kNumberColour, number) + content);
    }
}

const PlaceDetails& details_of(const ShownPlace& decoded, std::size_t chain, std::size_t frame) {
    static const PlaceDetails none;
    const bool has = chain < decoded.details.size() && frame < decoded.details[chain].size();
    return has ? decoded.details[chain][frame] : none;
}

void Printer::add_callers(Annotation& annotation, const ShownPlace& decoded,
                          std::size_t chain) const {
    const Chain& frames = decoded.chains[chain];
    add_source(annotation, frames.front(), details_of(decoded, chain, 0));
    for (std::size_t i = 1; i < frames.size(); ++i) {
        const auto& details = details_of(decoded, chain, i);
        annotation.below.push_back("(inlined by) " + function_at(frames[i], details));
        add_source(annotation, frames[i], details);
    }
}

/// Nothing in the log stands for it: all of it is lines of their own.
Annotation Printer::tail_call(const ShownPlace& decoded) const {
    Annotation annotation;
    if (decoded.chains.empty()) return annotation;
    const Frame& innermost = decoded.chains[0].front();
    annotation.below.push_back("(tail call) " + function_at(innermost, details_of(decoded, 0, 0)));
    add_callers(annotation, decoded, 0);
    return annotation;
}

bool has_place(const Chain& chain) {
    return !chain.empty() && !chain.front().location.file.empty();
}

/// What is said after the place of the first chain, or in its stead.
std::string remarks(const ShownPlace& decoded, const NameStyle& names) {
    const bool nowhere = decoded.chains.size() == 1 && !has_place(decoded.chains[0]);
    std::string text = nowhere ? std::string() : visible(decoded.remark);
    const auto& name = decoded.demangled;
    if (name.empty() || decoded.remark == "start of " + name) return text;
    // The line of the last of the inlined calls names the function.
    const bool below = !decoded.chains.empty() && decoded.chains[0].size() > 1 &&
                       shown_name(decoded.chains[0].back(), names) == name;
    if (below) return text;
    if (!text.empty()) text += ", ";
    return text += visible(name);
}

std::string candidate_number(std::size_t number, std::size_t count) {
    return "candidate " + std::to_string(number) + " of " + std::to_string(count);
}

void write_frame(JsonWriter& json, const Frame& frame, const PlaceDetails& details,
                 const NameStyle& names) {
    json.begin_object();
    append_function(json, frame);
    if (frame.name_source == NameSource::minidebuginfo) json.string("name_source", "minidebuginfo");
    json.nonempty_string("file", frame.location.file);
    const auto path = shown_path(frame.location, names);
    if (path.size() < frame.location.file.size()) json.nonempty_string("path", path);
    json.nonzero_number("line", frame.location.line);
    json.nonzero_number("column", frame.location.column);
    json.nonzero_number("discriminator", frame.location.discriminator);
    json.boolean("inlined", frame.inlined);
    json.nonempty_string("url", details.link);
    append_source(json, details.source);
    json.end_object();
}

void write_chain(JsonWriter& json, const ShownPlace& decoded, std::size_t number,
                 const NameStyle& names) {
    const Chain& chain = decoded.chains[number];
    json.begin_array();
    for (std::size_t i = 0; i < chain.size(); ++i) {
        write_frame(json, chain[i], details_of(decoded, number, i), names);
    }
    json.end_array();
}

/// The first chain has a member of its own, empty where there is none.
void write_chains(JsonWriter& json, const ShownPlace& decoded, const NameStyle& names) {
    const std::size_t count = decoded.chains.size();
    json.key("frames");
    if (count == 0) {
        json.raw("[]");
    } else {
        write_chain(json, decoded, 0, names);
    }
    if (count < 2) return;
    json.begin_array("candidates");
    for (std::size_t i = 1; i < count; ++i) write_chain(json, decoded, i, names);
    json.end_array();
}

/// The rule by which a candidate was looked up.
std::string words_of(const DecodedCandidate& candidate) {
    std::string address;
    append_0x(address, candidate.address.value);
    switch (candidate.rule) {
        case LookupRule::before:
            return (candidate.against_text ? "a call ends there, so it is a return address, "
                                           : "return address, ") +
                   ("looked up one byte before " + address);
        case LookupRule::start_of_next:
            return "the end of one function, looked up as the start of the next, " + address;
        case LookupRule::definition: return candidate.frames.empty() ? "" : "definition";
        case LookupRule::as_it_is: break;
    }
    if (candidate.against_text) {
        const auto call = symbolize::call_ends_at(*candidate.module, candidate.address);
        return (call == symbolize::CallAt::no ? "no call ends there, so it is no return address"
                                              : "a signal interrupted the program there") +
               (": looked up as it is, " + address);
    }
    return "looked up as it is, " + address;
}

/// What led to a function that the log lacks, and on from it.
std::string tail_call_words(const DecodedCandidate& candidate) {
    std::string text = "called by the frame below, left by ";
    if (candidate.rule != LookupRule::before) return text += "one of several jumps";
    append_0x(text += "the jump before ", candidate.address.value);
    return text;
}

/// Why a candidate has no frames, in the words that the styles have for it.
std::string_view miss_of(const DecodedCandidate& candidate) {
    const bool has_debug = !candidate.module->files().debug_path().empty();
    return has_debug ? "not covered" : "no debug information";
}

}  // namespace

ShownPlace shown_place(const DecodedPlace& place, std::optional<std::size_t> chosen) {
    ShownPlace shown;
    shown.miss = place.miss;
    shown.other_build = place.other_build;
    shown.tail_call = place.tail_call;
    if (place.candidates.empty()) {
        shown.remark = place.mismatch;
        return shown;
    }
    const DecodedCandidate& first = place.candidates[chosen.value_or(0)];
    const auto section = first.module->sections().offset_of(first.address);
    const bool relocatable = first.module->elf().type() == FileType::relocatable;
    shown.address = relocatable && section ? section->offset : first.address.value;
    shown.found_by = first.found_by;
    if (first.rule == LookupRule::definition) shown.remark = "definition";
    shown.at_start = first.at_start;
    if (!first.next_symbol.empty()) {
        shown.remark = "start of " + demangle(first.next_symbol);
    } else if (first.at_start && first.rule != LookupRule::definition) {
        shown.remark = "start of " + demangle(first.frames.back().linkage_or_name());
    }
    if (place.other_build) {
        if (!shown.remark.empty()) shown.remark += ", ";
        shown.remark += kOtherBuild;
    }
    if (first.frames.empty()) {
        shown.miss = miss_of(first);
    } else if (chosen) {
        shown.chains.push_back(first.frames);
    } else {
        for (const auto& each : place.candidates) shown.chains.push_back(each.frames);
    }
    return shown;
}

std::string explanation(const DecodedPlace& place, std::optional<std::size_t> chosen) {
    std::string line = "(explain) ";
    if (place.candidates.empty()) return line + place.miss;
    const DecodedCandidate& first = place.candidates[chosen.value_or(0)];
    line += place.tail_call ? tail_call_words(first) : words_of(first);
    if (first.at_start) line += ", before the function's first line";
    line += " in " + first.module->path() + " (" + std::string(describe(first.found_by)) + ")";
    if (first.module->files().debug_path() != first.module->path()) {
        line += ", debug file " + first.module->files().debug_path();
    }
    return line;
}

Annotation annotate(const ShownPlace& decoded, const NameStyle& names, Colour colour) {
    if (decoded.tail_call) return Printer{names, colour == Colour::yes}.tail_call(decoded);
    Annotation annotation;
    const std::size_t count = decoded.chains.size();
    if (count == 0 || (count == 1 && !has_place(decoded.chains[0]))) {
        const auto said = remarks(decoded, names);
        if (!said.empty()) annotation.place = " (" + said + ")";
        return annotation;
    }
    const Printer printer{names, colour == Colour::yes};
    const Chain& first = decoded.chains[0];
    std::string inside = has_place(first) ? printer.place(first.front(), details_of(decoded, 0, 0))
                                          : std::string("??:?");
    const auto said = remarks(decoded, names);
    if (!said.empty()) inside += ", " + said;
    if (count > 1) inside += ", " + candidate_number(1, count);
    annotation.place = " (" + inside + ")";
    if (!first.empty()) printer.add_callers(annotation, decoded, 0);
    for (std::size_t i = 1; i < count; ++i) {
        const Chain& chain = decoded.chains[i];
        if (chain.empty()) continue;
        annotation.below.push_back("(" + candidate_number(i + 1, count) + ") " +
                                   printer.function_at(chain.front(), details_of(decoded, i, 0)));
        printer.add_callers(annotation, decoded, i);
    }
    return annotation;
}

std::string kernel_places(const ShownPlace& decoded, std::string_view base_path) {
    std::string text;
    const NameStyle names{.prefix = base_path};
    if (decoded.chains.empty() || !has_place(decoded.chains[0])) return text;
    for (const Frame& frame : decoded.chains[0]) {
        if (!text.empty()) text += ' ';
        const auto place = file_line(frame.location, names);
        text += place.empty() ? "??:?" : place;
    }
    if (decoded.other_build) (text += ", ") += kOtherBuild;
    return text;
}

void append_json_logged(std::string& out, const LoggedPlace& logged) {
    JsonWriter json(out);
    json.begin_object();
    json.nonempty_string("input", logged.input);
    json.number("line", logged.line);
    json.nonempty_string("text", logged.text);
    json.nonempty_string("format", logged.format);
    json.nonempty_string("kind", logged.kind);
    json.nonempty_string("claimed", logged.claimed);
    if (logged.code_decided) json.string("decided_by", "code");
    json.nonempty_string("symbol", logged.symbol);
    if (logged.offset) json.number("offset", *logged.offset);
    if (logged.size) json.number("size", *logged.size);
    json.nonempty_string("module", logged.module);
    json.nonempty_string("build_id", logged.build_id);
    json.nonempty_string("host", logged.host);
    json.nonempty_string("release", logged.release);
    json.nonempty_string("kernel_build_id", logged.kernel_build_id);
    json.nonempty_string("time", logged.time);
}

std::string json_tail_call(const ShownPlace& decoded, const NameStyle& names) {
    std::string out;
    JsonWriter json(out);
    if (!decoded.chains.empty()) write_chain(json, decoded, 0, names);
    return out;
}

std::string json_decoded(const ShownPlace& decoded, const NameStyle& names) {
    std::string out;
    JsonWriter json(out, JsonWriter::Start::after_member);
    json.nonempty_string("demangled", decoded.demangled);
    if (decoded.address) json.hex("address", *decoded.address);
    write_chains(json, decoded, names);
    if (decoded.at_start) json.boolean("at_start", true);
    if (decoded.other_build) json.boolean("other_build", true);
    json.nonempty_string("found_by", describe(decoded.found_by));
    json.nonempty_string("miss", decoded.miss);
    json.end_object();
    return out;
}

}  // namespace symline::output
