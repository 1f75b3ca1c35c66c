#include "find/debuginfod/fetch_run.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/text_words.h"

namespace symline::find {
namespace {

std::string_view server_words() {
    const char* const value = std::getenv("DEBUGINFOD_URLS");
    return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

std::vector<Server> servers_in(std::string_view text) {
    std::vector<Server> servers;
    std::string policy;
    for (auto word = base::take_word(text); !word.empty(); word = base::take_word(text)) {
        if (word.starts_with("ima:")) {
            policy = std::string(word) + " ";
        } else if (std::ranges::find(servers, word, &Server::url) == servers.end()) {
            servers.push_back({{policy + std::string(word), std::string(word)}, false, {}});
        }
    }
    return servers;
}

FetchRun::FetchRun(FetchOptions given)
    : options(std::move(given)), servers(servers_in(server_words())) {}

bool FetchRun::may_fetch() const {
    const auto usable = [](const Server& server) { return server.problem.empty(); };
    return has_servers() && std::ranges::any_of(servers, usable) && agreed_.value_or(true) &&
           obstacle.empty() && !cancelled();
}

bool FetchRun::prepare() {
    if (!may_fetch()) return false;
    if (options.policy == FetchPolicy::ask && !agreed_) {
        agreed_ = options.ask && options.ask(urls());
        if (!*agreed_) return false;
    }
    if (client) return true;
    auto loaded = DebuginfodClient::load();
    if (!loaded) {
        obstacle = loaded.error().file + " " + loaded.error().message;
        say(obstacle);
        return false;
    }
    client = *loaded;
    return true;
}

std::vector<std::string> FetchRun::urls() const {
    std::vector<std::string> all;
    all.reserve(servers.size());
    for (const Server& server : servers) all.push_back(server.url);
    return all;
}

void FetchRun::say(std::string_view line) const {
    if (options.say) options.say(line);
}

void FetchRun::log(std::string_view text) const {
    if (options.log) base::for_each_line(text, options.log);
}

void FetchRun::progress(const FetchProgress& progress) const {
    if (options.progress) options.progress(progress);
}

void FetchRun::announce() {
    if (!std::exchange(announced_, true) && options.contacting) options.contacting(urls());
}

void FetchRun::give_up(Server& server, const std::string& reason) {
    if (!server.problem.empty()) return;
    server.problem = reason;
    say("debuginfod: " + server.url + ": " + reason + "; not asked again");
}

}  // namespace symline::find
