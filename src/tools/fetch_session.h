// What the programs add to fetching: the question on the terminal, the progress line, and
// Ctrl-C, which stops a download and lets the program finish with what is there.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "symline/fetch.h"
#include "tools/diagnostics.h"
#include "tools/fetch_progress.h"

namespace symline::tools {

/// As typed: --fetch, --offline, --quiet.
struct FetchChoice {
    FetchPolicy policy = FetchPolicy::automatic;
    bool quiet = false;  ///< neither progress nor the names of servers
};

/// "auto", "ask" or "never".
std::optional<FetchPolicy> parse_fetch_policy(std::string_view word);

/// One a program. Must outlive everything that its options were given to.
class FetchSession {
public:
    FetchSession(FetchChoice choice, Diagnostics& diagnostics);
    FetchSession(const FetchSession&) = delete;
    FetchSession& operator=(const FetchSession&) = delete;
    ~FetchSession();

    FetchOptions options();

    /// 128 + the number of the signal that stopped a download; without one, `status`.
    int exit_status(int status) const;

private:
    bool ask(std::span<const std::string> servers);
    void contacting(std::span<const std::string> servers);
    void say(std::string_view line);
    void log(std::string_view line);
    void progress(const FetchProgress& progress);

    FetchChoice choice_;
    Diagnostics& diagnostics_;
    ProgressLine line_;
    bool catching_ = false;
};

}  // namespace symline::tools
