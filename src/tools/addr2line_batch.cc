// Many lines of input answered together, on several threads: the answers in order of input.

#include <string>
#include <utility>
#include <vector>

#include "tools/addr2line_run.h"
#include "tools/messages.h"
#include "tools/processors.h"

namespace symline::tools {
namespace {

/// Fewer lines are answered before threads are of use.
constexpr std::size_t kFewestLines = 256;
/// What an answer takes, roughly. A text that grows is copied, and each copy takes new memory.
constexpr std::size_t kUsualAnswer = 192;

}  // namespace

/// What a line asks, and where in the text of which worker its answer is.
struct Addr2line::BatchAnswer {
    std::uint64_t shown = 0;  ///< see Place
    std::size_t offset = 0;
    std::uint32_t size = 0;
    std::uint16_t worker = 0;
    bool by_number = false;
    bool placed = false;  ///< the place is an address of the module
    bool located = false;

    Place place(std::optional<FileAddress> address) const {
        return {.shown = shown, .address = address, .by_number = by_number};
    }
};

/// As many lines as are there. Who writes as fast as they are read is waited for, but never for
/// longer than it takes to notice.
void Addr2line::gather(LineReader& reader) {
    constexpr std::size_t many = 1024;
    int waits = 10;
    while (!lines_.full()) {
        auto line = reader.next_ready();
        if (!line && lines_.size() >= many && waits > 0) {
            --waits;
            line = reader.next_ready(1);
        }
        if (!line) return;
        lines_.add(*line);
    }
}

/// Source lines and neighbouring lines are looked for by one thread.
bool Addr2line::together() const {
    return only_ != nullptr && options_.context_lines == 0 &&
           options_.approximation == Approximation::none;
}

/// Between batches, when what is answered has been written.
void Addr2line::index_in_passing(std::size_t lines) {
    if (only_ == nullptr || !only_->module) return;
    const Module& module = *only_->module;
    if (indexes_.is_time_after(module, lines) && output_.flush()) indexes_.make(module);
}

/// Answers the lines gathered. False when there is no use in going on.
bool Addr2line::answer_lines() {
    const bool more = answer_each_line();
    if (more) index_in_passing(lines_.size());
    return more;
}

bool Addr2line::answer_each_line() {
    if (lines_.size() >= kFewestLines && together()) {
        if (const auto done = answer_together()) return *done;
    }
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        begin_answer();
        answer(lines_[i]);
        end_answer();
        if (!output_.flush_if_large()) return false;
    }
    return true;
}

/// The place of every line; nothing where one has to be answered in its own way.
std::optional<std::vector<Addr2line::BatchAnswer>> Addr2line::places(
    std::vector<FileAddress>& addresses) const {
    const Module& module = *only_->module;
    const PlaceRules rules = place_rules(*only_);
    std::vector<BatchAnswer> answers(lines_.size());
    addresses.reserve(lines_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const Request request = request_of(lines_[i]);
        if (request.kind != Request::Kind::code) return std::nullopt;
        auto place = find_place(module, parse_input(request.place), rules);
        if (!place) return std::nullopt;
        answers[i].shown = place->shown;
        answers[i].by_number = place->by_number;
        answers[i].placed = place->address.has_value();
        if (place->address) addresses.push_back(*place->address);
    }
    return answers;
}

/// Nothing when the module has to be asked for one address after the other.
std::optional<bool> Addr2line::answer_together() {
    std::vector<FileAddress> addresses;
    auto answers = places(addresses);
    if (!answers) return std::nullopt;
    const Module& module = *only_->module;
    std::vector<std::uint32_t> lines;  // of each address
    lines.reserve(addresses.size());
    for (std::size_t i = 0; i < answers->size(); ++i) {
        if ((*answers)[i].placed) lines.push_back(static_cast<std::uint32_t>(i));
    }
    const unsigned jobs = options_.jobs == 0 ? usable_processors() : options_.jobs;
    std::vector<std::string> texts(jobs);
    texts.front().reserve(addresses.size() * kUsualAnswer);
    const auto take = [&](unsigned worker, std::size_t index, const Lookup& lookup) {
        const std::uint32_t line = lines[index];
        BatchAnswer& answer = (*answers)[line];
        std::string& text = texts[worker];
        answer.worker = static_cast<std::uint16_t>(worker);
        answer.offset = text.size();
        answer.located = !lookup.frames.empty() && !lookup.frames.front().location.file.empty();
        append_answer(text, module, line, answer.place(addresses[index]), lookup);
        answer.size = static_cast<std::uint32_t>(text.size() - answer.offset);
    };
    if (!module.lookup_each(addresses, detail(), jobs, take)) return std::nullopt;
    return print_together(*answers, texts);
}

bool Addr2line::print_together(const std::vector<BatchAnswer>& answers,
                               const std::vector<std::string>& texts) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const BatchAnswer& answer = answers[i];
        begin_answer();
        if (answer.placed) {
            if (!answer.located) explain(*only_);
            output_.buffer().append(texts[answer.worker], answer.offset, answer.size);
        } else {
            append_answer(output_.buffer(), *only_->module, i, answer.place(std::nullopt),
                          Lookup{});
        }
        end_answer();
        if (!output_.flush_if_large()) return false;
    }
    return true;
}

/// May be called by several threads at once, but for the LLVM style's lines of source.
void Addr2line::append_answer(std::string& out, const Module& module, std::size_t line,
                              const Place& place, const Lookup& lookup) const {
    const auto address = place.by_number ? std::optional(place.shown) : std::nullopt;
    const auto print_it = [&](const std::vector<Frame>& frames) {
        print(out,
              {.module = module.path(),
               .address = address,
               .symbol = place.by_number ? std::string_view() : request_of(lines_[line]).place},
              place.shown, {.address = address, .frames = frames}, module.address_size());
    };
    if (options_.form != Form::llvm || !place.address) return print_it(lookup.frames);
    Lookup named = lookup;
    add_clone_suffix(module, *place.address, named);
    print_it(named.frames);
}

}  // namespace symline::tools
