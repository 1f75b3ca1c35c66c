#include "llvm_reader/messages.h"

#include <utility>

namespace symline::llvm_reader {
namespace {

constexpr std::size_t kSizeSize = 4;

Error damaged() {
    return {ErrorCode::malformed, {}, "LLVM's reader sent a message that is damaged"};
}

/// The value, if all of the message was read and nothing was missing.
template <typename T>
Expected<T> whole(const Reader& reader, T value) {
    if (!reader.ok() || !reader.at_end()) return std::unexpected(damaged());
    return value;
}

void write(Writer& writer, std::optional<std::uint64_t> value) {
    writer.numbers({value.has_value() ? 1U : 0U, value.value_or(0)});
}

std::optional<std::uint64_t> read_optional(Reader& reader) {
    const bool there = reader.number() != 0;
    const std::uint64_t value = reader.number();
    return there ? std::optional(value) : std::nullopt;
}

void write(Writer& writer, const Place& place) {
    writer.text(place.function);
    writer.text(place.file);
    writer.numbers({place.line, place.column, place.discriminator});
    writer.text(place.declaration_file);
    writer.number(place.declaration_line);
    write(writer, place.start);
}

Place read_place(Reader& reader) {
    Place place;
    place.function = reader.text();
    place.file = reader.text();
    place.line = reader.number();
    place.column = reader.number();
    place.discriminator = reader.number();
    place.declaration_file = reader.text();
    place.declaration_line = reader.number();
    place.start = read_optional(reader);
    return place;
}

void write(Writer& writer, const Variable& variable) {
    writer.text(variable.function);
    writer.text(variable.name);
    writer.text(variable.file);
    writer.number(variable.line);
    const auto offset = variable.frame_offset;
    write(writer, offset ? std::optional(static_cast<std::uint64_t>(*offset)) : std::nullopt);
    write(writer, variable.size);
    write(writer, variable.tag_offset);
}

Variable read_variable(Reader& reader) {
    Variable variable;
    variable.function = reader.text();
    variable.name = reader.text();
    variable.file = reader.text();
    variable.line = reader.number();
    if (const auto offset = read_optional(reader)) {
        variable.frame_offset = static_cast<std::int64_t>(*offset);
    }
    variable.size = read_optional(reader);
    variable.tag_offset = read_optional(reader);
    return variable;
}

/// An answer starts with the code of an error and its message, or with kNoError.
constexpr std::uint64_t kNoError = ~std::uint64_t{0};

/// Whether there is an answer, with which it goes on.
template <typename T>
bool begin_answer(Writer& writer, const Expected<T>& answer) {
    writer.number(answer ? kNoError : static_cast<std::uint64_t>(answer.error().code));
    if (!answer) writer.text(answer.error().message);
    return answer.has_value();
}

std::optional<Error> read_error(Reader& reader) {
    const std::uint64_t code = reader.number();
    if (code == kNoError) return std::nullopt;
    std::string message = reader.text();
    if (!reader.ok() || code > static_cast<std::uint64_t>(ErrorCode::unusable_index))
        return damaged();
    return Error{static_cast<ErrorCode>(code), {}, std::move(message)};
}

template <typename T>
std::string list_message(const Expected<std::vector<T>>& answer) {
    Writer writer;
    if (begin_answer(writer, answer)) {
        writer.number(answer->size());
        for (const T& element : *answer) write(writer, element);
    }
    return std::move(writer).message();
}

template <typename T>
Expected<std::vector<T>> parse_list(base::Bytes bytes, T (*read)(Reader&)) {
    Reader reader(bytes);
    if (auto error = read_error(reader)) return std::unexpected(std::move(*error));
    std::vector<T> elements;
    for (std::uint64_t left = reader.count(); left > 0 && reader.ok(); --left) {
        elements.push_back(read(reader));
    }
    return whole(reader, std::move(elements));
}

}  // namespace

void Writer::number(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        bytes_ += static_cast<char>(value >> shift & 0xff);
    }
}

void Writer::text(std::string_view value) {
    number(value.size());
    bytes_ += value;
}

void Writer::texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
}

void Writer::list(const std::vector<std::uint64_t>& values) {
    number(values.size());
    for (const std::uint64_t value : values) number(value);
}

std::string Writer::message() && {
    if (bytes_.size() > kMaxMessageSize) return {};
    std::string size;
    for (unsigned shift = 0; shift < kSizeSize * 8; shift += 8) {
        size += static_cast<char>(bytes_.size() >> shift & 0xff);
    }
    return size + bytes_;
}

