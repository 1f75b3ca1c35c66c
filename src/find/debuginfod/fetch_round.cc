#include "find/debuginfod/fetch_round.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/path.h"
#include "base/threads.h"
#include "find/debuginfod/debuginfod_cache.h"
#include "find/debuginfod/fetched_file_check.h"

namespace symline::find {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxTransfers = 4;
constexpr std::chrono::milliseconds kReportInterval{100};
/// A server that has been sending for this long does not answer every request with a web page.
constexpr std::chrono::seconds kProof{1};
/// The limit when the server does not announce a size: the body may have no end.
constexpr std::uint64_t kMaxUnannouncedSize = std::uint64_t{4} << 30;

std::string first_name(const FetchRequest& request) {
    if (request.kind != FetchKind::source_file) return request.build_id.hex();
    return std::string(base::file_name(request.path));
}

FetchResult ended(FetchEnd end, std::string reason = {}) {
    FetchResult result;
    result.end = end;
    result.reason = std::move(reason);
    return result;
}

/// The cache entry that holds, or would hold, the answer.
std::string cache_entry(const FetchRequest& request, const DebuginfodLog& log) {
    const auto folder = log.cache_folder.empty() ? debuginfod_cache_folder() : log.cache_folder;
    switch (request.kind) {
        case FetchKind::debug_file:
            return debuginfod_cache_path(folder, request.build_id, "debuginfo");
        case FetchKind::code_file:
            return debuginfod_cache_path(folder, request.build_id, "executable");
        case FetchKind::source_file: break;
    }
    if (log.suffix.empty()) return {};
    return debuginfod_cache_path(folder, request.build_id, "source" + log.suffix);
}

FetchResult judge_miss(const ServerAnswer& answer, const RoundServer& server) {
    const DebuginfodLog& log = answer.log;
    const std::string system = std::strerror(answer.error);
    if (!log.asked) {
        if (answer.error == ENOENT) return ended(FetchEnd::remembered_miss);
        return ended(FetchEnd::cache_failed, system);
    }
    if (answer.error == EFBIG) {
        return ended(FetchEnd::too_large, "has it, larger than DEBUGINFOD_MAXSIZE");
    }
    // The library treats 200 OK without a body as "not there".
    if (log.reason == "No error") return ended(FetchEnd::server_failed, "sent an empty file");
    const bool gone = log.http == 404 || log.http == 410;
    const bool silent = log.reason.empty();
    const bool local = server.url.starts_with("file:");
    if (answer.error == ENOENT && (gone || local || silent)) {
        return ended(FetchEnd::not_there);
    }
    if (answer.error == EIO) return ended(FetchEnd::cache_failed, "cannot be written");
    return ended(FetchEnd::server_failed, silent ? system : log.reason);
}

}  // namespace

FetchRound::FetchRound(const DebuginfodClient& client, const RoundServer& server,
                       std::span<const FetchRequest* const> requests, const RoundLimits& limits)
    : client_(client),
      server_(server),
      requests_(requests),
      limits_(limits),
      slots_(requests.size()) {}

std::vector<FetchResult> FetchRound::run(const Report& report) {
    report({}, 0);
    const auto count = std::min(kMaxTransfers, requests_.size());
    const auto threads = base::start_threads(count, [this](std::size_t) { work(); });
    if (threads.empty()) {
        own_reports_.report = &report;
        work();
    } else {
        report_until_done(report);
    }
    std::vector<FetchResult> results;
    results.reserve(slots_.size());
    for (Slot& slot : slots_) results.push_back(std::move(slot.result));
    return results;
}

void FetchRound::report_until_done(const Report& report) {
    std::unique_lock lock(mutex_);
    while (done_ < requests_.size()) {
        changed_.wait_for(lock, kReportInterval, [this] { return done_ == requests_.size(); });
        const auto files = under_way();
        const auto done = done_;
        lock.unlock();
        report(files, done);
        lock.lock();
    }
}

void FetchRound::report_between() {
    if (own_reports_.report == nullptr || Clock::now() < own_reports_.next) return;
    own_reports_.next = Clock::now() + kReportInterval;
    (*own_reports_.report)(under_way(), done_);
}

