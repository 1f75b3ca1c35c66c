// Files from debuginfod servers, in the cache that every debuginfod client of the user shares.
//
// libdebuginfod does the fetching. It is loaded when the first file has to be fetched, because
// linking to it would make every start 3.5 ms slower. It asks all servers at once and says neither
// which of them failed nor why, so it gets one server at a time here: what a server did wrong can
// then be reported, that server is left out for the rest of the run, and the next one is asked.
// Several files are fetched in parallel.
//
// What a server sends is checked before it is used: it must be an ELF file, whole, of the build id
// that was asked for. What fails the check is removed from the cache, and so is the "not there"
// entry that some versions of libdebuginfod leave when a download is cancelled.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "symline/error.h"
#include "symline/fetch.h"

namespace symline::find {

class Debuginfod {
public:
    explicit Debuginfod(FetchOptions options = {});
    ~Debuginfod();
    Debuginfod(Debuginfod&&) noexcept;
    Debuginfod& operator=(Debuginfod&&) noexcept;

    /// The file's path in the client's cache. ErrorCode::not_found when no server has it (which is
    /// remembered), and when none may be asked; then `message` says so.
    Expected<std::string> debug_file(const BuildId& build_id);
    Expected<std::string> code_file(const BuildId& build_id);
    /// `path` is the one in the debug information, and has to be absolute.
    Expected<std::string> source_file(const BuildId& build_id, std::string_view path);

    /// Fetches those that are not in the cache in parallel, for later calls of the functions above.
    void fetch_together(std::span<const FetchRequest> requests);

    /// Whether servers would be asked at all for a file that is not in the cache.
    bool may_fetch() const;
    /// Whether there are servers at all.
    bool knows_servers() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace symline::find
