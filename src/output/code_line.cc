#include "output/code_line.h"

#include <algorithm>
#include <span>

#include "output/json_writer.h"
#include "output/numbers.h"
#include "output/terminal_text.h"

namespace symline::output {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Longer instructions are rare, and x86's only: they push their text to the right.
constexpr std::size_t kBytesColumn = 24;

std::string bytes_text(Bytes bytes, const CodeListing& listing) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += listing.unit) {
        if (at > 0) text += ' ';
        const std::size_t end = std::min<std::size_t>(at + listing.unit, bytes.size());
        for (std::size_t i = at; i < end; ++i) {
            append_hex(text, bytes[listing.big_endian ? i : end - 1 - (i - at)], 2);
        }
    }
    return text;
}

void pad(std::string& text, std::size_t size) {
    if (text.size() < size) text.append(size - text.size(), ' ');
}

/// "+0x10", "-0x4"
std::string signed_hex(std::int64_t value) {
    std::string text(1, value < 0 ? '-' : '+');
    append_0x(text, value < 0 ? 0 - static_cast<std::uint64_t>(value)
                              : static_cast<std::uint64_t>(value));
    return text;
}

std::int64_t first_offset(const CodeListing& listing) {
    return listing.instructions.empty() ? 0 : listing.instructions.front().offset;
}

/// objdump's lines: seven bytes or one instruction's words in each, the text beside the first.
void append_objdump(std::string& out, const CodeInstruction& each, std::uint64_t address,
                    const CodeListing& listing) {
    constexpr std::size_t kMaxBytes = 7;
    const std::size_t step =
        listing.unit == 1 ? kMaxBytes : std::max<std::size_t>(each.bytes.size(), 1);
    const Bytes bytes(each.bytes);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        std::string number;
        append_hex(number, address + at);
        out.append(number.size() < 4 ? 4 - number.size() : 0, ' ');
        out += number;
        out += each.trapping && at == 0 ? ":*\t" : ":\t";
        std::string column =
            bytes_text(bytes.subspan(at, std::min(step, bytes.size() - at)), listing) + ' ';
        if (at == 0 && listing.unit == 1) pad(column, 3 * kMaxBytes);
        out += column;
        if (at == 0) {
            const auto space = each.text.find(' ');
            std::string text = each.text.empty() ? "(part)" : each.text.substr(0, space);
            out += '\t';
            out += text;
            if (space != std::string::npos) {
                out.append(text.size() < 6 ? 7 - text.size() : 1, ' ');
                out += each.text.substr(space + 1);
            }
            if (each.trapping) out += "\t\t<-- trapping instruction";
        }
        out += '\n';
    }
}

std::string hex_text(Bytes bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) append_hex(text, byte, 2);
    return text;
}

void write_instruction(JsonWriter& json, const CodeInstruction& instruction) {
    json.begin_object();
    json.number("offset", instruction.offset);
    json.string("bytes", hex_text(instruction.bytes));
    json.nonempty_string("in_file", hex_text(instruction.in_file));
    json.nonempty_string("text", instruction.text);
    if (instruction.trapping) json.boolean("trapping", true);
    json.end_object();
}

}  // namespace

std::vector<std::string> code_lines(const CodeListing& listing, std::string_view place) {
    const auto base = static_cast<std::int64_t>(listing.symbol_offset.value_or(0));
    std::size_t widest = 0;
    for (const auto& each : listing.instructions) {
        widest = std::max(widest, signed_hex(base + each.offset).size());
    }
    std::vector<std::string> lines;
    for (const auto& each : listing.instructions) {
        std::string line(each.trapping ? "=> " : "   ");
        const auto offset = signed_hex(base + each.offset);
        line.append(widest - offset.size(), ' ');
        line += offset + ": " + bytes_text(each.bytes, listing);
        if (!each.text.empty()) {
            pad(line, 5 + widest + kBytesColumn);
            line += ' ' + visible(each.text);
        }
        if (each.trapping) line += place;
        if (!each.in_file.empty()) {
            line += " (the file has " + bytes_text(each.in_file, listing) + ")";
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string single_spaced(std::string_view line) {
    std::string text;
    for (const char c : line) {
        const bool blank = c == ' ' || c == '\t';
        if (blank && (text.empty() || text.back() == ' ')) continue;
        text += blank ? ' ' : c;
    }
    if (text.ends_with(' ')) text.pop_back();
    return text;
}

std::string decodecode(const CodeListing& listing) {
    std::string out;
    const auto& all = listing.instructions;
    const auto marked = std::ranges::find(all, true, &CodeInstruction::trapping);
    const std::int64_t first = first_offset(listing);
    if (marked != all.end()) {
        out += "All code\n========\n";
        for (const auto& each : all) {
            append_objdump(out, each, static_cast<std::uint64_t>(each.offset - first), listing);
        }
        out += '\n';
    }
    out += "Code starting with the faulting instruction\n";
    out += "===========================================\n";
    const std::int64_t from = marked == all.end() ? first : marked->offset;
    for (const auto& each : all) {
        if (each.offset < from) continue;
        CodeInstruction plain = each;
        plain.trapping = false;
        append_objdump(out, plain, static_cast<std::uint64_t>(each.offset - from), listing);
    }
    return out;
}

std::string json_code(const CodeListing& listing) {
    std::string out;
    JsonWriter json(out, JsonWriter::Start::after_member);
    json.nonempty_string("architecture", listing.architecture);
    if (listing.match != CodeMatch::not_known) {
        json.boolean("matches", listing.match == CodeMatch::same);
    }
    if (!listing.instructions.empty()) {
        json.array("instructions", listing.instructions,
                   [&](const CodeInstruction& each) { write_instruction(json, each); });
    }
    return out;
}

}  // namespace symline::output
