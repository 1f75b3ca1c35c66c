// One request to one server, through libdebuginfod.
//
// Each request has a client handle of its own: several threads may ask at the same time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/import_slot.h"
#include "find/debuginfod/debuginfod.h"
#include "find/debuginfod/debuginfod_log.h"

namespace symline::find {

/// What is known of an answer while it arrives.
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
    std::string log_text;  ///< with DEBUGINFOD_VERBOSE
};

class DebuginfodClient {
public:
    /// Loads libdebuginfod. On failure the message says what is missing.
    static Expected<DebuginfodClient> load();

    /// Called about once a second, more often while bytes arrive; true stops the transfer.
    using Stop = std::function<bool(const Transfer&)>;
    /// `servers` as in DEBUGINFOD_URLS; they are asked while there is a ServerChoice that works,
    /// and those of the environment otherwise.
    ServerAnswer ask(const FetchRequest& request, const std::string& servers,
                     const Stop& stop) const;

    /// Whether this build of the library compares files with their signatures, as "ima:enforcing"
    /// demands. Others take the word for a URL.
    bool checks_signatures() const;
    /// For a ServerChoice.
    std::span<const base::ImportSlot> getenv_slots() const;

private:
    struct Functions;
    explicit DebuginfodClient(const Functions* functions) : functions_(functions) {}
    const Functions* functions_;
};

}  // namespace symline::find
