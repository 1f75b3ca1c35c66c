#include "output/located.h"

#include "output/json_writer.h"

namespace symline::output {
namespace {

/// Appends what is known of one file, line by line.
class LocatedText {
public:
    LocatedText(std::string& out, const LocatedStyle& style) : out_(out), style_(style) {}

    void heading(std::string_view what) {
        append_name(out_, what, style_.reader);
        out_ += ":\n";
    }
    /// "  label      value (how)".
    void line(std::string_view label, std::string_view value, std::string_view how = {}) {
        constexpr std::size_t kColumn = 10;
        out_ += "  ";
        out_ += label;
        out_.append(kColumn - label.size(), ' ');
        append_name(out_, value, style_.reader);
        if (!how.empty()) {
            out_ += " (";
            append_name(out_, how, style_.reader);
            out_ += ')';
        }
        out_ += '\n';
    }
    void file(std::string_view label, const LocatedFile& file) {
        line(label, file.path.empty() ? "not found" : file.path, describe(file.found_by));
    }
    void splits(const std::vector<Located::Split>& splits);

private:
    std::string& out_;
    const LocatedStyle& style_;
};

/// The files, each once. A large program has thousands: unless all are wanted, some of them, and
/// how many more there are.
void LocatedText::splits(const std::vector<Located::Split>& splits) {
    constexpr std::size_t kMaxShown = 8;
    std::vector<std::string_view> seen;
    std::size_t left = 0;
    for (const Located::Split& split : splits) {
        const bool found = !split.file.path.empty();
        const std::string_view key = found ? split.file.path : split.name;
        if (!seen.empty() && seen.back() == key) continue;
        seen.push_back(key);
        if (style_.detail == LocatedDetail::files && seen.size() > kMaxShown) {
            ++left;
        } else if (found) {
            file("split", split.file);
        } else {
            line("split", "not found", split.name);
        }
    }
    if (left > 0) line("split", std::to_string(left) + " more files", "shown by -v");
}

void write_file(JsonWriter& json, std::string_view key, const LocatedFile& file) {
    if (file.path.empty()) return;
    json.begin_object(key);
    json.string("path", file.path);
    json.nonempty_string("found_by", describe(file.found_by));
    json.end_object();
}

void write_split(JsonWriter& json, const Located::Split& split) {
    json.begin_object();
    json.nonempty_string("name", split.name);
    json.nonempty_string("path", split.file.path);
    json.nonempty_string("found_by", describe(split.file.found_by));
    json.end_object();
}

void write_refused(JsonWriter& json, const Error& refused) {
    json.begin_object();
    json.nonempty_string("path", refused.file);
    json.nonempty_string("reason", refused.message);
    json.end_object();
}

void write_tried(JsonWriter& json, const TriedPlace& tried) {
    json.begin_object();
    json.nonempty_string("place", tried.place);
    json.nonempty_string("finder", describe(tried.found_by));
    json.nonempty_string("outcome", describe(tried));
    json.end_object();
}

void write_sources(JsonWriter& json, const Located& located) {
    if (located.sources.empty()) return;
    json.begin_object("sources");
    json.string("directory", located.sources);
    json.boolean("here", located.sources_here);
    json.end_object();
}

template <typename Range, typename Write>
void write_nonempty_array(JsonWriter& json, std::string_view key, const Range& range, Write write) {
    if (range.empty()) return;
    json.array(key, range, [&](const auto& each) { write(json, each); });
}

}  // namespace

void append_located(std::string& out, std::string_view what, const Located& located,
                    const LocatedStyle& style) {
    LocatedText text(out, style);
    text.heading(what);
    if (located.build_id) text.line("build id", located.build_id->hex());
    if (!located.release.empty()) text.line("kernel", located.release);
    text.file("code", located.code);
    text.file("debug", located.debug);
    if (!located.alt.path.empty()) {
        text.file("alt", located.alt);
    } else if (!located.alt_name.empty()) {
        text.line("alt", "not found", located.alt_name);
    }
    text.splits(located.splits);
    if (!located.sources.empty()) {
        text.line("sources", located.sources, located.sources_here ? "" : "not here");
    }
    if (style.detail == LocatedDetail::files) return;
    for (const TriedPlace& each : located.tried) {
        text.line("tried", each.place,
                  std::string(describe(each.found_by)) + ": " + std::string(describe(each)));
    }
}

void append_located_json(std::string& out, std::string_view what, const Located& located,
                         LocatedDetail detail) {
    JsonWriter json(out);
    json.begin_object();
    json.nonempty_string("what", what);
    if (located.build_id) json.nonempty_string("build_id", located.build_id->hex());
    json.nonempty_string("release", located.release);
    json.nonempty_string("problem", located.problem);
    write_file(json, "code", located.code);
    write_file(json, "debug", located.debug);
    write_file(json, "alt", located.alt);
    write_nonempty_array(json, "split", located.splits, write_split);
    write_sources(json, located);
    write_nonempty_array(json, "refused", located.refused, write_refused);
    if (detail == LocatedDetail::places_tried) {
        json.array("tried", located.tried, [&](const auto& each) { write_tried(json, each); });
    }
    json.end_object();
    out += '\n';
}

}  // namespace symline::output