std::string Reader::text() {
    const std::uint64_t size = number();
    const base::Bytes rest = cursor_.rest();
    cursor_.skip(size);
    if (!cursor_.ok()) return {};
    return {reinterpret_cast<const char*>(rest.data()), static_cast<std::size_t>(size)};
}

std::vector<std::string> Reader::texts() {
    std::vector<std::string> values;
    for (std::uint64_t left = count(); left > 0 && ok(); --left) values.push_back(text());
    return values;
}

std::vector<std::uint64_t> Reader::list() {
    std::vector<std::uint64_t> values;
    for (std::uint64_t left = count(); left > 0 && ok(); --left) values.push_back(number());
    return values;
}

std::uint64_t Reader::count() {
    const std::uint64_t value = number();
    if (value > cursor_.remaining() / sizeof(std::uint64_t)) cursor_.fail();
    return ok() ? value : 0;
}

std::string to_message(const OpenRequest& request) {
    Writer writer;
    writer.text(request.path);
    writer.numbers({static_cast<std::uint64_t>(request.functions), request.demangle ? 1U : 0U,
                    request.relative_paths ? 1U : 0U, request.relative_addresses ? 1U : 0U});
    writer.text(request.architecture);
    writer.texts(request.dsym_hints);
    writer.texts(request.debug_directories);
    writer.text(request.split_package);
    writer.list(request.section_addresses);
    return std::move(writer).message();
}

Expected<OpenRequest> parse_open_request(base::Bytes bytes) {
    Reader reader(bytes);
    OpenRequest request;
    request.path = reader.text();
    request.functions = static_cast<FunctionNames>(reader.number());
    request.demangle = reader.number() != 0;
    request.relative_paths = reader.number() != 0;
    request.relative_addresses = reader.number() != 0;
    request.architecture = reader.text();
    request.dsym_hints = reader.texts();
    request.debug_directories = reader.texts();
    request.split_package = reader.text();
    request.section_addresses = reader.list();
    return whole(reader, std::move(request));
}

std::string to_message(const Request& request) {
    Writer writer;
    writer.numbers({static_cast<std::uint64_t>(request.question), request.address});
    writer.text(request.symbol);
    write(writer, request.section);
    return std::move(writer).message();
}

Expected<Request> parse_request(base::Bytes bytes) {
    Reader reader(bytes);
    Request request;
    request.question = static_cast<Question>(reader.number());
    request.address = reader.number();
    request.symbol = reader.text();
    request.section = read_optional(reader);
    return whole(reader, std::move(request));
}

std::string to_message(const Expected<Opened>& answer) {
    Writer writer;
    if (begin_answer(writer, answer)) {
        writer.text(answer->format);
        writer.number(answer->address_size);
        writer.text(answer->problem);
        writer.text(answer->llvm_version);
    }
    return std::move(writer).message();
}

Expected<Opened> parse_opened(base::Bytes bytes) {
    Reader reader(bytes);
    if (auto error = read_error(reader)) return std::unexpected(std::move(*error));
    Opened opened;
    opened.format = reader.text();
    opened.address_size = reader.number();
    opened.problem = reader.text();
    opened.llvm_version = reader.text();
    return whole(reader, std::move(opened));
}

std::string to_message(const Expected<std::vector<Place>>& answer) {
    return list_message(answer);
}

Expected<std::vector<Place>> parse_places(base::Bytes bytes) {
    return parse_list(bytes, read_place);
}

std::string to_message(const Expected<Datum>& answer) {
    Writer writer;
    if (begin_answer(writer, answer)) {
        writer.text(answer->name);
        writer.numbers({answer->start, answer->size});
        writer.text(answer->file);
        writer.number(answer->line);
    }
    return std::move(writer).message();
}

Expected<Datum> parse_datum(base::Bytes bytes) {
    Reader reader(bytes);
    if (auto error = read_error(reader)) return std::unexpected(std::move(*error));
    Datum datum;
    datum.name = reader.text();
    datum.start = reader.number();
    datum.size = reader.number();
    datum.file = reader.text();
    datum.line = reader.number();
    return whole(reader, std::move(datum));
}

std::string to_message(const Expected<std::vector<Variable>>& answer) {
    return list_message(answer);
}

Expected<std::vector<Variable>> parse_variables(base::Bytes bytes) {
    return parse_list(bytes, read_variable);
}

}  // namespace symline::llvm_reader
