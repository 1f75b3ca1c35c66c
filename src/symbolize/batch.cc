#include "symbolize/batch.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "elf/radix_sort.h"

namespace symline {
namespace {

/// Parts that each thread takes: so many that all end at about the same time, and so few that
/// hardly a unit is read by two of them.
constexpr std::size_t kPartsOfThread = 16;
constexpr std::size_t kSmallestPart = 64;
/// When the question so much farther on is in the same function, it is read as a whole.
constexpr std::size_t kAhead = 3;

}  // namespace

/// The memory for what was read is divided among the readers; the module's own gives up its part.
void Batch::prepare_workers(unsigned jobs) {
    dwarf::DwarfFile* shared = module_->dwarf();
    const std::size_t memory = module_->options.cache_size;
    if (shared != nullptr) shared->limit_memory(memory / 8);
    if (shared != nullptr) shared->expect_many();
    for (std::size_t i = 0; i < std::max<std::size_t>(jobs, workers_.size()); ++i) {
        if (i == workers_.size()) workers_.emplace_back();
        Worker& worker = workers_[i];
        if (shared == nullptr) continue;
        if (worker.dwarf == nullptr) {
            worker.dwarf = std::make_unique<dwarf::DwarfFile>(*shared, *module_, given_up_);
        }
        worker.dwarf->set_cache_size(memory / jobs);
        if (i >= jobs) worker.dwarf->limit_memory(0);
    }
}

void Batch::answer(Worker& worker, FileAddress address, Detail detail) {
    Module::State& module = *module_;
    module.trim_pages(worker.dwarf.get(), worker.pages);
    auto found = module.look_up(worker.dwarf.get(), address, detail);
    if (!found) {
        given_up_ = true;
        return;
    }
    worker.lookup = std::move(*found);
    worker.first = address.value;
    worker.until = address.value + 1;
    if (worker.dwarf == nullptr || worker.dwarf->same_until() <= worker.until) return;
    // Debug information does not know where sections end.
    const Section* section = module.file.section_at(address);
    if (section == nullptr) return;
    worker.until = std::min(worker.dwarf->same_until(), section->address.value + section->size);
}

void Batch::answer_parts(unsigned number, Work& work) {
    Worker& worker = workers_[number];
    worker.until = 0;
    while (!given_up_.load(std::memory_order_relaxed)) {
        const std::size_t part = work.next.fetch_add(1, std::memory_order_relaxed);
        if (part + 1 >= work.parts.size()) return;
        const std::size_t first = work.parts[part];
        const std::size_t count = work.parts[part + 1] - first;
        const auto questions = std::span(work.questions).subspan(first, count);
        for (std::size_t i = 0; i < count; ++i) {
            const Question& question = questions[i];
            const std::uint64_t address = question.address.value;
            const bool repeated = address >= worker.first && address < worker.until;
            if (!repeated && worker.dwarf != nullptr) {
                worker.dwarf->expect(questions[std::min(i + kAhead, count - 1)].address.value);
            }
            if (!repeated) answer(worker, question.address, work.detail);
            if (given_up_.load(std::memory_order_relaxed)) return;
            (*work.take)(number, question.index, worker.lookup, repeated);
        }
    }
}

/// In order of address, and what is of one unit together: compilers and linkers put the functions
/// of a unit into several places.
void Batch::sort(Questions& questions) {
    elf::radix_sort(questions, [](const Question& each) { return each.address.value; });
    dwarf::DwarfFile* reader = workers_.front().dwarf.get();
    if (reader == nullptr) return;
    dwarf::DwarfFile::UnitPlace place;
    for (Question& question : questions) {
        const std::uint64_t address = question.address.value;
        if (!place.range.contains(address)) place = reader->unit_at(address);
        question.unit = place.unit;
    }
    elf::radix_sort(questions, [](const Question& each) { return each.unit; });
}

/// A part ends with a unit, unless that has many times more questions than a part shall have.
void Batch::divide(Work& work, unsigned jobs) {
    const auto& questions = work.questions;
    const std::size_t size = std::max(kSmallestPart, questions.size() / (jobs * kPartsOfThread));
    work.parts.push_back(0);
    for (std::size_t i = 1; i < questions.size(); ++i) {
        const std::size_t count = i - work.parts.back();
        const bool another = questions[i].unit != questions[i - 1].unit;
        if ((another && count >= size) || count >= 4 * size) work.parts.push_back(i);
    }
    work.parts.push_back(questions.size());
}

bool Batch::run(std::span<const FileAddress> addresses, Detail detail, unsigned jobs,
                const Module::TakeLookup& take) {
    if (addresses.empty()) return true;
    const std::size_t parts = (addresses.size() + kSmallestPart - 1) / kSmallestPart;
    jobs = static_cast<unsigned>(std::clamp<std::size_t>(jobs, 1, parts));
    Work work{.questions = {}, .detail = detail, .take = &take, .parts = {}};
    work.questions.reserve(addresses.size());
    for (const FileAddress address : addresses) {
        work.questions.push_back({address, 0, work.questions.size()});
    }
    prepare_workers(jobs);
    sort(work.questions);
    divide(work, jobs);
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

}  // namespace symline