std::vector<FetchedFile> FetchRound::under_way() const {
    std::vector<FetchedFile> files;
    for (const Slot& slot : slots_) {
        if (slot.active) files.push_back(slot.file);
    }
    return files;
}

void FetchRound::work() {
    for (;;) {
        const auto index = next_request();
        if (index == requests_.size()) return;
        finish(index, ask(index));
    }
}

/// The next request to send; those that need not be sent any more are finished.
std::size_t FetchRound::next_request() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return next_ == 0 || answers_ || failure_ != nullptr; });
    while (next_ < requests_.size() && (failure_ != nullptr || stopped())) {
        FetchResult& result = slots_[next_].result;
        if (failure_ != nullptr) result = *failure_;
        result.entry.clear();
        ++next_;
        ++done_;
    }
    changed_.notify_all();
    if (next_ == requests_.size()) return next_;
    Slot& slot = slots_[next_];
    slot.active = true;
    slot.file.name = first_name(*requests_[next_]);
    slot.file.server = server_.url;
    slot.file.begun = Clock::now();
    return next_++;
}

FetchResult FetchRound::ask(std::size_t index) {
    const FetchRequest& request = *requests_[index];
    const auto start = Clock::now();
    std::optional<FetchResult> stopped_by_us;
    auto answer = client_.ask(request, server_.words, [&](const Transfer& transfer) {
        note(index, transfer);
        report_between();
        stopped_by_us = overdue(transfer, start);
        return stopped_by_us.has_value();
    });
    FetchResult result;
    if (!answer.path.empty()) {
        result = ended(FetchEnd::found, fault_of(answer.path, request));
        result.path = answer.path;
        if (!result.reason.empty()) {
            remove_from_cache(answer.path);
            result.end = FetchEnd::server_failed;
        }
    } else if (stopped_by_us) {
        result = std::move(*stopped_by_us);
    } else {
        result = judge_miss(answer, server_);
    }
    result.entry = cache_entry(request, answer.log);
    result.log_text = std::move(answer.log_text);
    return result;
}

/// Why a transfer has to be stopped; nothing when it may go on.
std::optional<FetchResult> FetchRound::overdue(const Transfer& transfer,
                                               Clock::time_point start) const {
    if (stopped()) return ended(FetchEnd::cancelled, "interrupted");
    if (!transfer.begun) {
        const auto limit = limits_.first_byte;
        if (limit.count() == 0 || Clock::now() - start < limit) return std::nullopt;
        return ended(FetchEnd::slow,
                     "has sent nothing for " + std::to_string(limit.count()) + " s");
    }
    if (transfer.size != 0) return std::nullopt;
    const auto limit = limits_.size == 0 ? kMaxUnannouncedSize : limits_.size;
    if (transfer.bytes <= limit) return std::nullopt;
    return ended(FetchEnd::server_failed,
                 "sends without an end: " + std::to_string(transfer.bytes) + " bytes so far");
}

void FetchRound::note(std::size_t index, const Transfer& transfer) {
    if (!transfer.begun) return;
    const std::lock_guard lock(mutex_);
    FetchedFile& file = slots_[index].file;
    if (file.bytes == 0) file.begun = Clock::now();
    file.bytes = transfer.bytes;
    file.size = transfer.size;
    if (auto name = name_in_headers(transfer.headers); !name.empty()) file.name = std::move(name);
    if (answers_ || Clock::now() - file.begun < kProof) return;
    answers_ = true;
    changed_.notify_all();
}

void FetchRound::finish(std::size_t index, FetchResult result) {
    const std::lock_guard lock(mutex_);
    const bool failed = result.end == FetchEnd::server_failed || result.end == FetchEnd::slow ||
                        result.end == FetchEnd::cache_failed;
    Slot& slot = slots_[index];
    slot.result = std::move(result);
    if (failed && failure_ == nullptr) failure_ = &slot.result;
    slot.active = false;
    answers_ = true;
    ++done_;
    changed_.notify_all();
}

}  // namespace symline::find
