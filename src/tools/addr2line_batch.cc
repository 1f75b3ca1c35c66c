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
    const LineSyntax syntax = options.line_syntax();
    BatchQuestions questions{.adjust = rules.adjust, .addresses = {}, .lines = {}};
    questions.addresses.reserve(lines.size());
    const bool plain = syntax == LineSyntax::place && numbers_are_addresses(module.file(), rules);
    std::size_t next = plain ? take_plain_addresses(lines, questions) : 0;
    if (next == lines.size()) return questions;
    std::vector<BatchQuestions::Question> all;
    all.reserve(lines.size());
    for (std::size_t i = 0; i < next; ++i) all.push_back(questions[i]);
    for (; next < lines.size(); ++next) {
        const Request request = parse_request(lines[next], syntax);
        if (request.kind != Request::Kind::code) return std::nullopt;
        const auto place = find_place(module.file(), request.input, rules);
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
    static const Lookup kNothing;
    const Lookup& lookup = answer.lookup ? *answer.lookup : kNothing;
    Worker& worker = workers_[answer.worker];
    std::string& text = worker.texts.begin();
    if (printer_.frames_decide()) {
        printer_.append_frames(text, lookup.frames);
    } else {
        append_whole(text, line, questions_.addresses[answer.index], lookup);
    }
    worker.last = {.text = worker.texts.end(),
                   .worker = static_cast<std::uint16_t>(answer.worker),
                   .located = is_located(lookup),
                   .damage_known = !module_.file().damage().empty(),
                   .failed = !answer.lookup};
    if (!answer.lookup) worker.errors.emplace(line, answer.lookup.error());
}

bool Addr2lineBatch::print(AnswerSeparators& separators, StandardOutput& output) {
    constexpr std::size_t kAhead = 16;  // texts are far from each other
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
    if (!question.placed) return append_whole(out, line, std::nullopt, Lookup{});
    const LineAnswer& answer = answers_[line];
    if (answer.failed) {
        module_.explain_failure(workers_[answer.worker].errors.at(line));
    } else {
        module_.explain_answer(answer.located, answer.damage_known);
    }
    if (printer_.frames_decide()) {
        printer_.append_address(out, question.shown, module_.file().elf().address_size());
    }
    out += workers_[answer.worker].texts[answer.text];
}

void Addr2lineBatch::prefetch(std::size_t line) const {
    constexpr std::size_t kCacheLine = 64;
    const LineAnswer& answer = answers_[line];
    if (answer.text.size == 0) return;
    const char* text = workers_[answer.worker].texts.start(answer.text);
    for (std::size_t at = 0; at < answer.text.size; at += kCacheLine) __builtin_prefetch(text + at);
}

/// May be called by several threads at once.
void Addr2lineBatch::append_whole(std::string& out, std::size_t line,
                                  std::optional<FileAddress> address, const Lookup& lookup) const {
    const BatchQuestions::Question question = questions_[line];
    Addr2lineAnswer answer{.module = module_.file().path(),
                           .number = {},
                           .symbol = {},
                           .shown = question.shown,
                           .frames = lookup.frames,
                           .address_size = module_.file().elf().address_size()};
    if (question.by_number) {
        answer.number = question.shown;
    } else {
        answer.symbol = parse_request(lines_[line], options_.line_syntax()).place;
    }
    if (options_.form != Form::llvm || !address) return printer_.append(out, answer);
    Lookup named = lookup;
    add_clone_suffix(module_.file(), *address, options_, named);
    answer.frames = named.frames;
    printer_.append(out, answer);
}

}  // namespace symline::tools
