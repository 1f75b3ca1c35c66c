#include "verify/program_peer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "verify/child_program.h"

namespace symline::verify {
namespace {

std::string hex(std::uint64_t value) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    return "0x" + std::string(digits.data(), end);
}

bool is_address(std::string_view line) {
    return line.starts_with("0x") && line.size() > 2 &&
           line.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
}

std::string_view next_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::string_view unless_unknown(std::string_view text) {
    return text == "??" ? std::string_view() : text;
}

/// eu-addr2line says "callee inlined at FILE:LINE in caller", or "... inlined in caller".
std::string_view function_name(std::string_view line) {
    line = line.substr(0, line.find(" inlined at "));
    return unless_unknown(line.substr(0, line.find(" inlined in ")));
}

std::optional<std::uint32_t> number(std::string_view text) {
    if (text == "?") return 0;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// FILE:LINE, FILE:LINE:COLUMN or FILE:LINE (discriminator N).
std::optional<SourceLocation> place(std::string_view text) {
    text = text.substr(0, text.find(" (discriminator "));
    const auto last = text.rfind(':');
    if (last == std::string_view::npos) return std::nullopt;
    const auto line = number(text.substr(last + 1));
    if (!line) return std::nullopt;
    std::string_view file = text.substr(0, last);
    SourceLocation location;
    location.line = *line;
    const auto before = file.rfind(':');
    if (before != std::string_view::npos) {
        if (const auto whole = number(file.substr(before + 1))) {
            location.line = *whole;
            file = file.substr(0, before);
        }
    }
    location.file = unless_unknown(file);
    return location;
}

bool is_known(const Frame& frame) {
    return !frame.name.empty() || !frame.location.file.empty() || frame.location.line != 0;
}

/// A single frame of which nothing is known is what programs print where they have no answer.
OwnedLookup lookup_of(std::vector<Frame> frames) {
    if (frames.size() == 1 && !is_known(frames.front())) frames.clear();
    Lookup lookup;
    if (frames.empty()) lookup.miss = Miss(Miss::not_covered);
    lookup.frames = std::move(frames);
    return own(lookup);
}

std::optional<std::vector<Frame>> next_frames(std::string_view& text) {
    std::vector<Frame> frames;
    while (!text.empty()) {
        std::string_view rest = text;
        const auto line = next_line(rest);
        if (is_address(line)) break;
        Frame& frame = frames.emplace_back();
        frame.name = function_name(line);
        const auto location = place(next_line(rest));
        if (!location) return std::nullopt;
        frame.location = *location;
        text = rest;
    }
    return frames;
}

/// "GNU addr2line (GNU Binutils for Debian) 2.40": the first number with a dot in it.
std::string version_in(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto end = std::min(text.find_first_not_of("0123456789.", i), text.size());
        const auto word = text.substr(i, end - i);
        if (word.find('.') != std::string_view::npos && word.front() != '.' && word.size() > 2)
            return std::string(word.substr(0, word.find_last_not_of('.') + 1));
        i = end;
    }
    return {};
}

/// That of the highest version: llvm-addr2line is the oldest one of some distributions.
std::string llvm_program() {
    constexpr int kNewest = 40;
    constexpr int kOldest = 11;
    for (int version = kNewest; version >= kOldest; --version) {
        std::string found = program_in_path("llvm-addr2line-" + std::to_string(version));
        if (!found.empty()) return found;
    }
    return program_in_path("llvm-addr2line");
}

std::string program_named(std::string_view name) {
    if (name == "gnu") return program_in_path("addr2line");
    if (name == "eu") return program_in_path("eu-addr2line");
    return llvm_program();
}

}  // namespace

std::optional<std::vector<OwnedLookup>> parse_printed(std::string_view text) {
    std::vector<OwnedLookup> answers;
    while (!text.empty()) {
        if (!is_address(next_line(text))) return std::nullopt;
        auto frames = next_frames(text);
        if (!frames) return std::nullopt;
        answers.push_back(lookup_of(*std::move(frames)));
    }
    return answers;
}

Expected<std::unique_ptr<ProgramPeer>> ProgramPeer::open(const std::string& file,
                                                         std::string_view name) {
    const std::string program = program_named(name);
    if (program.empty()) {
        return std::unexpected(
            Error{ErrorCode::not_found, std::string(name), "no such program is installed"});
    }
    std::unique_ptr<ProgramPeer> peer(new ProgramPeer(std::string(name), program, file));
    const auto said = run_program({program, "--version"}, {});
    if (!said) return std::unexpected(said.error());
    peer->version_ = version_in(*said);
    return peer;
}

std::optional<std::vector<OwnedLookup>> ProgramPeer::ask_together(
    std::span<const Question* const> questions) {
    std::vector<std::string> words{program_, "-a", "-f", "-i", "-e", file_};
    const Section* const section = questions.front()->section;
    if (section != nullptr && name_ != "llvm") {
        words.emplace_back("-j");
        words.emplace_back(section->name);
    }
    std::string input;
    for (const Question* each : questions) {
        input += hex(section == nullptr ? each->address.value : each->offset) + '\n';
    }
    const auto printed = run_program(words, input);
    if (!printed) {
        note(printed.error().message);
        return std::nullopt;
    }
    auto answers = parse_printed(*printed);
    if (answers && answers->size() == questions.size()) return answers;
    note("it did not print an answer to each address");
    return std::nullopt;
}

void ProgramPeer::note(std::string_view problem) {
    if (problem_.empty()) problem_ = problem;
}

std::vector<std::optional<OwnedLookup>> ProgramPeer::ask(std::span<const Question> questions) {
    std::vector<std::optional<OwnedLookup>> answers(questions.size());
    std::map<const Section*, std::vector<const Question*>> by_section;
    for (const Question& each : questions) by_section[each.section].push_back(&each);
    if (name_ == "llvm" && by_section.size() > 1) {
        note("it takes all sections of a relocatable file to begin at 0");
        return answers;
    }
    for (const auto& [section, together] : by_section) {
        auto found = ask_together(together);
        if (!found) continue;
        for (std::size_t i = 0; i < together.size(); ++i) {
            answers[static_cast<std::size_t>(together[i] - questions.data())] =
                std::move((*found)[i]);
        }
    }
    return answers;
}

}  // namespace symline::verify
