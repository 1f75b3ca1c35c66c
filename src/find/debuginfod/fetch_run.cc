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
    std::vector<std::string_view> seen;
    std::string policy;
    for (auto word = base::take_word(text); !word.empty(); word = base::take_word(text)) {
        if (word.starts_with("ima:")) {
            // What all do unless they are told otherwise; a library that knows no policies would
            // ask a server of this name.
            policy = word == "ima:ignore" ? std::string() : std::string(word) + " ";
        } else if (std::ranges::find(seen, word) == seen.end()) {
            seen.push_back(word);
            servers.push_back({{policy + std::string(word), without_passwords(word)}, false, {}});
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
    refuse_unchecked();
    return may_fetch();
}

/// To be asked for checked files and to give others is worse than to give none.
void FetchRun::refuse_unchecked() {
    if (client->checks_signatures()) return;
    for (Server& server : servers) {
        if (!server.words.starts_with("ima:")) continue;
        const auto policy = server.words.substr(0, server.words.find(' '));
        give_up(server, policy + ": this libdebuginfod cannot check signatures");
    }
}

std::vector<std::string> FetchRun::urls() const {
    std::vector<std::string> all;
    all.reserve(servers.size());
    for (const Server& server : servers) {
        if (server.problem.empty()) all.push_back(server.url);
    }
    return all;
}

void FetchRun::say(std::string_view line) const {
    if (options.say) options.say(without_passwords(line));
}

void FetchRun::log(std::string_view text) const {
    if (options.log) base::for_each_line(without_passwords(text), options.log);
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
