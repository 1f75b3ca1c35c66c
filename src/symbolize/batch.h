// Many addresses of a module at once: in order of address, on several threads.
//
// Asked unit by unit, each unit is read once, whatever the order of the questions. Answers are kept
// until all of a part are there, because any of them may show that the file's answers depend on
// what was asked before (see Readers): what is left is asked in the caller's order then.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "symbolize/readers.h"

namespace symline::symbolize {

class Batch {
public:
    /// All must outlive the result.
    Batch(Readers& readers, std::span<const FileAddress> addresses, Detail detail,
          const AnswerSink& sink)
        : readers_(readers), addresses_(addresses), detail_(detail), sink_(sink) {}

    /// See Module::lookup_many. Once.
    void run(const Sources& sources, unsigned jobs);

private:
    /// A question: the address, and which of those that were given it is.
    struct Question {
        FileAddress address;
        std::uint64_t unit = 0;
        std::size_t index = 0;
    };
    using QuestionList = std::vector<Question>;
    using Questions = std::span<const Question>;
    /// An answer that does not yet stand.
    struct Kept {
        std::size_t index;
        std::size_t lookup;  ///< its number
    };
    struct Worker {
        explicit Worker(Readers& readers) : reader(readers) {}

        BorrowedReader reader;
        std::vector<Kept> kept;
        std::vector<Expected<Lookup>> lookups;
        std::uint64_t first = 1, until = 0;  ///< addresses that have the last lookup
    };
    /// What is answered before any of it is delivered.
    struct Part {
        std::mutex dividing;          ///< guards `left`
        std::vector<Questions> left;  ///< of each worker
    };

    std::vector<std::size_t> answer_from_index();
    void answer_in_order(const std::vector<std::size_t>& indexes);
    void prepare_workers(const Sources& sources, std::size_t jobs, std::size_t questions);
    void sort_by_unit(QuestionList& questions);
    bool run_part(Questions questions);
    static Questions take(std::size_t worker, Part& part);
    void answer_questions(std::size_t worker, Part& part);
    void answer(Worker& worker, Questions questions);
    bool look_up(Worker& worker, FileAddress address, dwarf::Hint hint);
    void deliver(std::size_t worker);

    Readers& readers_;
    std::span<const FileAddress> addresses_;
    Detail detail_;
    const AnswerSink& sink_;
    std::vector<Worker> workers_;
};

}  // namespace symline::symbolize
