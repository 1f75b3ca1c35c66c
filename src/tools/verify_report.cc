#include "tools/verify_report.h"

#include <map>
#include <utility>

#include "output/json_writer.h"
#include "output/numbers.h"
#include "output/terminal_text.h"
#include "verify/known_differences.h"

namespace symline::tools {
namespace {

using verify::Case;
using verify::Finding;

std::string hex(std::uint64_t value) {
    std::string text;
    output::append_0x(text, value);
    return text;
}

/// As the question is asked: of a relocatable file, .text+0x12.
std::string address_text(const verify::Question& question) {
    if (question.section == nullptr) return hex(question.address.value);
    return std::string(question.section->name) + '+' + hex(question.offset);
}

std::string place_text(const SourceLocation& location) {
    std::string text = location.file.empty() ? "??" : std::string(location.file);
    text += ':' + std::to_string(location.line);
    if (location.column != 0) text += ':' + std::to_string(location.column);
    return text;
}

std::string frames_text(const Lookup& lookup) {
    std::string text;
    for (const Frame& frame : lookup.frames) {
        if (!text.empty()) text += " <- ";
        const auto name = frame.linkage_or_name();
        text += (name.empty() ? "??" : std::string(name)) + ' ' + place_text(frame.location);
    }
    return text.empty() ? "nothing" : text;
}

/// A share of a hundred with two digits, cut: it is 100.00 only where it is all.
std::string percent(std::size_t part, std::size_t all) {
    const std::size_t hundredths = all == 0 ? 0 : part * 10'000 / all;
    const std::size_t rest = hundredths % 100;
    return std::to_string(hundredths / 100) + (rest < 10 ? ".0" : ".") + std::to_string(rest) +
           " %";
}

std::string column(std::size_t count) {
    constexpr std::size_t kWidth = 8;
    const std::string text = std::to_string(count);
    return std::string(text.size() < kWidth ? kWidth - text.size() : 0, ' ') + text;
}

std::string title_of(const verify::Peer& peer) {
    return peer.version().empty() ? peer.name() : peer.name() + ' ' + peer.version();
}

/// What unexplained differences are counted by.
std::string kind_of(const verify::Difference& difference) {
    std::string kind(verify::name_of(difference.field));
    if (difference.field == verify::Field::depth) return kind;
    return kind + (difference.frame == 0 ? " of the innermost frame" : " of a frame further out");
}

class Text {
public:
    Text(std::string& out, const VerifyReport& report) : out_(out), report_(report) {}

    void append() {
        append_visible(report_.file);
        out_ += ": " + std::to_string(report_.sample.addresses.size());
        if (report_.sample.every_row) {
            out_ += " addresses: both ends of every line row and inlined call\n";
        } else {
            out_ +=
                " addresses inside functions, seed " + std::to_string(report_.request.seed) + '\n';
        }
        for (std::size_t peer = 0; peer < report_.peers.size(); ++peer) append_peer(peer);
    }

private:
    void append_visible(std::string_view text) { output::append_visible(out_, text); }

    void append_peer(std::size_t peer) {
        const auto& agreement = report_.verification.agreements()[peer];
        append_visible(title_of(*report_.peers[peer]));
        if (agreement.compared == 0) {
            out_ += ": no answer to any of them\n";
            return;
        }
        out_ += ": " + percent(agreement.equal, agreement.compared) + " equal (" +
                std::to_string(agreement.equal) + " of " + std::to_string(agreement.compared) +
                "), " + std::to_string(agreement.explained) + " differ as is known";
        if (agreement.unanswered != 0)
            out_ += ", " + std::to_string(agreement.unanswered) + " without an answer";
        const auto unexplained = agreement.compared - agreement.equal - agreement.explained;
        out_ += ", " + std::to_string(unexplained) + " unexplained\n";
        append_explained(peer);
        append_unexplained(peer);
    }

    void append_explained(std::size_t peer) {
        std::map<const verify::KnownDifference*, std::pair<std::size_t, const Finding*>> counts;
        for (const Finding& each : report_.verification.findings()) {
            if (each.peer != peer || each.explanation == nullptr) continue;
            auto& [count, first] = counts[each.explanation];
            if (count++ == 0) first = &each;
        }
        for (const auto& known : verify::known_differences()) {
            const auto found = counts.find(&known);
            if (found == counts.end()) continue;
            const auto& [count, first] = found->second;
            out_ += "known:" + column(count) + ' ' + std::string(known.id) + ", as at " +
                    address_text(case_of(*first).question) + ": " + std::string(known.reason) +
                    '\n';
        }
    }

    void append_unexplained(std::size_t peer) {
        std::map<std::string, std::vector<const Finding*>> kinds;
        for (const Finding& each : report_.verification.findings()) {
            if (each.peer == peer && each.explanation == nullptr)
                kinds[kind_of(each.difference)].push_back(&each);
        }
        for (const auto& [kind, findings] : kinds) {
            out_ += "unexplained:" + column(findings.size()) + " differ in the " + kind + '\n';
            for (const Finding* each : findings) {
                append_finding(*each);
                if (!report_.every_difference) break;
            }
        }
    }

    const Case& case_of(const Finding& finding) const {
        return report_.verification.cases()[finding.number];
    }

    void append_finding(const Finding& finding) {
        const Case& asked = case_of(finding);
        out_ += "  " + address_text(asked.question) + ", " +
                std::string(verify::name_of(finding.difference.field));
        if (finding.difference.field != verify::Field::depth)
            out_ += " of frame " + std::to_string(finding.difference.frame);
        append_line("    symline  ", finding.difference.ours + "  in  " + frames_text(*asked.ours));
        const std::string name = report_.peers[finding.peer]->name();
        append_line(
            "    " + name + std::string(name.size() < 9 ? 9 - name.size() : 1, ' '),
            finding.difference.theirs + "  in  " + frames_text(**asked.theirs[finding.peer]));
        if (asked.evidence) append_evidence(*asked.evidence);
        out_ += '\n';
    }

