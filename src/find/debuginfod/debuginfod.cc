#include "find/debuginfod/debuginfod.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "base/text_words.h"
#include "find/debuginfod/debuginfod_cache.h"
#include "find/debuginfod/debuginfod_client.h"
#include "find/debuginfod/fetch_round.h"
#include "find/debuginfod/fetched_file_check.h"
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

struct Server : RoundServer {
    bool slow = false;
    std::string problem;  ///< why it is not asked again; empty: it is
};

std::vector<Server> servers_in(std::string_view text) {
    std::vector<Server> servers;
    std::string policy;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        const std::string word(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.starts_with("ima:")) {
            policy = word + " ";
        } else if (!word.empty() &&
                   std::ranges::find(servers, word, &Server::url) == servers.end()) {
            servers.push_back({{policy + word, word}, false, {}});
        }
    }
    return servers;
}

std::string_view environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc() ? std::optional(value) : std::nullopt;
}

std::string key_of(const FetchRequest& request) {
    std::string key(1, static_cast<char>('0' + static_cast<int>(request.kind)));
    return (key += request.build_id.hex()) += request.path;
}

/// Nothing for a source file: the name of its cache entry is the library's secret.
std::string cache_path(const FetchRequest& request) {
    if (request.kind == FetchKind::source_file) return {};
    const bool debug = request.kind == FetchKind::debug_file;
    return debuginfod_cache_path(debuginfod_cache_folder(), request.build_id,
                                 debug ? "debuginfo" : "executable");
}

}  // namespace

struct Debuginfod::State {
    /// One file that is looked for, from server to server.
    struct Search {
        const FetchRequest* request;
        std::string key;
        std::vector<std::string> reasons;  ///< server: why not
        std::string entry;                 ///< "not there" in the cache, made by these questions
        bool uncertain = false;            ///< a server that may have it could not be asked
        std::optional<Expected<std::string>> outcome;
    };
    using Searches = std::vector<Search*>;

    explicit State(FetchOptions given)
        : options(std::move(given)), servers(servers_in(environment("DEBUGINFOD_URLS"))) {}

    bool cancelled() const {
        return options.cancelled != nullptr && options.cancelled->load() != 0;
    }
    void say(const std::string& line) const {
        if (options.say) options.say(line);
    }
    void log(std::string_view text) const;
    bool may_fetch() const;
    bool allowed();
    std::vector<std::string> urls() const;
    Expected<std::string> get(const FetchRequest& request);
    bool take_from_cache(const FetchRequest& request, const std::string& key);
    void fetch(std::span<const FetchRequest> requests);
    void fetch_missing(std::vector<Search>& searches);
    void ask_as_one();
    void ask_servers(Searches open, std::size_t count);
    Searches ask_server(Server& server, Searches open, std::chrono::seconds patience,
                        std::size_t count);
    void take_result(Server& server, Search& search, const FetchResult& result);
    void give_up(Server& server, const std::string& reason);
    void settle(Search& search);
    void name_servers();

    std::mutex mutex;
    FetchOptions options;
    std::vector<Server> servers;
    std::optional<bool> agreed;
    std::string obstacle;  ///< why nothing can be fetched at all in this run
    bool named = false;
    std::optional<DebuginfodClient> client;
    std::map<std::string, Expected<std::string>, std::less<>> known;
};

void Debuginfod::State::log(std::string_view text) const {
    if (options.log) base::for_each_line(text, options.log);
}

bool Debuginfod::State::may_fetch() const {
    const auto usable = [](const Server& server) { return server.problem.empty(); };
    return options.policy != FetchPolicy::never && std::ranges::any_of(servers, usable) &&
           agreed.value_or(true) && obstacle.empty() && !cancelled();
}

std::vector<std::string> Debuginfod::State::urls() const {
    std::vector<std::string> all;
    all.reserve(servers.size());
    for (const Server& server : servers) all.push_back(server.url);
    return all;
}

