// The index of one module: where it is kept, and whether what is there can be used.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "gsym/gsym_reader.h"
#include "symbolize/file_set.h"

namespace symline::symbolize {

/// Any thread may ask. It is looked for once, and again after one was written.
class IndexFile {
public:
    /// `files` must outlive the result.
    explicit IndexFile(FileSet& files) : files_(&files) {}

    IndexUse use() const;
    /// Where indexes are kept; empty when there is no place for them.
    std::string directory() const;

    /// A reader for one thread. Nothing when there is no index that can be used.
    std::optional<gsym::GsymReader> reader();
    /// Changes once an index may be there that was not there before.
    unsigned generation() const { return generation_.load(std::memory_order_relaxed); }
    /// Of the index that is used; empty when none is.
    std::string path();
    /// Why the index that is there is not used; empty when none is there, or it is used.
    std::string problem();
    /// To be called when a reader finds that its bytes are not those that were written.
    void note_damage();
    /// To be called when one was written. One that is in use stays, since frames refer to it.
    void look_again();

private:
    // Called only while looking_ is held.
    void look();
    std::optional<gsym::GsymReader> open();

    FileSet* files_;
    std::atomic<unsigned> generation_ = 1;
    std::mutex looking_;
    bool looked_ = false;
    std::optional<base::MappedFile> mapped_;  ///< one that can be used
    BuildId id_;                              ///< that it must have
    std::optional<gsym::GsymReader> first_;   ///< for who asks for a reader first
    std::string path_, problem_;
};

}  // namespace symline::symbolize
