#include "symline/module_index.h"

#include <utility>

#include "base/atomic_file.h"
#include "base/trusted_folder.h"
#include "gsym/index_store.h"
#include "symbolize/index_builder.h"
#include "symbolize/index_identity.h"
#include "symbolize/module_parts.h"

namespace symline {
namespace {

/// Without a build id or the CRC of a debug link, the next run may have another debug file whose
/// code is in the same places: an index could not tell.
bool is_tied_to_its_debug_file(symbolize::FileSet& files) {
    const elf::ElfFile& code = files.code();
    return files.separate() == nullptr || code.build_id() || code.debug_link();
}

}  // namespace

std::string ModuleIndex::path() const {
    return parts_->index.path();
}

std::string ModuleIndex::problem() const {
    return parts_->index.problem();
}

double ModuleIndex::seconds_to_write() const {
    const elf::ElfFile* debug_file = parts_->sources.files.debug();
    return debug_file == nullptr ? 0 : symbolize::seconds_to_index(*debug_file);
}

Expected<WrittenIndex> ModuleIndex::write(const std::string& directory,
                                          IndexProgress progress) const {
    const std::string folder = directory.empty() ? parts_->index.directory() : directory;
    if (folder.empty()) {
        return std::unexpected(
            Error{ErrorCode::not_found, parts_->sources.files.code().path(),
                  "no folder for its index: neither XDG_CACHE_HOME nor HOME is set"});
    }
    if (!is_tied_to_its_debug_file(parts_->sources.files)) {
        return std::unexpected(Error{ErrorCode::unsupported, parts_->sources.files.code().path(),
                                     "no index of it: it has neither a build id nor a debug link "
                                     "that says which debug file is its own"});
    }
    if (auto problem = base::distrust_of_folder(folder); !problem.empty()) {
        return std::unexpected(Error{ErrorCode::unsupported, parts_->sources.files.code().path(),
                                     "no index written: " + problem});
    }
    const auto bytes = parts_->readers.with_main([&](symbolize::Reader& main) {
        return symbolize::IndexBuilder(parts_->sources, main, std::move(progress)).run();
    });
    if (!bytes) return std::unexpected(bytes.error());
    WrittenIndex written{gsym::path_in(folder, symbolize::index_name(parts_->sources.files.code())),
                         bytes->size()};
    if (auto done = base::write_atomically(written.path, *bytes); !done) {
        return std::unexpected(done.error());
    }
    // This very module may use it from now on.
    parts_->index.look_again();
    return written;
}

}  // namespace symline
