// A file descriptor that is closed at the end of its scope.
#pragma once

#include <unistd.h>

#include <cerrno>

namespace symline::base {

struct Descriptor {
    explicit Descriptor(int opened) : number(opened) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    /// errno stays what it is, for who still has to say what failed.
    ~Descriptor() {
        const int reason = errno;
        if (number >= 0) ::close(number);
        errno = reason;
    }

    int number;  ///< below 0: nothing was opened
};

}  // namespace symline::base
