// Many lines of input answered together, on several threads: the answers in order of input.

#include <string>
#include <utility>
#include <vector>

#include "tools/addr2line_run.h"
#include "tools/messages.h"
#include "tools/processors.h"
#include "tools/text_store.h"

namespace symline::tools {
namespace {

/// Fewer lines are answered before threads are of use.
constexpr std::size_t kFewestLines = 256;

}  // namespace

/// What a line asks.
struct Addr2line::BatchQuestion {
    std::uint64_t shown = 0;  ///< see Place
    bool by_number = false;
    bool placed = false;  ///< the place is an address of the module

    Place place(std::optional<FileAddress> address) const {
        return {.shown = shown, .address = address, .by_number = by_number};
    }
};

/// What the lines ask.
struct Addr2line::BatchQuestions {
    std::uint64_t adjust = 0;            ///< see PlaceRules
    std::vector<FileAddress> addresses;  ///< of the lines that name one
    std::vector<BatchQuestion> lines;    ///< empty as long as each one is a plain number

    std::size_t size() const { return lines.empty() ? addresses.size() : lines.size(); }
    BatchQuestion operator[](std::size_t line) const {
        if (!lines.empty()) return lines[line];
        return {addresses[line].value + adjust, true, true};
    }
};

/// Where the answer to a line is.
struct Addr2line::BatchAnswer {
    TextStore::Place text;
    std::uint16_t worker = 0;
    bool located = false;
};

/// What a worker has said.
struct Addr2line::BatchWorker {
    TextStore texts;
    BatchAnswer last;
};

/// As many lines as are there. Who writes as fast as they are read is waited for, but never for
/// longer than it takes to notice.
void Addr2line::gather(LineReader& reader) {
    constexpr std::size_t many = 1024;
    int waits = 10;
    while (!lines_.full()) {
        auto lines = reader.ready_lines();
        if (lines.empty() && lines_.size() >= many && waits > 0) {
            --waits;
            lines = reader.ready_lines(1);
        }
        if (lines.empty()) return;
        lines_.add_lines(lines);
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

/// Nothing where a line has to be answered in its own way.
std::optional<Addr2line::BatchQuestions> Addr2line::questions() const {
    const Module& module = *only_->module;
    const PlaceRules rules = place_rules(*only_);
    const bool plain = options_.form != Form::llvm && numbers_are_addresses(module, rules);
    BatchQuestions questions{.adjust = rules.adjust, .addresses = {}, .lines = {}};
    std::vector<FileAddress>& addresses = questions.addresses;
    addresses.reserve(lines_.size());
    std::size_t next = 0;
    for (; plain && next < lines_.size(); ++next) {
        const auto number = plain_address(lines_[next]);
        if (!number) break;
        addresses.push_back(FileAddress{*number - rules.adjust});
    }
    if (next == lines_.size()) return questions;
    std::vector<BatchQuestion> all;
    all.reserve(lines_.size());
    for (std::size_t i = 0; i < next; ++i) all.push_back(questions[i]);
    for (; next < lines_.size(); ++next) {
        const Request request = request_of(lines_[next]);
        if (request.kind != Request::Kind::code) return std::nullopt;
        const auto place = find_place(module, parse_input(request.place), rules);
        if (!place) return std::nullopt;
        all.push_back({place->shown, place->by_number, place->address.has_value()});
        if (place->address) addresses.push_back(*place->address);
    }
    questions.lines = std::move(all);
    return questions;
}

/// Whether the text of an answer, but for the address in front, is the same for all addresses that
/// have the same frames.
bool Addr2line::frames_decide() const {
    return options_.form != Form::llvm && options_.style != OutputStyle::json && !llvm_printer_;
}

/// Nothing when the module has to be asked for one address after the other.
std::optional<bool> Addr2line::answer_together() {
    const auto questions = this->questions();
    if (!questions) return std::nullopt;
    const std::vector<FileAddress>& addresses = questions->addresses;
    const Module& module = *only_->module;
    std::vector<std::uint32_t> lines;  // of each address, unless all have one
    if (addresses.size() < questions->size()) {
        for (std::size_t i = 0; i < questions->size(); ++i) {
            if (questions->lines[i].placed) lines.push_back(static_cast<std::uint32_t>(i));
        }
    }
    const unsigned jobs = options_.jobs == 0 ? usable_processors() : options_.jobs;
    const bool texts_repeat = frames_decide();
    const output::GnuStyle style = gnu_style(module.address_size());
    BatchAnswers answers(questions->size());
    std::vector<BatchWorker> workers(jobs);
    const auto take = [&](unsigned number, std::size_t index, const Lookup& lookup, bool repeated) {
        const std::size_t line = lines.empty() ? index : lines[index];
        BatchWorker& worker = workers[number];
        if (!repeated || !texts_repeat) {
            std::string& text = worker.texts.begin();
            if (texts_repeat) {
                output::append_gnu_frames(text, lookup.frames, style);
            } else {
                const Place place = (*questions)[line].place(addresses[index]);
                append_answer(text, module, line, place, lookup);
            }
            worker.last.text = worker.texts.end();
            worker.last.worker = static_cast<std::uint16_t>(number);
            worker.last.located =
                !lookup.frames.empty() && !lookup.frames.front().location.file.empty();
        }
        answers[line] = worker.last;
    };
    if (!module.lookup_each(addresses, detail(), jobs, take)) return std::nullopt;
    return print_together(*questions, answers, workers);
}

bool Addr2line::print_together(const BatchQuestions& questions, const BatchAnswers& answers,
                               const std::vector<BatchWorker>& workers) {
    constexpr std::size_t kAhead = 16;  // texts are far from each other
    const bool address_in_front = frames_decide();
    const output::GnuStyle style = gnu_style(only_->module->address_size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (i + kAhead < answers.size()) prefetch(answers[i + kAhead], workers);
        const BatchAnswer& answer = answers[i];
        const BatchQuestion question = questions[i];
        begin_answer();
        if (question.placed) {
            if (!answer.located) explain(*only_);
            if (address_in_front) {
                output::append_gnu_address(output_.buffer(), question.shown, style);
            }
            output_.buffer() += workers[answer.worker].texts[answer.text];
        } else {
            append_answer(output_.buffer(), *only_->module, i, question.place(std::nullopt),
                          Lookup{});
        }
        end_answer();
        if (!output_.flush_if_large()) return false;
    }
    return true;
}

void Addr2line::prefetch(const BatchAnswer& answer, const std::vector<BatchWorker>& workers) {
    constexpr std::size_t kLine = 64;
    if (answer.text.size == 0) return;
    const char* text = workers[answer.worker].texts.start(answer.text);
    for (std::size_t at = 0; at < answer.text.size; at += kLine) __builtin_prefetch(text + at);
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
