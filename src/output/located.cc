#include "output/located.h"

#include "output/json.h"

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

void append_field(std::string& out, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!out.ends_with('{')) out += ',';
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
}

void append_file_field(std::string& out, std::string_view key, const LocatedFile& file) {
    if (file.path.empty()) return;
    out += ',';
    append_json_string(out, key);
    out += ":{";
    append_field(out, "path", file.path);
    append_field(out, "found_by", describe(file.found_by));
    out += '}';
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

void append_split_field(std::string& out, const std::vector<Located::Split>& splits) {
    if (splits.empty()) return;
    out += ",\"split\":[";
    for (const Located::Split& split : splits) {
        if (!out.ends_with('[')) out += ',';
        out += '{';
        append_field(out, "name", split.name);
        append_field(out, "path", split.file.path);
        append_field(out, "found_by", describe(split.file.found_by));
        out += '}';
    }
    out += ']';
}

void append_refused(std::string& out, const std::vector<Error>& refused) {
    if (refused.empty()) return;
    out += ",\"refused\":[";
    for (const Error& each : refused) {
        if (!out.ends_with('[')) out += ',';
        out += '{';
        append_field(out, "path", each.file);
        append_field(out, "reason", each.message);
        out += '}';
    }
    out += ']';
}

void append_tried(std::string& out, const std::vector<TriedPlace>& tried) {
    out += ",\"tried\":[";
    for (const TriedPlace& each : tried) {
        if (!out.ends_with('[')) out += ',';
        out += '{';
        append_field(out, "place", each.place);
        append_field(out, "finder", describe(each.found_by));
        append_field(out, "outcome", each.outcome);
        out += '}';
    }
    out += ']';
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
    out += '{';
    append_field(out, "what", what);
    if (located.build_id) append_field(out, "build_id", located.build_id->hex());
    append_field(out, "release", located.release);
    append_field(out, "problem", located.problem);
    append_file_field(out, "code", located.code);
    append_file_field(out, "debug", located.debug);
    append_file_field(out, "alt", located.alt);
    append_split_field(out, located.splits);
    if (!located.sources.empty()) {
        out += ",\"sources\":{";
        append_field(out, "directory", located.sources);
        out += located.sources_here ? ",\"here\":true}" : ",\"here\":false}";
    }
    append_refused(out, located.refused);
    if (verbose) append_tried(out, located.tried);
    out += "}\n";
}

}  // namespace symline::output
