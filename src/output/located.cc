#include "output/located.h"

#include "output/json_writer.h"

namespace symline::output {
namespace {

/// "  name       value (how)".
void append_line(std::string& out, std::string_view name, std::string_view value,
                 std::string_view how) {
    constexpr std::size_t column = 10;
    ((out += "  ") += name).append(column - name.size(), ' ') += value;
    if (!how.empty()) ((out += " (") += how) += ')';
    out += '\n';
}

void append_file(std::string& out, std::string_view name, const LocatedFile& file) {
    append_line(out, name, file.path.empty() ? "not found" : file.path, describe(file.found_by));
}

void write_file(JsonWriter& json, std::string_view key, const LocatedFile& file) {
    if (file.path.empty()) return;
    json.begin_object(key);
    json.string("path", file.path);
    json.nonempty_string("found_by", describe(file.found_by));
    json.end_object();
}

/// The files, each once. A large program has thousands: without `verbose` some of them, and how
/// many more there are.
void append_splits(std::string& out, const std::vector<Located::Split>& splits, bool verbose) {
    constexpr std::size_t most = 8;
    std::vector<std::string_view> shown;
    std::size_t left = 0;
    for (const Located::Split& split : splits) {
        const bool found = !split.file.path.empty();
        const std::string_view key = found ? split.file.path : split.name;
        if (!shown.empty() && shown.back() == key) continue;
        shown.push_back(key);
        if (!verbose && shown.size() > most) {
            ++left;
        } else if (found) {
            append_file(out, "split", split.file);
        } else {
            append_line(out, "split", "not found", split.name);
        }
    }
    if (left > 0) append_line(out, "split", std::to_string(left) + " more files", "shown by -v");
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
    json.nonempty_string("outcome", tried.outcome);
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

void append_located(std::string& out, std::string_view what, const Located& located, bool verbose) {
    (out += what) += ":\n";
    if (located.build_id) append_line(out, "build id", located.build_id->hex(), {});
    if (!located.release.empty()) append_line(out, "kernel", located.release, {});
    append_file(out, "code", located.code);
    append_file(out, "debug", located.debug);
    if (!located.alt.path.empty()) {
        append_file(out, "alt", located.alt);
    } else if (!located.alt_name.empty()) {
        append_line(out, "alt", "not found", located.alt_name);
    }
    append_splits(out, located.splits, verbose);
    if (!located.sources.empty()) {
        append_line(out, "sources", located.sources, located.sources_here ? "" : "not here");
    }
    if (!verbose) return;
    for (const TriedPlace& each : located.tried) {
        append_line(out, "tried", each.place,
                    std::string(describe(each.found_by)) + ": " + each.outcome);
    }
}

void append_located_json(std::string& out, std::string_view what, const Located& located,
                         bool verbose) {
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
    if (verbose) {
        json.array("tried", located.tried, [&](const auto& each) { write_tried(json, each); });
    }
    json.end_object();
    out += '\n';
}

}  // namespace symline::output
