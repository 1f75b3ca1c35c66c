#include "symbolize/batch.h"

#include <algorithm>
#include <barrier>
#include <numeric>
#include <utility>

#include "base/radix_sort.h"
#include "base/threads.h"
#include "symbolize/address_order.h"
#include "symline/module.h"

namespace symline::symbolize {
namespace {

/// What a thread is started for.
constexpr std::size_t kMinQuestions = 100;
/// A worker takes this part of the questions that it has left, and no fewer than the minimum: no
/// worker waits long for the one that has the last of them.
constexpr std::size_t kShareTaken = 64;
constexpr std::size_t kMinTaken = 16;
/// With this many questions, units are asked for one after the other and mostly not again: it is
/// enough to keep what was read of the last ones, and their memory, still in the processor's cache,
/// goes to the next ones.
constexpr std::size_t kManyQuestions = 4096;
constexpr std::size_t kKeptOfMany = std::size_t{8} * 1024 * 1024;
/// When the question this many places farther on is in the same function, the function is read as a
/// whole.
constexpr std::size_t kAhead = 3;
/// Answers that are held back take about 500 bytes each.
constexpr std::size_t kMaxPart = Module::kMaxHeldAnswers;

}  // namespace

void Batch::run(const Sources& sources, unsigned jobs) {
    const auto indexes = answer_from_index();
    if (indexes.empty()) return;
    if (readers_.in_order_only()) return answer_in_order(indexes);
    QuestionList questions;
    questions.reserve(indexes.size());
    for (const std::size_t index : indexes) questions.push_back({addresses_[index], 0, index});
    base::radix_sort(questions, [](const Question& each) { return each.address.value; });
    // The same question takes no time again.
    std::size_t distinct = 1;
    for (std::size_t i = 1; i < questions.size(); ++i) {
        distinct += questions[i].address != questions[i - 1].address ? 1 : 0;
    }
    prepare_workers(sources,
                    std::clamp<std::size_t>(distinct / kMinQuestions, 1, std::max(jobs, 1U)),
                    questions.size());
    sort_by_unit(questions);
    Questions left = questions;
    while (!left.empty() && run_part(left.first(std::min(kMaxPart, left.size())))) {
        left = left.subspan(std::min(kMaxPart, left.size()));
    }
    std::vector<std::size_t> rest;
    for (const Question& each : left) rest.push_back(each.index);
    std::ranges::sort(rest);
    answer_in_order(rest);
}

/// One thread with an index is faster than many without. The result is what the index does not
/// decide.
std::vector<std::size_t> Batch::answer_from_index() {
    std::vector<std::size_t> rest;
    const BorrowedReader reader(readers_);
    if (detail_ != Detail::frames || !reader->has_index()) {
        rest.resize(addresses_.size());
        std::iota(rest.begin(), rest.end(), 0);
        return rest;
    }
    const Expected<Lookup>* last = nullptr;
    FileAddress last_address;
    for (const std::uint32_t index : order_of(addresses_)) {
        const FileAddress address = addresses_[index];
        const bool repeated = last != nullptr && address == last_address;
        if (!repeated) last = reader->from_index(address);
        last_address = address;
        if (last != nullptr) {
            sink_({.worker = 0, .index = index, .lookup = *last, .same_as_previous = repeated});
        } else {
            rest.push_back(index);
        }
    }
    std::ranges::sort(rest);
    return rest;
}

void Batch::answer_in_order(const std::vector<std::size_t>& indexes) {
    for (const std::size_t index : indexes) {
        const auto lookup = readers_.lookup(addresses_[index], detail_);
        sink_({.worker = 0, .index = index, .lookup = lookup, .same_as_previous = false});
    }
}

/// The memory for what was read is divided among the workers; the main reader gives up its part.
void Batch::prepare_workers(const Sources& sources, std::size_t jobs, std::size_t questions) {
    const std::size_t memory = sources.files.options().cache_size;
    const std::size_t begin = questions < kManyQuestions ? memory : std::min(memory, kKeptOfMany);
    readers_.rest_main(memory / 8);
    workers_.reserve(jobs);
    for (std::size_t i = 0; i < jobs; ++i) {
        Worker& worker = workers_.emplace_back(readers_);
        readers_.attach(*worker.reader);
        dwarf::DwarfFile* dwarf = worker.reader->dwarf();
        if (dwarf != nullptr) dwarf->set_cache_policy({.size = begin / jobs, .max = memory / jobs});
    }
}

/// Questions of one unit together: compilers and linkers put the functions of a unit into several
/// places.
void Batch::sort_by_unit(QuestionList& questions) {
    dwarf::DwarfFile* dwarf = workers_.front().reader->dwarf();
    if (dwarf == nullptr) return;
    const auto turn = readers_.turn();
    dwarf::DwarfFile::UnitInterval interval;
    for (Question& question : questions) {
        const std::uint64_t address = question.address.value;
        if (!interval.range.contains(address)) interval = dwarf->unit_at(address);
        question.unit = interval.unit;
    }
    base::radix_sort(questions, [](const Question& each) { return each.unit; });
}

/// False when the answers do not stand; none was delivered then.
bool Batch::run_part(Questions questions) {
    Part part;
    part.left.resize(workers_.size());
    part.left.front() = questions;
    bool stands = false;
    std::barrier answered(static_cast<std::ptrdiff_t>(workers_.size()),
                          [&]() noexcept { stands = !readers_.in_order_only(); });
    const auto work = [&](std::size_t worker) {
        answer_questions(worker, part);
        answered.arrive_and_wait();
        if (stands) deliver(worker);
    };
    auto threads = base::start_threads(workers_.size() - 1, [&](std::size_t i) { work(i + 1); });
    // If no more threads can be started, those that run do all the work.
    for (std::size_t i = threads.size() + 1; i < workers_.size(); ++i) answered.arrive_and_drop();
    work(0);
    threads.clear();
    return stands;
}

/// Where to divide questions: about in the middle, and between two units if possible.
template <typename Questions>
std::size_t middle(Questions questions) {
    const std::size_t half = questions.size() / 2;
    for (std::size_t i = half; i > 0 && i < half + half / 2; ++i) {
        if (questions[i].unit != questions[i - 1].unit) return i;
    }
    return half;
}

/// The next of the worker's own questions. When it has none any more, it takes over half of those
/// of the worker that has the most: some questions take a thousand times longer than others.
Batch::Questions Batch::take(std::size_t worker, Part& part) {
    const std::scoped_lock lock(part.dividing);
    Questions& own = part.left[worker];
    if (own.empty()) {
        Questions& most = *std::ranges::max_element(part.left, {}, &Questions::size);
        const std::size_t kept = middle(most);
        own = most.subspan(kept);
        most = most.first(kept);
    }
    const std::size_t wanted = std::max(kMinTaken, own.size() / kShareTaken);
    const Questions taken = own.first(std::min(wanted, own.size()));
    own = own.subspan(taken.size());
    return taken;
}

void Batch::answer_questions(std::size_t number, Part& part) {
    Worker& worker = workers_[number];
    worker.until = 0;
    for (auto taken = take(number, part); !taken.empty(); taken = take(number, part)) {
        const auto turn = readers_.turn();
        answer(worker, taken);
        if (readers_.in_order_only()) return;
    }
}

void Batch::answer(Worker& worker, Questions questions) {
    for (std::size_t i = 0; i < questions.size(); ++i) {
        const Question& question = questions[i];
        const std::uint64_t address = question.address.value;
        if (address < worker.first || address >= worker.until) {
            const Question& ahead = questions[std::min(i + kAhead, questions.size() - 1)];
            if (!look_up(worker, question.address, {.next = ahead.address.value})) return;
        }
        worker.kept.push_back({question.index, worker.lookups.size() - 1});
    }
}

/// False when the answer does not stand.
bool Batch::look_up(Worker& worker, FileAddress address, dwarf::Hint hint) {
    Reader& reader = *worker.reader;
    reader.pages().apply(reader.dwarf());
    auto found = reader.look_up(address, detail_, hint);
    if (!found) readers_.give_up();
    if (readers_.in_order_only()) return false;
    worker.first = address.value;
    worker.until = reader.same_until(address, *found);
    worker.lookups.push_back(std::move(found->lookup));
    return true;
}

void Batch::deliver(std::size_t number) {
    Worker& worker = workers_[number];
    std::size_t last = SIZE_MAX;
    for (const Kept& each : worker.kept) {
        sink_({.worker = static_cast<unsigned>(number),
               .index = each.index,
               .lookup = worker.lookups[each.lookup],
               .same_as_previous = std::exchange(last, each.lookup) == each.lookup});
    }
    worker.kept.clear();
    worker.lookups.clear();
}

}  // namespace symline::symbolize
