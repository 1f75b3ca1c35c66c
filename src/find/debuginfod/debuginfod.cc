#include "find/debuginfod/debuginfod.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "find/debuginfod/debuginfod_cache.h"
#include "find/debuginfod/fetched_file_check.h"
#include "find/debuginfod/server_tour.h"

namespace symline::find {
namespace {

std::string key_of(const FetchRequest& request) {
    std::string key(1, static_cast<char>('0' + static_cast<int>(request.kind)));
    return (key += request.build_id.hex()) += request.path;
}

/// Whether servers can be asked for it at all.
bool can_be_asked(const FetchRequest& request) {
    const bool absolute = request.path.starts_with('/');
    return !request.build_id.empty() && (request.kind != FetchKind::source_file || absolute);
}

}  // namespace

struct Debuginfod::State {
    explicit State(FetchOptions options) : run(std::move(options)) {}

    Expected<std::string> get(const FetchRequest& request);
    void fetch(std::span<const FetchRequest> requests);
    bool find_in_cache(const FetchRequest& request, const std::string& key);
    void ask_servers(std::vector<PendingFile>& files);
    void remember(PendingFile& file);
    std::string reason(const PendingFile& file) const;

    std::mutex mutex;
    FetchRun run;
    std::map<std::string, Expected<std::string>, std::less<>> known;
};

Expected<std::string> Debuginfod::State::get(const FetchRequest& request) {
    const std::scoped_lock lock(mutex);
    fetch({&request, 1});
    return known.find(key_of(request))->second;
}

void Debuginfod::State::fetch(std::span<const FetchRequest> requests) {
    std::vector<PendingFile> missing;
    for (const FetchRequest& request : requests) {
        auto key = key_of(request);
        if (known.contains(key) || find_in_cache(request, key)) continue;
        if (std::ranges::find(missing, key, &PendingFile::key) != missing.end()) continue;
        PendingFile& file = missing.emplace_back();
        file.request = &request;
        file.key = std::move(key);
    }
    if (missing.empty()) return;
    if (run.prepare()) ask_servers(missing);
    for (PendingFile& file : missing) remember(file);
}

/// A file in the cache needs neither the library nor a server.
bool Debuginfod::State::find_in_cache(const FetchRequest& request, const std::string& key) {
    const auto path = cache_path(request);
    if (path.empty() || !is_in_cache(path)) return false;
    const auto fault = fault_of(path, request);
    if (fault.empty()) {
        known.emplace(key, path);
        return true;
    }
    run.say("'" + path + "': removed from the cache: a server once " + fault);
    remove_from_cache(path);
    return false;
}

void Debuginfod::State::ask_servers(std::vector<PendingFile>& files) {
    ServerTour::Files open;
    for (PendingFile& file : files) {
        if (can_be_asked(*file.request)) open.push_back(&file);
    }
    if (open.empty()) return;
    const auto count = open.size();
    ServerTour(run, std::move(open)).ask_all();
    run.progress({.files = {}, .done = count, .count = count, .ended = true});
}

/// Keeps the outcome. "Not there" stays in the cache only when every server said so.
void Debuginfod::State::remember(PendingFile& file) {
    const bool sure = std::ranges::all_of(run.servers, &std::string::empty, &Server::problem) &&
                      !file.uncertain && !run.cancelled();
    const bool found = file.outcome && *file.outcome;
    if (!found && !sure && !file.entry.empty() && is_remembered_miss(file.entry)) {
        remove_from_cache(file.entry);
    }
    if (!file.outcome) {
        file.outcome =
            std::unexpected(Error{ErrorCode::not_found, file.request->path, reason(file)});
    }
    known.emplace(file.key, std::move(*file.outcome));
}

/// Why a file was found on no server.
std::string Debuginfod::State::reason(const PendingFile& file) const {
    if (run.cancelled()) return "interrupted";
    std::string all;
    for (const std::string& each : file.reasons) (all += all.empty() ? "" : "; ") += each;
    if (!all.empty()) return all;
    return run.obstacle.empty() ? "no debuginfod server is asked" : run.obstacle;
}

Debuginfod::Debuginfod(FetchOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}
Debuginfod::~Debuginfod() = default;
Debuginfod::Debuginfod(Debuginfod&&) noexcept = default;
Debuginfod& Debuginfod::operator=(Debuginfod&&) noexcept = default;

Expected<std::string> Debuginfod::debug_file(const BuildId& build_id) {
    return state_->get({FetchKind::debug_file, build_id, {}});
}

Expected<std::string> Debuginfod::code_file(const BuildId& build_id) {
    return state_->get({FetchKind::code_file, build_id, {}});
}

Expected<std::string> Debuginfod::source_file(const BuildId& build_id, std::string_view path) {
    return state_->get({FetchKind::source_file, build_id, std::string(path)});
}

void Debuginfod::fetch_together(std::span<const FetchRequest> requests) {
    const std::scoped_lock lock(state_->mutex);
    state_->fetch(requests);
}

bool Debuginfod::may_fetch() const {
    // Asked for every line of a log that has frames.
    if (!state_->run.has_servers()) return false;
    const std::scoped_lock lock(state_->mutex);
    return state_->run.may_fetch();
}

bool Debuginfod::knows_servers() const {
    const std::scoped_lock lock(state_->mutex);
    return !state_->run.servers.empty();
}

}  // namespace symline::find
