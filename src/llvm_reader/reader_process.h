// LLVM's reader as a child process: it may crash on damaged input, or take all memory it is given.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "symline/error.h"

namespace symline::llvm_reader {

/// The bytes of a message behind its size.
using Answer = Expected<std::vector<std::uint8_t>>;

class ReaderProcess {
public:
    /// `program` is the path of the reader. Errors: not_found, and unreadable where no process can
    /// be started.
    static Expected<ReaderProcess> start(const std::string& program);

    ReaderProcess(ReaderProcess&& other) noexcept;
    ReaderProcess& operator=(ReaderProcess&& other) noexcept;
    ~ReaderProcess();

    /// Sends a message and waits for the answer; gives the bytes behind its size. Errors: the
    /// process ended (malformed, with its signal), or took longer than it may (unsupported). There
    /// is no further answer after an error.
    Answer ask(const std::string& message);

private:
    ReaderProcess(pid_t process, int socket) : process_(process), socket_(socket) {}

    bool send(const std::string& message) const;
    Error ended();

    pid_t process_;
    int socket_;
};

}  // namespace symline::llvm_reader
