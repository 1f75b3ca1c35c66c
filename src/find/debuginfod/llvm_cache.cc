#include "find/debuginfod/llvm_cache.h"

#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "elf/xxh3.h"
#include "find/debuginfod/debuginfod_cache.h"

namespace symline::find {
namespace {

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

class LlvmCacheFinder : public ListedFinder {
public:
    explicit LlvmCacheFinder(std::string folder) : folder_(std::move(folder)) {}

    FoundBy kind() const override { return FoundBy::debuginfod; }

    /// Without a place to tell of where nothing is: few machines have such a cache.
    FileCandidates candidates(const WantedFile& wanted) override {
        FileCandidates found;
        if (!wanted.build_id || wanted.build_id->empty()) return found;
        const bool code = wanted.content == FileContent::code;
        auto path = llvm_cache_path(folder_, *wanted.build_id, code ? "executable" : "debuginfo");
        if (is_in_cache(path)) found.paths.push_back(std::move(path));
        return found;
    }

private:
    std::string folder_;
};

}  // namespace

std::string llvm_cache_folder() {
    if (auto folder = environment("DEBUGINFOD_CACHE_PATH"); !folder.empty()) return folder;
    auto parent = environment("XDG_CACHE_HOME");
    if (parent.empty()) parent = environment("HOME") + "/.cache";
    return parent + "/llvm-debuginfod/client";
}

std::string llvm_cache_path(std::string_view folder, const BuildId& build_id,
                            std::string_view name) {
    std::string question;
    base::append(question, {"buildid/", build_id.hex(), "/", name});
    std::string path(folder);
    return base::append(path, {"/llvmcache-", std::to_string(elf::xxh3(question))});
}

std::unique_ptr<ListedFinder> llvm_cache_finder(std::string folder) {
    return std::make_unique<LlvmCacheFinder>(std::move(folder));
}

}  // namespace symline::find
