#include "llvm_reader/llvm_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace symline::llvm_reader {
namespace {

std::uint32_t clamped(std::uint64_t value) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

SourceLocation location(const std::string& file, std::uint64_t line, std::uint64_t column = 0,
                        std::uint64_t discriminator = 0) {
    SourceLocation found;
    found.file = file;
    found.line = clamped(line);
    found.column = clamped(column);
    found.discriminator = clamped(discriminator);
    return found;
}

Frame frame_of(const Place& place) {
    Frame frame;
    frame.name = place.function;
    frame.location = location(place.file, place.line, place.column, place.discriminator);
    frame.name_source = place.function.empty() ? NameSource::none : NameSource::dwarf;
    if (place.start) frame.start = FileAddress{*place.start};
    frame.declaration = location(place.declaration_file, place.declaration_line);
    return frame;
}

bool is_known(const Place& place) {
    return !place.function.empty() || !place.file.empty() || place.line != 0;
}

Expected<OwnedLookup> parse_lookup(base::Bytes bytes) {
    const auto places = parse_places(bytes);
    if (!places) return std::unexpected(places.error());
    return lookup_of(*places);
}

template <typename T>
Expected<T> answer_of(const Answer& answer, Expected<T> (*parse)(base::Bytes)) {
    if (!answer) return std::unexpected(answer.error());
    return parse(*answer);
}

}  // namespace

OwnedLookup lookup_of(const std::vector<Place>& places) {
    Lookup lookup;
    for (const Place& place : places) {
        if (places.size() > 1 || is_known(place)) lookup.frames.push_back(frame_of(place));
    }
    for (std::size_t i = 0; i + 1 < lookup.frames.size(); ++i) lookup.frames[i].inlined = true;
    if (lookup.frames.empty()) lookup.miss = Miss(Miss::not_covered);
    return own(lookup);
}

Expected<LlvmReader> LlvmReader::open(const std::string& program, const OpenRequest& request) {
    auto process = ReaderProcess::start(program);
    if (!process) return std::unexpected(process.error());
    auto opened = answer_of(process->ask(to_message(request)), parse_opened);
    if (!opened) {
        opened.error().file = request.path;
        return std::unexpected(opened.error());
    }
    return LlvmReader(*std::move(process), *std::move(opened));
}

Answer LlvmReader::ask(const Request& request) {
    return process_.ask(to_message(request));
}

Expected<OwnedLookup> LlvmReader::code(std::uint64_t address,
                                       std::optional<std::uint64_t> section) {
    return answer_of(ask({.question = Question::code, .address = address, .section = section}),
                     parse_lookup);
}

Expected<OwnedLookup> LlvmReader::symbol(const std::string& name, std::uint64_t offset) {
    return answer_of(ask({.question = Question::symbol, .address = offset, .symbol = name}),
                     parse_lookup);
}

Expected<Datum> LlvmReader::data(std::uint64_t address) {
    return answer_of(ask({.question = Question::data, .address = address, .symbol = {}}),
                     parse_datum);
}

Expected<std::vector<Variable>> LlvmReader::variables(std::uint64_t address) {
    return answer_of(ask({.question = Question::variables, .address = address, .symbol = {}}),
                     parse_variables);
}

}  // namespace symline::llvm_reader
