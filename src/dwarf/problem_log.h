// Why debug information could not be read: of several reasons the first is kept.
#pragma once

#include <atomic>
#include <string>
#include <utility>

namespace symline::dwarf {

class ProblemLog {
public:
    /// `prefix` is put in front of problems: the name of the file, where that is not plain.
    explicit ProblemLog(std::string prefix = {}) : prefix_(std::move(prefix)) {}
    /// Problems are noted in `parent`, which must outlive the result.
    ProblemLog(std::string prefix, ProblemLog& parent)
        : prefix_(std::move(prefix)), parent_(&parent) {}
    /// A log for one of several threads that read the file of `other`; see give_up().
    ProblemLog(const ProblemLog& other, std::atomic<bool>& given_up)
        : prefix_(other.prefix_), given_up_(&given_up) {}

    void note(std::string text) {
        if (parent_ != nullptr) return parent_->note(prefix_ + std::move(text));
        give_up();
        if (first_.empty()) first_ = prefix_ + std::move(text);
    }
    /// Empty when there is none.
    const std::string& first() const { return first_; }

    /// Notes why there is no supplementary file although a value of it was needed.
    void note_missing(std::string text) { missing_ = std::move(text); }
    const std::string& missing() const { return missing_; }

    /// Says that the answer depends on what was asked before: in a damaged file, or in one that
    /// needs others. Threads that share a file leave it to one of them then, which asks in order.
    void give_up() {
        if (given_up_ != nullptr) given_up_->store(true, std::memory_order_relaxed);
    }

private:
    std::string prefix_;
    ProblemLog* parent_ = nullptr;
    std::atomic<bool>* given_up_ = nullptr;
    std::string first_, missing_;
};

}  // namespace symline::dwarf
