#include "tools/llvm_request.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/text.h"

namespace symline::tools {
namespace {

using Fault = std::unexpected<std::string_view>;

constexpr std::string_view kDelimiters = " \n\r";
constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

std::string_view trim_front(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
}

bool consume(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<std::uint64_t> number_to_base(std::string_view digits, int base) {
    std::uint64_t value = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc{} || stop != digits.data() + digits.size()) return std::nullopt;
    return value;
}

Request::Kind take_kind(std::string_view& line) {
    if (consume(line, "DATA ")) return Request::Kind::data;
    if (consume(line, "FRAME ")) return Request::Kind::frame;
    consume(line, "CODE ");
    return Request::Kind::code;
}

/// Up to the next space, or between quotes. Empty where the second quote is not there.
std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(kDelimiters), text.size()));
    if (text.empty()) return {};
    const char quote = text.front();
    if (quote == '"' || quote == '\'') {
        const auto end = text.find(quote, 1);
        if (end == std::string_view::npos) return {};
        const auto word = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        return word;
    }
    const auto word = text.substr(0, text.find_first_of(kDelimiters));
    text.remove_prefix(word.size());
    return word;
}

enum class Prefix { none, file, build_id };

std::expected<Prefix, std::string_view> take_prefixes(std::string_view& line) {
    Prefix found = Prefix::none;
    while (true) {
        line = trim_front(line);
        const bool file = consume(line, "FILE:");
        if (!file && !consume(line, "BUILDID:")) return found;
        if (found != Prefix::none) return Fault("duplicate input file specification prefix");
        found = file ? Prefix::file : Prefix::build_id;
    }
}

using Taken = std::expected<void, std::string_view>;

Taken take_prefixed_module(std::string_view& line, Prefix prefix, bool module_given,
                           Request& request) {
    line = trim_front(line);
    if (line.empty()) {
        return Fault(prefix == Prefix::file ? "must be followed by an input file"
                                            : "must be followed by a hash");
    }
    if (module_given) return Fault("input file has already been specified");
    const std::string_view name = take_word(line);
    if (name.empty()) return Fault("unbalanced quotes in input file name");
    if (prefix == Prefix::file) {
        request.module = name;
    } else if (parse_llvm_build_id(name)) {
        request.build_id = name;
    } else {
        return Fault("wrong format of build-id");
    }
    return {};
}

Taken take_module(std::string_view& line, bool module_given, Request& request) {
    const auto prefix = take_prefixes(line);
    if (!prefix) return std::unexpected(prefix.error());
    if (*prefix != Prefix::none) return take_prefixed_module(line, *prefix, module_given, request);
    if (module_given) return {};
    request.module = take_word(line);
    if (request.module.empty()) return Fault("no input filename has been specified");
    return {};
}

std::optional<std::uint64_t> address(std::string_view text, NumberForm form) {
    if (form == NumberForm::prefixed) return prefixed_number(text);
    if (!consume(text, "0x")) consume(text, "0X");
    return number_to_base(text, 16);
}

/// A '+' that no number follows, or nothing precedes, belongs to the symbol's name.
void take_symbol(std::string_view text, Input& input) {
    input.name = text;
    const auto plus = text.rfind('+');
    if (plus == std::string_view::npos || plus == 0) return;
    const auto offset = prefixed_number(text.substr(plus + 1));
    if (!offset) return;
    input.name = text.substr(0, plus);
    input.offset = *offset;
    input.has_offset = true;
}

}  // namespace

std::optional<BuildId> parse_llvm_build_id(std::string_view hex) {
    if (hex.size() % 2 == 0) return BuildId::parse(hex);
    return BuildId::parse('0' + std::string(hex));
}

std::optional<std::uint64_t> prefixed_number(std::string_view text) {
    if (consume(text, "0x") || consume(text, "0X")) return number_to_base(text, 16);
    if (consume(text, "0b") || consume(text, "0B")) return number_to_base(text, 2);
    if (consume(text, "0o")) return number_to_base(text, 8);
    const bool octal = text.size() > 1 && text[0] == '0' && base::is_digit(text[1]);
    return octal ? number_to_base(text.substr(1), 8) : number_to_base(text, 10);
}

std::expected<Request, std::string_view> parse_llvm_request(std::string_view line,
                                                            LlvmLineSyntax syntax) {
    line = line.substr(0, line.find('\0'));
    line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    if (line.empty()) return Fault("");
    Request request;
    request.kind = take_kind(line);
    if (const auto taken = take_module(line, syntax.module_given, request); !taken) {
        return Fault(taken.error());
    }
    line = trim_front(line);
    request.place = line.substr(0, line.find_first_of(kDelimiters));
    if (request.place.empty()) return Fault("no module offset has been specified");
    request.input.number = address(request.place, syntax.numbers);
    if (request.input.number) {
        request.input.name = request.place;
        request.input.whole_number = request.input.surely_number = true;
    } else if (base::is_digit(request.place.front())) {
        return Fault("expected a number as module offset");
    } else {
        take_symbol(request.place, request.input);
    }
    return request;
}

}  // namespace symline::tools
