#include "log/symbolizer_markup.h"

#include <algorithm>

#include "log/markup_element.h"
#include "log/text.h"

namespace symline::log {

namespace {

using Fields = std::vector<std::string_view>;

/// "module:1:libc.so:elf:83238ab56ba10497"
void read_module(const Fields& fields, Facts& facts) {
    if (fields.size() < 4 || fields[2] != "elf") return;
    const auto number = markup_integer(fields[0]);
    const auto build_id = fields[3];
    if (!number || !std::ranges::all_of(build_id, is_hex)) return;
    facts.user_modules.push_back({fields[1], build_id, number});
}

/// "mmap:0x7acba69d5000:0x5a000:load:1:rx:0x1000"
void read_mapping(const Fields& fields, Facts& facts) {
    if (fields.size() < 6 || fields[2] != "load") return;
    const auto base = markup_address(fields[0]), in_file = markup_address(fields[5]);
    const auto size = markup_integer(fields[1]), module = markup_integer(fields[3]);
    if (base && size && module && in_file)
        facts.user_mappings.push_back({*base, *size, *module, *in_file});
}

/// What the emitter says of the address, or what it is without: the first frame is the place of a
/// fault, all others are return addresses.
std::optional<Kind> kind_of(std::string_view suffix, Kind without) {
    // Older programs of Fuchsia: "bt:1:0x43b71dd3c5a2:sp 0x4b5c8dd0".
    if (suffix.empty() || suffix.starts_with("sp ")) return without;
    if (suffix == "pc") return Kind::exact;
    if (suffix == "ra") return Kind::call;
    return std::nullopt;
}

bool add_address(const LineContext& line, std::string_view value, std::optional<Kind> kind,
                 Span text) {
    const auto found = markup_address(value);
    if (!found || !kind) return false;
    auto& added = line.add(Format::symbolizer_markup, *kind, text.offset, text.end());
    added.address = found;
    added.space = AddressScope::user;
    return true;
}

/// True when the element is a frame of a stack.
bool read_element(const LineContext& line, const MarkupElement& element, Span text) {
    auto& facts = line.result.facts;
    const Fields& fields = element.fields;
    const auto field = [&](std::size_t i) {
        return i < fields.size() ? fields[i] : std::string_view();
    };
    if (element.tag == "reset") {
        facts.begins_process = true;
    } else if (element.tag == "module") {
        read_module(fields, facts);
    } else if (element.tag == "mmap") {
        read_mapping(fields, facts);
    } else if (element.tag == "pc" && fields.size() <= 2) {
        add_address(line, field(0), kind_of(field(1), Kind::exact), text);
    } else if (element.tag == "bt" && fields.size() <= 3) {
        const auto number = markup_integer(field(0));
        const Kind without = number == 0 ? Kind::exact : Kind::call;
        return number && add_address(line, field(1), kind_of(field(2), without), text);
    }
    return false;
}

}  // namespace

bool read_symbolizer_markup(const LineContext& line) {
    const auto message = line.message;
    bool is_frame = false;
    for (std::size_t at = 0; !line.is_full();) {
        auto element = next_markup_element(message, at);
        if (!element) break;
        // Of more braces the last ones are the element's.
        while (element->tag.starts_with('{')) {
            element->tag.remove_prefix(1);
            element->text.remove_prefix(1);
        }
        const auto from = static_cast<std::size_t>(element->text.data() - message.data());
        at = from + element->text.size();
        const Span text{line.start() + from, element->text.size()};
        is_frame = read_element(line, *element, text) || is_frame;
    }
    return is_frame;
}

}  // namespace symline::log
