// Prints what the log parser finds in files, a line for each occurrence, fields parted by tabs:
// file, line number, text, symbol, offset, size, module, kind, format, address, file of the
// address.
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "log/parser.h"

using namespace symline::log;

namespace {

std::string number(const std::optional<std::uint64_t>& value) {
    return value ? std::to_string(*value) : std::string();
}

void print(const char* file, int line_number, std::string_view line, const Occurrence& found) {
    std::string out = std::string(file) + '\t' + std::to_string(line_number);
    const auto field = [&](std::string_view text) { out.append(1, '\t').append(text); };
    std::string text(line.substr(found.text.offset, found.text.size));
    for (char& c : text) c = c == '\t' ? ' ' : c;
    field(text);
    field(found.symbol);
    field(number(found.offset));
    field(number(found.size));
    field(found.module);
    field(name_of(found.kind));
    field(name_of(found.format));
    field(number(found.address));
    field(found.file);
    std::puts(out.c_str());
}

bool dump(const char* path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return false;
    const std::string all((std::istreambuf_iterator<char>(file)), {});
    Parser parser;
    ParsedLine parsed;
    int line_number = 0;
    for (std::size_t at = 0; at < all.size();) {
        const auto end = std::min(all.find('\n', at), all.size());
        std::string_view line(all.data() + at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        ++line_number;
        at = end + 1;
        // As the decoder does: lines that the quick look refuses are not parsed.
        if (!parser.wants(line)) continue;
        parser.parse(line, parsed);
        for (const auto& found : parsed.occurrences) print(path, line_number, line, found);
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    int failures = 0;
    for (int at = 1; at < argc; ++at) {
        if (dump(argv[at])) continue;
        std::fprintf(stderr, "%s: cannot be read\n", argv[at]);
        ++failures;
    }
    return failures == 0 ? 0 : 1;
}