/// Everything that has to be so before the first server is asked.
bool Debuginfod::State::allowed() {
    if (!may_fetch()) return false;
    if (options.policy == FetchPolicy::ask && !agreed) {
        agreed = options.ask && options.ask(urls());
        if (!*agreed) return false;
    }
    if (!client) {
        auto loaded = DebuginfodClient::load();
        if (!loaded) {
            obstacle = loaded.error().file + " " + loaded.error().message;
            say(obstacle);
            return false;
        }
        client = *loaded;
    }
    return true;
}

void Debuginfod::State::name_servers() {
    if (!std::exchange(named, true) && options.contacting) options.contacting(urls());
}

Expected<std::string> Debuginfod::State::get(const FetchRequest& request) {
    const std::lock_guard lock(mutex);
    fetch({&request, 1});
    return known.at(key_of(request));
}

/// What is there needs no library, and no server.
bool Debuginfod::State::take_from_cache(const FetchRequest& request, const std::string& key) {
    const auto path = cache_path(request);
    if (path.empty() || !is_in_cache(path)) return false;
    const auto fault = fault_of(path, request);
    if (fault.empty()) {
        known.emplace(key, path);
        return true;
    }
    say("'" + path + "': removed from the cache: a server once " + fault);
    remove_from_cache(path);
    return false;
}

void Debuginfod::State::fetch(std::span<const FetchRequest> requests) {
    std::vector<Search> missing;
    for (const FetchRequest& request : requests) {
        auto key = key_of(request);
        if (known.contains(key) || take_from_cache(request, key)) continue;
        if (std::ranges::find(missing, key, &Search::key) != missing.end()) continue;
        missing.push_back({&request, std::move(key), {}, {}, false, {}});
    }
    if (missing.empty()) return;
    if (allowed()) fetch_missing(missing);
    for (Search& search : missing) settle(search);
}

void Debuginfod::State::fetch_missing(std::vector<Search>& searches) {
    Searches open;
    for (Search& search : searches) {
        const bool fits =
            search.request->kind != FetchKind::source_file || search.request->path.starts_with('/');
        if (fits && !search.request->build_id.empty()) open.push_back(&search);
    }
    const auto count = open.size();
    if (count == 0) return;
    ask_servers(std::move(open), count);
    if (options.progress) {
        options.progress({.files = {}, .done = count, .count = count, .ended = true});
    }
}

/// For a libdebuginfod that lets no server be chosen: it asks them all at once.
void Debuginfod::State::ask_as_one() {
    std::string all;
    for (const Server& server : servers) (all += all.empty() ? "" : " ") += server.url;
    if (servers.size() > 1) servers = {{{all, all}, false, {}}};
}

/// The servers in their order; those that were slow once more in the end, with patience.
void Debuginfod::State::ask_servers(Searches open, std::size_t count) {
    const std::lock_guard lock(choice_lock);
    const ServerChoice choice(client->getenv_slots());
    if (!choice.works()) ask_as_one();
    const auto timeout =
        std::chrono::seconds(number(environment("DEBUGINFOD_TIMEOUT")).value_or(kTimeout.count()));
    const bool others = std::ranges::count(servers, std::string(), &Server::problem) > 1;
    const auto first = others && (timeout.count() == 0 || timeout > kPatienceWithOthers)
                           ? kPatienceWithOthers
                           : timeout;
    for (const bool last_round : {false, true}) {
        for (Server& server : servers) {
            if (!server.problem.empty() || server.slow != last_round) continue;
            if (open.empty() || cancelled() || !obstacle.empty()) return;
            open = ask_server(server, std::move(open), last_round ? timeout : first, count);
        }
    }
}

