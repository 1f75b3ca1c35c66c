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

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/build_id.h"
#include "symline/error.h"

namespace symline::find {

enum class FetchPolicy {
    automatic,  ///< whenever there are servers, and there are some when DEBUGINFOD_URLS is set
    ask,        ///< as automatic, once FetchOptions::ask has agreed
    never,      ///< only what is in the cache
};

enum class FetchKind { debug_file, code_file, source_file };

struct FetchRequest {
    FetchKind kind = FetchKind::debug_file;
    BuildId build_id;
    std::string path;  ///< of a source file, as the debug information has it
};

/// A file that is being fetched.
struct FetchedFile {
    std::string
        name;  ///< "linux-image-6.1.0-dbg/vmlinux" where the server says it, else the build id
    std::string server;       ///< the one that is asked
    std::uint64_t bytes = 0;  ///< how much is there
    std::uint64_t size = 0;   ///< of the whole file; 0 when the server does not say
};

struct FetchProgress {
    std::span<const FetchedFile> files;  ///< those that are under way
    std::size_t done = 0;                ///< of `count`, and either here or given up
    std::size_t count = 0;               ///< how many files were asked for together
    bool ended = false;                  ///< the last report of these files
};

struct FetchOptions {
    FetchPolicy policy = FetchPolicy::automatic;
    /// May files be fetched from these servers? Asked once, with FetchPolicy::ask only.
    std::function<bool(std::span<const std::string> servers)> ask;
    /// Called ten times a second while files are fetched, by the thread that asked for them.
    std::function<void(const FetchProgress&)> progress;
    /// One line for people: which servers are asked, said once; a server that is given up, and why.
    std::function<void(std::string_view line)> say;
    /// Once it is true, whatever is under way stops, and nothing more is fetched.
    const std::atomic<bool>* cancelled = nullptr;
};

class Debuginfod {
public:
    explicit Debuginfod(FetchOptions options = {});
    ~Debuginfod();
    Debuginfod(Debuginfod&&) noexcept;
    Debuginfod& operator=(Debuginfod&&) noexcept;

    /// The file's path in the client's cache. ErrorCode::not_found when no server has it (which is
    /// remembered), and when none may be asked; then `message` says so. Not for several threads.
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
