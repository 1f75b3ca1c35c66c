// The table of line forms: cases/*.txt, one form a file.
//
//     # why the case exists
//     < a line of the log; escapes \r \t \0 \e \\ and \xNN
//     what parse_text() says of it, if anything
//     prefix N          (only where the case is about the prefix: its size, in bytes)
//
// The lines of a file are one stream. SYMLINE_UPDATE_GOLDEN=1 rewrites what they expect.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "log/parse_text.h"
#include "log/parser.h"
#include "support/files.h"

namespace fs = std::filesystem;
using namespace symline::log;

namespace {

const fs::path cases_folder =
    fs::path(symline::test::fixtures_folder()) / "../../tests/unit/log/cases";

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        const char c = text[++at];
        if (c == 'x' && at + 2 < text.size()) {
            out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
            at += 2;
            continue;
        }
        constexpr std::string_view names = "rt0e\\";
        constexpr std::string_view bytes("\r\t\0\x1b\\", 5);
        const auto which = names.find(c);
        out += which == std::string_view::npos ? c : bytes[which];
    }
    return out;
}

/// The case with what the parser says instead of what it expects.
std::string answered(const std::string& text) {
    std::istringstream lines(text);
    std::string out, line;
    Parser parser;
    ParsedLine parsed;
    bool with_prefix = text.find("\nprefix ") != std::string::npos;
    while (std::getline(lines, line)) {
        if (line.starts_with('#')) out += line + "\n";
        if (!line.starts_with("< ")) continue;
        const auto input = unescape(std::string_view(line).substr(2));
        const bool wanted = parser.wants(input);
        parser.parse(input, parsed);
        const auto said = symline::test::parse_text(input, parsed);
        CHECK_MESSAGE((wanted || said.empty()), "refused by wants(): " << input);
        out += line + "\n" + said;
        if (with_prefix) out += "prefix " + std::to_string(parsed.prefix.size) + "\n";
    }
    return out;
}

}  // namespace

TEST_CASE("log: every form of line") {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(cases_folder)) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    REQUIRE(paths.size() > 30);
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        std::stringstream text;
        text << file.rdbuf();
        INFO(path.filename().string());
        const auto answer = answered(text.str());
        if (std::getenv("SYMLINE_UPDATE_GOLDEN"))
            std::ofstream(path, std::ios::binary) << answer;
        else
            CHECK(answer == text.str());
    }
}