/// Gives those that are still to be found.
Debuginfod::State::Searches Debuginfod::State::ask_server(Server& server, Searches open,
                                                          std::chrono::seconds patience,
                                                          std::size_t count) {
    std::vector<const FetchRequest*> requests;
    for (const Search* search : open) {
        requests.push_back(search->request);
        if (!is_remembered_miss(cache_path(*search->request))) name_servers();
        // An earlier server's "not there" would be taken for this one's.
        if (!search->entry.empty() && is_remembered_miss(search->entry)) {
            remove_from_cache(search->entry);
        }
    }
    const RoundLimits limits{patience, number(environment("DEBUGINFOD_MAXSIZE")).value_or(0)};
    FetchRound round(*client, server, requests, limits, options.cancelled);
    const auto done_before = count - open.size();
    const auto results = round.run([&](std::span<const FetchedFile> files, std::size_t done) {
        if (options.progress) {
            options.progress(
                {.files = files, .done = done_before + done, .count = count, .ended = false});
        }
    });
    Searches left;
    for (std::size_t i = 0; i < open.size(); ++i) {
        take_result(server, *open[i], results[i]);
        if (!open[i]->outcome) left.push_back(open[i]);
    }
    return left;
}

void Debuginfod::State::take_result(Server& server, Search& search, const FetchResult& result) {
    log(result.log_text);
    if (result.end != FetchEnd::remembered_miss) {
        name_servers();
        search.entry = result.entry;
    }
    switch (result.end) {
        case FetchEnd::found: search.outcome = result.path; return;
        case FetchEnd::not_there: search.reasons.push_back(server.url + ": not there"); return;
        case FetchEnd::remembered_miss:
            search.outcome = std::unexpected(Error{ErrorCode::not_found,
                                                   {},
                                                   "debuginfod servers had no such file a few "
                                                   "minutes ago"});
            return;
        case FetchEnd::too_large:
            say("debuginfod: " + server.url + ": " + result.reason + ": " +
                search.request->build_id.hex());
            break;
        case FetchEnd::cancelled: break;
        case FetchEnd::cache_failed:
            obstacle = "the cache " + debuginfod_cache_folder() + ": " + result.reason;
            say("nothing is fetched: " + obstacle);
            break;
        case FetchEnd::slow:
            if (!std::exchange(server.slow, true) && servers.size() > 1) {
                say("debuginfod: " + server.url + ": " + result.reason +
                    "; asked again after the others");
                break;
            }
            give_up(server, result.reason);
            break;
        case FetchEnd::server_failed: give_up(server, result.reason); break;
    }
    search.uncertain = true;
    search.reasons.push_back(server.url + ": " + result.reason);
}

void Debuginfod::State::give_up(Server& server, const std::string& reason) {
    if (!server.problem.empty()) return;
    server.problem = reason;
    say("debuginfod: " + server.url + ": " + reason + "; not asked again");
}

/// Remembers how the search ended. "Not there" stays in the cache only when every server said so.
void Debuginfod::State::settle(Search& search) {
    const bool sure = std::ranges::all_of(servers, &std::string::empty, &Server::problem) &&
                      !search.uncertain && !cancelled();
    const bool found = search.outcome && *search.outcome;
    if (!found && !sure && !search.entry.empty() && is_remembered_miss(search.entry)) {
        remove_from_cache(search.entry);
    }
    if (!search.outcome) {
        std::string message;
        for (const std::string& reason : search.reasons) {
            (message += message.empty() ? "" : "; ") += reason;
        }
        if (cancelled()) message = "interrupted";
        if (message.empty())
            message = obstacle.empty() ? "no debuginfod server is asked" : obstacle;
        search.outcome =
            std::unexpected(Error{ErrorCode::not_found, search.request->path, std::move(message)});
    }
    known.emplace(search.key, std::move(*search.outcome));
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
    const std::lock_guard lock(state_->mutex);
    state_->fetch(requests);
}

bool Debuginfod::may_fetch() const {
    const std::lock_guard lock(state_->mutex);
    return state_->may_fetch();
}

}  // namespace symline::find
