// Which server libdebuginfod asks.
//
// It takes its servers from DEBUGINFOD_URLS with each question, and from nowhere else. A library
// must not change the environment of its host, where other threads may be reading it. So while a
// ServerChoice lives, libdebuginfod's own getenv (its slot in the global offset table) is one that
// gives the server that the asking thread has chosen. Everything else in the process, and
// libdebuginfod in threads that have chosen none, reads the environment as it is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/import_slot.h"

namespace symline::find {

/// One at a time in a process.
class ServerChoice {
public:
    /// `slots` are those of getenv in libdebuginfod.
    explicit ServerChoice(std::span<const base::ImportSlot> slots);
    ServerChoice(const ServerChoice&) = delete;
    ServerChoice& operator=(const ServerChoice&) = delete;
    /// Afterwards libdebuginfod is as it was: this code may be unloaded before it.
    ~ServerChoice();

    bool works() const { return !replaced_.empty(); }

private:
    struct Replaced {
        base::ImportSlot slot;
        void* before;
    };
    std::vector<Replaced> replaced_;
};

/// What libdebuginfod reads as DEBUGINFOD_URLS in this thread while the object lives.
class ThreadServers {
public:
    explicit ThreadServers(const std::string& words);
    ThreadServers(const ThreadServers&) = delete;
    ThreadServers& operator=(const ThreadServers&) = delete;
    ~ThreadServers();
};

}  // namespace symline::find
