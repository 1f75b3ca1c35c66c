// Counts how often files are opened, by any process.
#pragma once

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace symline::test {

class OpenCounter {
public:
    explicit OpenCounter(const std::vector<std::string>& paths)
        : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
        for (const std::string& path : paths) {
            // Equal events in a row are merged into one: closing the file stands between two opens.
            const int watch =
                ::inotify_add_watch(descriptor_, path.c_str(), IN_OPEN | IN_CLOSE_NOWRITE);
            if (watch >= 0) counts_[watch] = 0;
        }
        usable_ = counts_.size() == paths.size();
    }
    OpenCounter(const OpenCounter&) = delete;
    OpenCounter& operator=(const OpenCounter&) = delete;
    ~OpenCounter() { ::close(descriptor_); }

    /// False where the system does not tell.
    bool usable() const { return usable_; }
    /// In the order of the paths.
    std::vector<int> counts() {
        alignas(inotify_event) std::array<char, 4096> buffer{};
        for (;;) {
            const auto size = ::read(descriptor_, buffer.data(), buffer.size());
            if (size <= 0) break;
            for (const char* at = buffer.data(); at < buffer.data() + size;) {
                inotify_event event{};
                std::memcpy(&event, at, sizeof event);
                if ((event.mask & IN_OPEN) != 0) ++counts_[event.wd];
                at += sizeof event + event.len;
            }
        }
        std::vector<int> all;
        for (const auto& [watch, count] : counts_) all.push_back(count);
        return all;
    }

private:
    int descriptor_;
    std::map<int, int> counts_;  ///< by watch; these are numbered in the order of being made
    bool usable_ = false;
};

}  // namespace symline::test
