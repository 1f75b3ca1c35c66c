// A log: its lines in one stream, each of them also alone. What the parser says must lie in the
// line, in order, and a line that it finds something in must not be refused by the quick look.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "log/embedded_text.h"
#include "log/parser.h"

using namespace symline::log;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

bool has_anything(const ParsedLine& parsed) {
    const auto& facts = parsed.facts;
    return !parsed.occurrences.empty() || !facts.release.empty() || facts.kaslr_offset ||
           !facts.warning_file.empty() || facts.code_bytes.size != 0 || facts.begins_report ||
           !facts.user_file.empty() || facts.begins_core || !facts.user_modules.empty() ||
           !facts.user_mappings.empty() || facts.begins_process;
}

bool inside(std::string_view line, std::string_view part) {
    return part.empty() ||
           (part.data() >= line.data() && part.data() + part.size() <= line.data() + line.size());
}

/// The quick look reads the line as it is: escapes in the middle of a word hide that.
bool may_be_refused(std::string_view line, const ParsedLine& parsed) {
    return !has_anything(parsed) || PlainText::differs(line);
}

void check(std::string_view line, const ParsedLine& parsed) {
    const auto text = PlainText::differs(line) ? parsed.plain.text() : line;
    std::size_t end = 0;
    require(parsed.prefix.end() <= line.size() && parsed.indent.end() <= line.size());
    require(parsed.indent.offset == parsed.prefix.end());
    require(parsed.facts.code_bytes.end() <= line.size());
    require(inside(text, parsed.facts.user_file));
    for (const auto& module : parsed.facts.user_modules)
        require(inside(text, module.file) && inside(text, module.build_id));
    for (const auto& found : parsed.occurrences) {
        require(found.text.offset >= end && found.text.size > 0);
        require(found.insert_at >= found.text.end() && found.insert_at <= line.size());
        end = found.insert_at;
        for (const auto part :
             {found.symbol, found.module, found.build_id, found.file, found.source})
            require(inside(text, part));
    }
}

/// The texts of a line of JSON or CSV: what stands between them is all of the line.
void check_embedded(std::string_view line, const EmbeddedText& embedded) {
    std::size_t size = 0, text_end = 0;
    for (std::size_t i = 0; i < embedded.lines().size(); ++i) {
        const auto& each = embedded.lines()[i];
        require(each.begin >= text_end && each.end >= each.begin);
        text_end = each.end;
        const auto place = embedded.place(i, line);
        require(place.raw.data() == line.data() + size);
        size += place.raw.size();
        std::size_t before = 0;
        for (std::size_t at = 0; at <= each.end - each.begin; ++at) {
            const auto in_raw = place.place_of(at);
            require(in_raw >= before && in_raw <= place.raw.size());
            before = in_raw;
        }
    }
    require(size == (embedded.lines().empty() ? 0 : line.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    Parser stream;
    ParsedLine parsed;
    EmbeddedText embedded;
    CsvReader rows;
    std::optional<std::size_t> column;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const bool wanted = stream.wants(line);
        stream.parse(line, parsed);
        check(line, parsed);
        require(wanted || may_be_refused(line, parsed));
        Parser().parse(line, parsed);
        check(line, parsed);
        require(Parser::may_match(line) || may_be_refused(line, parsed));
        if (embedded.assign(line)) check_embedded(line, embedded);
        if (const auto row = rows.read(line); embedded.assign(line, row, column))
            check_embedded(line, embedded);
        if (rows.is_at_header()) rows.read_header(line);
    }
    return 0;
}
