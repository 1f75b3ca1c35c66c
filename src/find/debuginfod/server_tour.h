// Asks one server after the other for several files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "find/debuginfod/fetch_run.h"

namespace symline::find {

/// One file that is looked for, from server to server.
struct PendingFile {
    const FetchRequest* request = nullptr;
    std::string key;
    std::vector<std::string> reasons;  ///< server: why not
    std::string entry;                 ///< the cache's "not there" that these questions have led to
    bool uncertain = false;            ///< a server that may have it could not be asked
    std::optional<Expected<std::string>> outcome;
};

/// Where the cache has a file, or its "not there"; empty for a source file, whose name in the cache
/// libdebuginfod alone knows.
std::string cache_path(const FetchRequest& request);

/// Asks the servers in their order for what they have of these files, and those that were slow a
/// second time, after the others. `run` is prepared.
class ServerTour {
public:
    using Files = std::vector<PendingFile*>;
    ServerTour(FetchRun& run, Files files)
        : run_(run), open_(std::move(files)), count_(open_.size()) {}

    void ask_all();

private:
    void ask_as_one();
    void ask(Server& server, std::chrono::seconds patience);
    void announce_round();
    void conclude(Server& server, PendingFile& file, const FetchResult& result);
    void explain_failure(Server& server, const PendingFile& file, const FetchResult& result);

    FetchRun& run_;
    Files open_;  ///< those that are still to be found
    std::size_t count_;
};

}  // namespace symline::find
