#include "log/symbolizer_markup.h"

#include <algorithm>
#include <array>

#include "log/text.h"

namespace symline::log {

namespace {

constexpr std::string_view kOpen = "{{{";
constexpr std::string_view kClose = "}}}";

/// The parts of "mmap:0x7acba69d5000:0x5a000:load:1:rx:0x1000": no element has more than seven.
struct Fields {
    std::array<std::string_view, 7> part;
    std::size_t count = 0;
};

Fields split(std::string_view element) {
    Fields fields;
    while (fields.count < fields.part.size()) {
        const auto end = element.find(':');
        fields.part[fields.count++] = element.substr(0, end);
        if (end == std::string_view::npos) break;
        element.remove_prefix(end + 1);
    }
    return fields;
}

/// Hexadecimal after "0x", octal after "0", or decimal.
std::optional<std::uint64_t> integer(std::string_view text) {
    Cursor at(text);
    if (const auto hex = at.prefixed_hex())
        return at.done() ? std::optional(hex->value) : std::nullopt;
    const auto number = at.decimal();
    if (!number || !at.done()) return std::nullopt;
    if (!text.starts_with('0')) return number->value;
    std::uint64_t octal = 0;
    for (const char c : text) {
        if (c > '7') return std::nullopt;
        octal = octal * 8 + static_cast<std::uint64_t>(c - '0');
    }
    return octal;
}

/// "0x12345678", or zeros alone.
std::optional<std::uint64_t> address(std::string_view text) {
    const auto value = integer(text);
    return value && (*value == 0 || text.starts_with("0x")) ? value : std::nullopt;
}

/// "module:1:libc.so:elf:83238ab56ba10497"
void read_module(const Fields& fields, Facts& facts) {
    if (fields.count < 5 || fields.part[3] != "elf") return;
    const auto number = integer(fields.part[1]);
    const auto build_id = fields.part[4];
    if (!number || !std::ranges::all_of(build_id, is_hex)) return;
    facts.user_modules.push_back({fields.part[2], build_id, number});
}

/// "mmap:0x7acba69d5000:0x5a000:load:1:rx:0x1000"
void read_mapping(const Fields& fields, Facts& facts) {
    if (fields.count < 7 || fields.part[3] != "load") return;
    const auto base = address(fields.part[1]), in_file = address(fields.part[6]);
    const auto size = integer(fields.part[2]), module = integer(fields.part[4]);
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
    const auto found = address(value);
    if (!found || !kind) return false;
    auto& added = line.add(Format::symbolizer_markup, *kind, text.offset, text.end());
    added.address = found;
    added.space = AddressScope::user;
    return true;
}

/// True when the element is a frame of a stack.
bool read_element(const LineContext& line, std::string_view element, Span text) {
    auto& facts = line.result.facts;
    const Fields fields = split(element);
    const auto tag = fields.part[0];
    if (tag == "reset") {
        facts.begins_process = true;
    } else if (tag == "module") {
        read_module(fields, facts);
    } else if (tag == "mmap") {
        read_mapping(fields, facts);
    } else if (tag == "pc" && fields.count <= 3) {
        add_address(line, fields.part[1], kind_of(fields.part[2], Kind::exact), text);
    } else if (tag == "bt" && fields.count <= 4) {
        const auto number = integer(fields.part[1]);
        const Kind without = number == 0 ? Kind::exact : Kind::call;
        return number && add_address(line, fields.part[2], kind_of(fields.part[3], without), text);
    }
    return false;
}

}  // namespace

bool read_symbolizer_markup(const LineContext& line) {
    const auto message = line.message;
    bool is_frame = false;
    for (auto at = message.find(kOpen); at != std::string_view::npos && !line.is_full();) {
        // Of more braces the last ones are the element's.
        while (message.substr(at + 1).starts_with(kOpen)) ++at;
        const auto from = at + kOpen.size();
        const auto close = message.find(kClose, from);
        if (close == std::string_view::npos) break;
        const auto end = close + kClose.size();
        const Span text{line.start() + at, end - at};
        is_frame = read_element(line, message.substr(from, close - from), text) || is_frame;
        at = message.find(kOpen, end);
    }
    return is_frame;
}

}  // namespace symline::log
