#include "tools/addr2line_batch.h"

#include <utility>

#include "tools/processors.h"

namespace symline::tools {
namespace {

/// Reads lines as long as each one is a plain address. Returns how many they are.
std::size_t take_plain_addresses(const LineBatch& lines, BatchQuestions& questions) {
    std::size_t next = 0;
    for (; next < lines.size(); ++next) {
        const auto number = plain_address(lines[next]);
        if (!number) break;
        questions.addresses.push_back(FileAddress{*number - questions.adjust});
    }
    return next;
}

/// A symbol may have several answers in LLVM's form.
bool is_batched(const Request& request, const Addr2lineOptions& options) {
    return request.kind == Request::Kind::code &&
           (options.form == Form::gnu || request.input.number.has_value());
}

}  // namespace

std::vector<std::uint32_t> BatchQuestions::lines_of_addresses() const {
    std::vector<std::uint32_t> of;
    if (addresses.size() == size()) return of;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].placed) of.push_back(static_cast<std::uint32_t>(i));
    }
    return of;
}

std::optional<BatchQuestions> batch_questions(const Addr2lineModule& module, const LineBatch& lines,
                                              const Addr2lineOptions& options) {
    const InputPlaceRules rules = module.rules();
    BatchQuestions questions{.adjust = rules.adjust, .addresses = {}, .lines = {}};
    questions.addresses.reserve(lines.size());
    const bool plain = options.form == Form::gnu && numbers_are_addresses(module.file(), rules);
    std::size_t next = plain ? take_plain_addresses(lines, questions) : 0;
    if (next == lines.size()) return questions;
    std::vector<BatchQuestions::Question> all;
    all.reserve(lines.size());
    for (std::size_t i = 0; i < next; ++i) all.push_back(questions[i]);
    for (; next < lines.size(); ++next) {
        const auto request = parse_line(lines[next], options);
        if (!request || !is_batched(*request, options)) return std::nullopt;
        const auto place = find_place(module.file(), request->input, rules);
        if (!place) return std::nullopt;
        all.push_back({place->shown, place->by_number, place->address.has_value()});
        if (place->address) questions.addresses.push_back(*place->address);
    }
    questions.lines = std::move(all);
    return questions;
}

/// Where the frames decide the text, an answer that the worker gave before is not formatted again.
/// That saves a quarter of the time with -a, where neighbouring addresses often share a line.
bool Addr2lineBatch::answer() {
    auto questions = batch_questions(module_, lines_, options_);
    if (!questions) return false;
    questions_ = std::move(*questions);
    const std::vector<std::uint32_t> lines = questions_.lines_of_addresses();
    const unsigned jobs = options_.jobs == 0 ? usable_processors() : options_.jobs;
    const bool texts_repeat = printer_.frames_decide();
    answers_.resize(questions_.size());
    workers_.resize(jobs);
    const auto take = [&](const Answer& answer) {
        const std::size_t line = lines.empty() ? answer.index : lines[answer.index];
        if (!answer.same_as_previous || !texts_repeat) format(answer, line);
        answers_[line] = workers_[answer.worker].last;
    };
    module_.file().lookup_many(questions_.addresses, options_.detail(), jobs, take);
    return true;
}

/// May be called by several threads at once, but not for one worker.
void Addr2lineBatch::format(const Answer& answer, std::size_t line) {
    const auto& lookup = answer.lookup;
    Worker& worker = workers_[answer.worker];
    std::string& text = worker.texts.begin();
    if (!printer_.frames_decide()) {
        append_whole(text, line, &answer);
    } else if (lookup) {
        printer_.append_frames(text, lookup->frames);
    } else {
        printer_.append_frames(text, {});
    }
    worker.last = {.text = worker.texts.end(),
                   .worker = static_cast<std::uint16_t>(answer.worker),
                   .located = lookup && is_located(*lookup),
                   .damage_known = !module_.file().damage().empty(),
                   .failed = !lookup};
    if (!lookup) worker.errors.emplace(line, lookup.error());
}

bool Addr2lineBatch::print(AnswerSeparators& separators, StandardOutput& output) {
    constexpr std::size_t kAhead = 16;  // texts are far from each other
    if (!module_.file().index().problem().empty()) module_.explain_damage();
    for (std::size_t line = 0; line < answers_.size(); ++line) {
        if (line + kAhead < answers_.size()) prefetch(line + kAhead);
        separators.begin_answer(output.buffer());
        append_one(output.buffer(), line);
        separators.end_answer(output.buffer());
        if (!output.flush_if_large()) return false;
    }
    return true;
}

void Addr2lineBatch::append_one(std::string& out, std::size_t line) {
    const BatchQuestions::Question question = questions_[line];
    if (!question.placed) return append_whole(out, line, nullptr);
    const LineAnswer& answer = answers_[line];
    Worker& worker = workers_[answer.worker];
    if (answer.failed) {
        module_.explain_failure(worker.errors.at(line));
    } else {
        if (answer.damage_known) module_.explain_damage();
        if (!answer.located) module_.explain_unknown_places();
    }
    if (printer_.frames_decide()) printer_.append_address(out, question.shown, address_size_);
    out += worker.texts[answer.text];
}

void Addr2lineBatch::prefetch(std::size_t line) const {
    constexpr std::size_t kCacheLine = 64;
    const LineAnswer& answer = answers_[line];
    if (answer.text.size == 0) return;
    const char* text = workers_[answer.worker].texts.start(answer.text);
    for (std::size_t at = 0; at < answer.text.size; at += kCacheLine) __builtin_prefetch(text + at);
}

/// May be called by several threads at once. `found` is null where the line is no place.
void Addr2lineBatch::append_whole(std::string& out, std::size_t line, const Answer* found) const {
    const BatchQuestions::Question question = questions_[line];
    Addr2lineAnswer answer{.module = module_.file().path(),
                           .number = {},
                           .symbol = {},
                           .shown = question.shown,
                           .address_size = address_size_};
    if (question.by_number) answer.number = question.shown;
    if (found != nullptr && found->lookup) answer.frames = found->lookup->frames;
    if (options_.form != Form::llvm || answer.frames.empty()) return printer_.append(out, answer);
    Lookup named = *found->lookup;
    module_.shape(questions_.addresses[found->index], named);
    answer.frames = named.frames;
    printer_.append(out, answer);
}

}  // namespace symline::tools
