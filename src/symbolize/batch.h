// Many addresses of a module at once: in order of address, on several threads.
//
// Each thread has a reader of the debug information of its own, with the units that it loaded; the
// mapped file, decompressed sections and the index of units are shared. Asked unit by unit, each
// is read once, whatever the order of the questions.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "symbolize/module_state.h"

namespace symline::symbolize {

class Batch {
public:
    /// `module` must outlive the result.
    explicit Batch(Module::State& module) : module_(&module) {}

    /// See Module::lookup_each.
    bool run(std::span<const FileAddress> addresses, Detail detail, unsigned jobs,
             const Module::TakeLookup& take);

private:
    /// A question: the address, and which of those that were given it is.
    struct Question {
        FileAddress address;
        std::uint64_t unit = 0;
        std::size_t index = 0;
    };
    using QuestionList = std::vector<Question>;
    struct Worker {
        std::unique_ptr<dwarf::DwarfFile> dwarf;  ///< null: the module has none
        PageCount pages;
        Lookup lookup;                       ///< the last answer,
        std::uint64_t first = 1, until = 0;  ///< and the addresses that it is known to be that of
    };
    using Questions = std::span<const Question>;
    struct Work {
        QuestionList questions;  ///< by unit and address
        Detail detail = Detail::frames;
        const Module::TakeLookup* take = nullptr;
        std::mutex dividing;          ///< guards `left`
        std::vector<Questions> left;  ///< of each thread
    };

    void prepare_workers(unsigned jobs, std::size_t questions);
    static void sort_by_address(QuestionList& questions);
    static unsigned useful_jobs(const QuestionList& questions, unsigned jobs);
    void sort_by_unit(QuestionList& questions);
    static std::size_t middle(Questions questions);
    static Questions take(unsigned worker, Work& work);
    void answer_parts(unsigned worker, Work& work);
    void answer(Worker& worker, FileAddress address, Detail detail, dwarf::Hint hint);

    Module::State* module_;
    std::vector<Worker> workers_;
    std::atomic<bool> given_up_ = false;
};

}  // namespace symline::symbolize