    void append_line(const std::string& head, const std::string& text) {
        out_ += '\n' + head;
        append_visible(text);
    }

    void append_evidence(const dwarf::Evidence& evidence) {
        std::string unit = hex(evidence.unit) + ' ' + evidence.source + ", DWARF " +
                           std::to_string(evidence.version);
        if (!evidence.producer.empty()) unit += ", " + evidence.producer;
        append_line("    unit     ", unit);
        if (evidence.units > 1)
            out_ += " (one of " + std::to_string(evidence.units) + " at the address)";
        for (const auto& die : evidence.dies) {
            append_line("    DIE      ",
                        hex(die.offset) +
                            (die.inlined ? " DW_TAG_inlined_subroutine " : " DW_TAG_subprogram ") +
                            die.name);
        }
        if (evidence.folded > 1)
            out_ += " (one of " + std::to_string(evidence.folded) + " with this code)";
        if (evidence.row) append_row(*evidence.row);
    }

    void append_row(const dwarf::Evidence::Row& found) {
        std::string text = hex(found.row.address) + ' ' + found.file + ':' +
                           std::to_string(found.row.line) + ':' + std::to_string(found.row.column);
        if (found.row.discriminator != 0)
            text += " discriminator " + std::to_string(found.row.discriminator);
        append_line("    row      ", text);
    }

    std::string& out_;
    const VerifyReport& report_;
};

class Json {
public:
    Json(std::string& out, const VerifyReport& report) : json_(out), report_(report) {}

    void append() {
        json_.begin_object();
        json_.string("file", report_.file);
        json_.number("addresses", report_.sample.addresses.size());
        json_.boolean("every_row", report_.sample.every_row);
        if (!report_.sample.every_row) json_.number("seed", report_.request.seed);
        json_.begin_array("readers");
        for (std::size_t peer = 0; peer < report_.peers.size(); ++peer) append_peer(peer);
        json_.end_array();
        json_.begin_array("differences");
        for (const Finding& each : report_.verification.findings()) append_finding(each);
        json_.end_array();
        json_.end_object();
    }

private:
    void append_peer(std::size_t peer) {
        const auto& agreement = report_.verification.agreements()[peer];
        json_.begin_object();
        json_.string("name", report_.peers[peer]->name());
        json_.nonempty_string("version", report_.peers[peer]->version());
        json_.number("compared", agreement.compared);
        json_.number("equal", agreement.equal);
        json_.number("explained", agreement.explained);
        json_.number("unexplained", agreement.compared - agreement.equal - agreement.explained);
        json_.number("unanswered", agreement.unanswered);
        json_.end_object();
    }

    void append_finding(const Finding& finding) {
        const Case& asked = report_.verification.cases()[finding.number];
        json_.begin_object();
        json_.string("reader", report_.peers[finding.peer]->name());
        if (asked.question.section != nullptr) {
            json_.string("section", asked.question.section->name);
            json_.hex("address", asked.question.offset);
        } else {
            json_.hex("address", asked.question.address.value);
        }
        json_.string("field", verify::name_of(finding.difference.field));
        json_.number("frame", finding.difference.frame);
        json_.string("ours", finding.difference.ours);
        json_.string("theirs", finding.difference.theirs);
        if (finding.explanation != nullptr) json_.string("known", finding.explanation->id);
        append_frames("our_frames", *asked.ours);
        append_frames("their_frames", **asked.theirs[finding.peer]);
        if (asked.evidence) append_evidence(*asked.evidence);
        json_.end_object();
    }

    void append_frames(std::string_view name, const Lookup& lookup) {
        json_.array(name, lookup.frames, [&](const Frame& frame) {
            json_.begin_object();
            json_.nonempty_string("function", frame.linkage_or_name());
            json_.nonempty_string("file", frame.location.file);
            json_.nonzero_number("line", frame.location.line);
            json_.nonzero_number("column", frame.location.column);
            json_.end_object();
        });
    }

    void append_evidence(const dwarf::Evidence& evidence) {
        json_.begin_object("dwarf");
        json_.hex("unit", evidence.unit);
        json_.number("version", evidence.version);
        json_.nonempty_string("source", evidence.source);
        json_.nonempty_string("producer", evidence.producer);
        json_.number("units", evidence.units);
        json_.array("dies", evidence.dies, [&](const dwarf::Evidence::Die& die) {
            json_.begin_object();
            json_.hex("offset", die.offset);
            json_.string("tag", die.inlined ? "DW_TAG_inlined_subroutine" : "DW_TAG_subprogram");
            json_.nonempty_string("name", die.name);
            json_.end_object();
        });
        if (evidence.row) {
            json_.begin_object("row");
            json_.hex("address", evidence.row->row.address);
            json_.nonempty_string("file", evidence.row->file);
            json_.number("line", evidence.row->row.line);
            json_.nonzero_number("column", evidence.row->row.column);
            json_.nonzero_number("discriminator", evidence.row->row.discriminator);
            json_.end_object();
        }
        json_.end_object();
    }

    output::JsonWriter json_;
    const VerifyReport& report_;
};

}  // namespace

void append_verify_text(std::string& out, const VerifyReport& report) {
    Text(out, report).append();
}

void append_verify_json(std::string& out, const VerifyReport& report) {
    Json(out, report).append();
    out += '\n';
}

}  // namespace symline::tools
