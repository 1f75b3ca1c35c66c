#include "symbolize/batch.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/radix_sort.h"

namespace symline::symbolize {
namespace {

/// What a thread is started for.
constexpr std::size_t kFewestQuestions = 100;
/// A part of those that a thread has left, and no fewer: nobody waits long for who has the last
/// ones.
constexpr std::size_t kPartTaken = 64;
constexpr std::size_t kFewestTaken = 16;
/// Of so many questions, units are asked for one after the other and mostly not again: what was
/// read of the last ones is enough to keep, and its memory, still in the processor's cache, goes to
/// the next ones.
constexpr std::size_t kManyQuestions = 4096;
constexpr std::size_t kKeptOfMany = std::size_t{8} * 1024 * 1024;
/// When the question so much farther on is in the same function, it is read as a whole.
constexpr std::size_t kAhead = 3;

}  // namespace

/// The memory for what was read is divided among the readers; the module's own gives up its part.
void Batch::prepare_workers(unsigned jobs, std::size_t questions) {
    dwarf::DwarfFile* shared = module_->dwarf();
    const std::size_t memory = module_->options.cache_size;
    const std::size_t begin = questions < kManyQuestions ? memory : std::min(memory, kKeptOfMany);
    if (shared != nullptr) shared->limit_memory(memory / 8);
    if (shared != nullptr) shared->expect_many();
    for (std::size_t i = 0; i < std::max<std::size_t>(jobs, workers_.size()); ++i) {
        if (i == workers_.size()) workers_.emplace_back();
        Worker& worker = workers_[i];
        if (shared == nullptr) continue;
        if (worker.dwarf == nullptr) {
            worker.dwarf = std::make_unique<dwarf::DwarfFile>(*shared, *module_, given_up_);
        }
        worker.dwarf->set_cache_policy({.size = begin / jobs, .max = memory / jobs});
        if (i >= jobs) worker.dwarf->limit_memory(0);
    }
}

void Batch::answer(Worker& worker, FileAddress address, Detail detail, dwarf::Hint hint) {
    Module::State& module = *module_;
    module.trim_pages(worker.dwarf.get(), worker.pages);
    auto found = module.look_up(worker.dwarf.get(), address, detail, hint);
    if (!found) {
        given_up_ = true;
        return;
    }
    worker.lookup = std::move(found->lookup);
    worker.first = address.value;
    worker.until = address.value + 1;
    if (found->until <= worker.until) return;
    // Debug information does not know where sections end.
    const Section* section = module.file.section_at(address);
    if (section == nullptr) return;
    worker.until = std::min(found->until, section->address.value + section->size);
    const auto& frames = worker.lookup.frames;
    if (frames.empty() || frames.back().name_source != NameSource::dwarf) {
        worker.until = std::min(worker.until, module.symbols_until(address));
    }
}

void Batch::answer_parts(unsigned number, Work& work) {
    Worker& worker = workers_[number];
    worker.until = 0;
    for (auto part = take(number, work); !part.empty(); part = take(number, work)) {
        for (std::size_t i = 0; i < part.size(); ++i) {
            const Question& question = part[i];
            const std::uint64_t address = question.address.value;
            const bool repeated = address >= worker.first && address < worker.until;
            if (!repeated) {
                const Question& ahead = part[std::min(i + kAhead, part.size() - 1)];
                answer(worker, question.address, work.detail, {.next = ahead.address.value});
            }
            if (given_up_.load(std::memory_order_relaxed)) return;
            (*work.take)(number, question.index, worker.lookup, repeated);
        }
    }
}

void Batch::sort_by_address(QuestionList& questions) {
    base::radix_sort(questions, [](const Question& each) { return each.address.value; });
}

/// How many threads have enough to do: the same question takes no time again.
unsigned Batch::useful_jobs(const QuestionList& questions, unsigned jobs) {
    std::size_t distinct = 1;
    for (std::size_t i = 1; i < questions.size(); ++i) {
        distinct += questions[i].address != questions[i - 1].address ? 1 : 0;
    }
    return static_cast<unsigned>(
        std::clamp<std::size_t>(distinct / kFewestQuestions, 1, std::max(jobs, 1U)));
}

/// Those of one unit together: compilers and linkers put the functions of a unit into several
/// places.
void Batch::sort_by_unit(QuestionList& questions) {
    dwarf::DwarfFile* reader = workers_.front().dwarf.get();
    if (reader == nullptr) return;
    dwarf::DwarfFile::UnitInterval interval;
    for (Question& question : questions) {
        const std::uint64_t address = question.address.value;
        if (!interval.range.contains(address)) interval = reader->unit_at(address);
        question.unit = interval.unit;
    }
    base::radix_sort(questions, [](const Question& each) { return each.unit; });
}

/// Where to divide what is left: about in the middle, and between two units if possible.
std::size_t Batch::middle(Questions questions) {
    const std::size_t half = questions.size() / 2;
    for (std::size_t i = half; i > 0 && i < half + half / 2; ++i) {
        if (questions[i].unit != questions[i - 1].unit) return i;
    }
    return half;
}

/// The next of the thread's own questions. When it has none any more, it takes over half of those
/// of the thread that has most: some questions take a thousand times longer than others.
Batch::Questions Batch::take(unsigned worker, Work& work) {
    const std::scoped_lock lock(work.dividing);
    Questions& own = work.left[worker];
    if (own.empty()) {
        Questions& most = *std::ranges::max_element(work.left, {}, &Questions::size);
        const std::size_t kept = middle(most);
        own = most.subspan(kept);
        most = most.first(kept);
    }
    const std::size_t wanted = std::max(kFewestTaken, own.size() / kPartTaken);
    const Questions taken = own.first(std::min(wanted, own.size()));
    own = own.subspan(taken.size());
    return taken;
}

bool Batch::run(std::span<const FileAddress> addresses, Detail detail, unsigned jobs,
                const Module::TakeLookup& take) {
    if (addresses.empty()) return true;
    Work work;
    work.detail = detail;
    work.take = &take;
    work.questions.reserve(addresses.size());
    for (const FileAddress address : addresses) {
        work.questions.push_back({address, 0, work.questions.size()});
    }
    sort_by_address(work.questions);
    jobs = useful_jobs(work.questions, jobs);
    prepare_workers(jobs, work.questions.size());
    sort_by_unit(work.questions);
    work.left.resize(jobs);
    work.left.front() = work.questions;
    {
        std::vector<std::jthread> threads;
        for (unsigned worker = 1; worker < jobs; ++worker) {
            // Where no thread is to be had, those that are there do it all.
            try {
                threads.emplace_back([this, worker, &work] { answer_parts(worker, work); });
            } catch (const std::system_error&) {
                break;
            }
        }
        answer_parts(0, work);
    }
    if (!given_up_) return true;
    if (module_->dwarf_file != nullptr) module_->dwarf_file->reset_index();
    for (const Worker& worker : workers_) {
        if (worker.dwarf != nullptr) worker.dwarf->limit_memory(0);
    }
    return false;
}

}  // namespace symline::symbolize
