// What holds for all fetches of one Debuginfod: the servers, whether they may be asked, and what
// the caller wants to hear.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "find/debuginfod/debuginfod_client.h"
#include "find/debuginfod/fetch_round.h"

namespace symline::find {

struct Server : RoundServer {
    bool slow = false;    ///< it sent nothing in time, and is asked again after the others
    std::string problem;  ///< why it is not asked again; empty: it is
};

/// The servers of a DEBUGINFOD_URLS.
std::vector<Server> servers_in(std::string_view text);

struct FetchRun {
    explicit FetchRun(FetchOptions given);

    /// Never changes, so that threads may ask without a lock.
    bool has_servers() const { return options.policy != FetchPolicy::never && !servers.empty(); }
    bool may_fetch() const;
    /// What has to be done before the first server is asked: the question to the user, loading the
    /// library. False: no server may be asked.
    bool prepare();
    bool cancelled() const {
        return options.cancelled != nullptr && options.cancelled->load() != 0;
    }
    /// Of the servers that are still asked, as they may be shown.
    std::vector<std::string> urls() const;

    void say(std::string_view line) const;
    void log(std::string_view text) const;
    void progress(const FetchProgress& progress) const;
    /// Says once which servers are asked.
    void announce();
    void give_up(Server& server, const std::string& reason);

    FetchOptions options;
    std::vector<Server> servers;
    std::optional<DebuginfodClient> client;  ///< there once prepare() was true
    std::string obstacle;                    ///< why nothing at all can be fetched in this run

private:
    void refuse_unchecked();

    std::optional<bool> agreed_;
    bool announced_ = false;
};

}  // namespace symline::find
