#include "find/debuginfod/server_tour.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "base/text_words.h"
#include "find/debuginfod/debuginfod_cache.h"
#include "find/debuginfod/server_choice.h"

namespace symline::find {
namespace {

/// libdebuginfod's own default of DEBUGINFOD_TIMEOUT.
constexpr std::chrono::seconds kTimeout{90};
/// A server that is about to unpack a large package may be silent for longer than that; the others
/// are asked meanwhile.
constexpr std::chrono::seconds kPatienceWithOthers{15};

/// There is one ServerChoice at a time.
std::mutex choice_lock;

std::optional<std::uint64_t> number_in_environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : base::leading_number(value);
}

}  // namespace

std::string cache_path(const FetchRequest& request) {
    if (request.kind == FetchKind::source_file) return {};
    const bool debug = request.kind == FetchKind::debug_file;
    return debuginfod_cache_path(debuginfod_cache_folder(), request.build_id,
                                 debug ? "debuginfo" : "executable");
}

/// For a libdebuginfod that lets no server be chosen: it asks them all at once.
void ServerTour::ask_as_one() {
    std::string all;
    for (const Server& server : run_.servers) {
        (all += all.empty() ? "" : " ") += server.url;
        // It would be asked with the others.
        if (server.words.starts_with("ima:") && !server.problem.empty()) {
            run_.obstacle = server.url + ": " + server.problem;
        }
    }
    if (run_.servers.size() > 1) run_.servers = {{{all, all}, false, {}}};
}

void ServerTour::ask_all() {
    const std::scoped_lock lock(choice_lock);
    const ServerChoice choice(run_.client->getenv_slots());
    if (!choice.works()) ask_as_one();
    const std::chrono::seconds timeout(
        number_in_environment("DEBUGINFOD_TIMEOUT").value_or(kTimeout.count()));
    const bool others = std::ranges::count(run_.servers, std::string(), &Server::problem) > 1;
    const bool hurry = others && (timeout.count() == 0 || timeout > kPatienceWithOthers);
    for (const bool second_round : {false, true}) {
        for (Server& server : run_.servers) {
            if (!server.problem.empty() || server.slow != second_round) continue;
            if (open_.empty() || run_.cancelled() || !run_.obstacle.empty()) return;
            ask(server, hurry && !second_round ? kPatienceWithOthers : timeout);
        }
    }
}

void ServerTour::ask(Server& server, std::chrono::seconds patience) {
    announce_round();
    std::vector<const FetchRequest*> requests;
    for (const PendingFile* file : open_) requests.push_back(file->request);
    const RoundLimits limits{.first_byte = patience,
                             .size = number_in_environment("DEBUGINFOD_MAXSIZE").value_or(0),
                             .cancelled = run_.options.cancelled};
    FetchRound round(*run_.client, server, requests, limits);
    const auto done_before = count_ - open_.size();
    const auto results = round.run([&](std::span<const FetchedFile> files, std::size_t done) {
        run_.progress(
            {.files = files, .done = done_before + done, .count = count_, .ended = false});
    });
    for (std::size_t i = 0; i < open_.size(); ++i) conclude(server, *open_[i], results[i]);
    std::erase_if(open_, [](const PendingFile* file) { return file->outcome.has_value(); });
}

void ServerTour::announce_round() {
    for (const PendingFile* file : open_) {
        if (!is_remembered_miss(cache_path(*file->request))) run_.announce();
        // An earlier server's "not there" would be taken for this one's.
        if (!file->entry.empty() && is_remembered_miss(file->entry)) {
            remove_from_cache(file->entry);
        }
    }
}

void ServerTour::conclude(Server& server, PendingFile& file, const FetchResult& result) {
    run_.log(result.log_text);
    if (result.end != FetchEnd::remembered_miss) {
        run_.announce();
        file.entry = result.entry;
    }
    switch (result.end) {
        case FetchEnd::found: file.outcome = result.path; return;
        case FetchEnd::not_there: file.reasons.push_back(server.url + ": not there"); return;
        case FetchEnd::remembered_miss:
            file.outcome = std::unexpected(Error{
                ErrorCode::not_found, {}, "debuginfod servers had no such file a few minutes ago"});
            return;
        default: break;
    }
    explain_failure(server, file, result);
    file.uncertain = true;
    file.reasons.push_back(server.url + ": " + without_passwords(result.reason));
}

void ServerTour::explain_failure(Server& server, const PendingFile& file,
                                 const FetchResult& result) {
    const std::string about = "debuginfod: " + server.url + ": " + result.reason;
    switch (result.end) {
        case FetchEnd::too_large: run_.say(about + ": " + file.request->build_id.hex()); break;
        case FetchEnd::cache_failed:
            run_.obstacle = "the cache " + debuginfod_cache_folder() + ": " + result.reason;
            run_.say("nothing is fetched: " + run_.obstacle);
            break;
        case FetchEnd::slow:
            if (!std::exchange(server.slow, true) && run_.servers.size() > 1) {
                run_.say(about + "; asked again after the others");
            } else {
                run_.give_up(server, result.reason);
            }
            break;
        case FetchEnd::server_failed: run_.give_up(server, result.reason); break;
        default: break;
    }
}

}  // namespace symline::find
