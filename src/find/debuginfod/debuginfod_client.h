// One question to one server, through libdebuginfod.
//
// libdebuginfod knows its servers from the environment alone, reads that with each question, and
// has one client handle a thread. So the server is set with use_server() while no question is under
// way; then several threads may ask it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "find/debuginfod/debuginfod.h"
#include "find/debuginfod/debuginfod_log.h"

namespace symline::find {

/// What is known of an answer while it comes.
struct Transfer {
    bool begun = false;  ///< the server has sent something
    std::uint64_t bytes = 0;
    std::uint64_t size = 0;    ///< 0: not known
    std::string_view headers;  ///< X-DEBUGINFOD-*, a line each
};

struct ServerAnswer {
    std::string path;  ///< of the file in the cache; empty: none came
    int error = 0;     ///< errno's number
    DebuginfodLog log;
};

class DebuginfodClient {
public:
    /// Loads libdebuginfod. On failure the message says what is missing.
    static Expected<DebuginfodClient> load();

    /// Called about once a second, more often while bytes arrive; true stops the transfer.
    using Stop = std::function<bool(const Transfer&)>;
    ServerAnswer ask(const FetchRequest& request, const Stop& stop) const;

private:
    struct Functions;
    explicit DebuginfodClient(const Functions* functions) : functions_(functions) {}
    const Functions* functions_;
};

/// Sets the environment that libdebuginfod reads, and puts it back in the end.
class ServerEnvironment {
public:
    ServerEnvironment();
    ServerEnvironment(const ServerEnvironment&) = delete;
    ServerEnvironment& operator=(const ServerEnvironment&) = delete;
    ~ServerEnvironment();
    void use_server(const std::string& words);

private:
    std::optional<std::string> before_;
};

}  // namespace symline::find
