// The readers of one module, and which of them answers.
//
// One reader, the main one, may ask all files, and its answers are those of a program that asks one
// address after the other. The others are for calls of several threads at the same time. They take
// what is loaded from the main one, so it is not asked while they are; and they cannot be used for
// files whose answers depend on what was asked before: damaged ones, and those with split units or
// a missing supplementary file. Once that is seen, the main reader answers everything, in order.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "symbolize/reader.h"

namespace symline::symbolize {

class Readers {
public:
    explicit Readers(const Sources& sources) : sources_(sources), main_(sources) {}

    /// Any thread may call it. A second reader is made once two calls overlap.
    Expected<Lookup> lookup(FileAddress address, Detail detail);
    /// The same with `reader`, which no other thread uses.
    Expected<Lookup> lookup(Reader& reader, FileAddress address, Detail detail);

    /// A reader for one thread, which gives it back. Readers live as long as this: the frames
    /// of their answers refer to them.
    Reader& borrow();
    void give_back(Reader& reader);
    /// Lets a reader ask the debug information, if there is any.
    void attach(Reader& reader);

    /// Held while readers other than the main one ask debug information.
    using Turn = std::shared_lock<std::shared_mutex>;
    Turn turn() { return Turn(asking_); }
    /// Whether they may not, or an answer that they gave does not stand.
    bool in_order_only() const {
        return in_order_only_.load(std::memory_order_acquire) ||
               given_up_.load(std::memory_order_acquire);
    }
    void give_up() { given_up_ = true; }
    /// From now on, the main reader takes little memory: others will do the work.
    void rest_main(std::size_t memory);

    /// The first damage met, or which file is missing; empty when there is none.
    std::string_view damage() {
        if (const auto problem = sources_.files.gsym_problem(); !problem.empty()) return problem;
        if (!in_order_only_.load(std::memory_order_acquire)) return {};
        return damage_met();
    }
    /// Calls `use` with the main reader, while no other one is used.
    template <typename Use>
    auto with_main(Use use) {
        const std::unique_lock lock(asking_);
        attach_main();
        auto result = use(main_);
        note_damage();
        return result;
    }

private:
    // Called only while asking_ is held exclusively.
    Expected<Lookup> ask_main(FileAddress address, Detail detail);
    std::string_view damage_of_main() const;
    void forget_others();
    void attach_main();
    void note_damage();

    void limit_memory(Reader& reader) const;
    std::string_view damage_met();

    Sources sources_;
    std::shared_mutex asking_;
    Reader main_;
    std::atomic<bool> main_attached_ = false;
    bool forgot_others_ = false;
    std::atomic<bool> in_order_only_ = false;
    std::atomic<bool> given_up_ = false;     ///< set by readers: see dwarf::Sections::give_up
    std::atomic<bool> overlapping_ = false;  ///< calls of lookup() have overlapped
    std::mutex lending_;                     ///< guards the rest
    std::vector<std::unique_ptr<Reader>> others_;
    std::vector<Reader*> idle_;
};

/// A reader that is given back.
class BorrowedReader {
public:
    explicit BorrowedReader(Readers& from) : from_(&from), reader_(&from.borrow()) {}
    BorrowedReader(BorrowedReader&& other) noexcept
        : from_(other.from_), reader_(std::exchange(other.reader_, nullptr)) {}
    BorrowedReader& operator=(BorrowedReader&& other) noexcept {
        std::swap(from_, other.from_);
        std::swap(reader_, other.reader_);
        return *this;
    }
    ~BorrowedReader() {
        if (reader_ != nullptr) from_->give_back(*reader_);
    }

    Reader& operator*() const { return *reader_; }
    Reader* operator->() const { return reader_; }

private:
    Readers* from_;
    Reader* reader_;
};

}  // namespace symline::symbolize
