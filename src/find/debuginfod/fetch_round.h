// Asks one server for several files in parallel.
//
// The first request goes alone until it is answered or the server has been sending for a second:
// a server that does not work is asked once.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "find/debuginfod/debuginfod_client.h"

namespace symline::find {

enum class FetchEnd {
    found,
    not_there,        ///< the server says so
    remembered_miss,  ///< the cache says so: no server was asked
    server_failed,    ///< it sent nothing, or not what was asked for
    slow,             ///< nothing was sent within RoundLimits::first_byte
    too_large,
    cache_failed,  ///< the cache cannot be written
    cancelled,
};

struct FetchResult {
    FetchEnd end = FetchEnd::cancelled;
    std::string path;    ///< of what was found
    std::string reason;  ///< why nothing was
    std::string entry;   ///< the file in the cache that stands, or would stand, for the answer
    std::string log_text;
};

/// What ends a transfer early.
struct RoundLimits {
    std::chrono::seconds first_byte{0};  ///< how long a server may send nothing; 0: for ever
    std::uint64_t size = 0;              ///< DEBUGINFOD_MAXSIZE; 0: none
    const std::atomic<int>* cancelled = nullptr;  ///< not 0: the caller wants no more; may be null
};

struct RoundServer {
    std::string words;  ///< as DEBUGINFOD_URLS has it, with the "ima:" word that stands for it
    std::string url;
};

class FetchRound {
public:
    /// Everything is borrowed.
    FetchRound(const DebuginfodClient& client, const RoundServer& server,
               std::span<const FetchRequest* const> requests, const RoundLimits& limits);

    /// Calls `report` ten times a second, in this thread, with the files that are under way. Where
    /// no thread can be started the files are fetched in this one, one after the other, and
    /// `report` is called whenever something has arrived.
    using Report = std::function<void(std::span<const FetchedFile>, std::size_t done)>;
    std::vector<FetchResult> run(const Report& report);

private:
    /// One request.
    struct Slot {
        FetchedFile file;
        bool active = false;
        FetchResult result;
    };
    /// Reports from the asking thread, when no other could be started.
    struct OwnReports {
        const Report* report = nullptr;
        std::chrono::steady_clock::time_point next;
    };

    void report_until_done(const Report& report);
    void report_between();
    void work();
    std::size_t next_request();
    FetchResult ask(std::size_t index);
    std::optional<FetchResult> overdue(const Transfer& transfer,
                                       std::chrono::steady_clock::time_point start) const;
    void note(std::size_t index, const Transfer& transfer);
    void finish(std::size_t index, FetchResult result);
    bool stopped() const { return limits_.cancelled != nullptr && limits_.cancelled->load() != 0; }
    std::vector<FetchedFile> under_way() const;

    const DebuginfodClient& client_;
    const RoundServer& server_;
    std::span<const FetchRequest* const> requests_;
    const RoundLimits& limits_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Slot> slots_;
    std::size_t next_ = 0;
    std::size_t done_ = 0;
    bool answers_ = false;  ///< the server may be asked for the other files
    const FetchResult* failure_ = nullptr;
    OwnReports own_reports_;
};

}  // namespace symline::find
