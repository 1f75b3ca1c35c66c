// Files from debuginfod servers, in the cache that every debuginfod client of the user shares.
//
// libdebuginfod does the fetching. It is loaded when the first file has to be fetched: linked to
// it, every start would take 3.5 ms longer. It asks all servers at once and says neither which of
// them failed nor why, so it is given one server at a time here: what a server did wrong can be
// told, that server is left out for the rest of the run, and the next one is asked. Several files
// are fetched in parallel.
//
// What a server sends is checked before it is used: it must be an ELF file, whole, of the build id
// that was asked for. What fails is removed from the cache again, and so is the note "not there"
// that some versions of libdebuginfod leave when a download is cancelled.
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
    /// `path` as the debug information has it: absolute, or nothing can be found.
    Expected<std::string> source_file(const BuildId& build_id, std::string_view path);

    /// Fetches in parallel what of these is not in the cache. The answers are for the functions
    /// above.
    void fetch_together(std::span<const FetchRequest> requests);

    /// Whether a file that is not in the cache would be asked for at all.
    bool may_fetch() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace symline::find
