#include <utility>

#include "find/debuginfod/debuginfod_finder.h"
#include "find/debuginfod/llvm_cache.h"
#include "find/disk_finders.h"
#include "find/finder_list.h"
#include "find/package/package_finder.h"

namespace symline {

std::vector<Finder> built_in_finders() {
    return {FoundBy::explicit_path,  FoundBy::build_id_tree, FoundBy::debug_link,
            FoundBy::release_layout, FoundBy::package,       FoundBy::debuginfod};
}

namespace find {
namespace {

/// Adapts a finder that the caller of the library registered.
class CustomFinder : public ListedFinder {
public:
    explicit CustomFinder(std::shared_ptr<FileFinder> finder) : finder_(std::move(finder)) {}

    FoundBy kind() const override { return FoundBy::custom; }
    std::string_view name() const override { return finder_->name(); }
    bool remote() const override { return finder_->remote(); }
    FileCandidates candidates(const WantedFile& wanted) override {
        FileRequest request = wanted;
        if (!request.kernel_name.empty()) request.kernel_release = wanted.release();
        return finder_->candidates(request);
    }

private:
    std::shared_ptr<FileFinder> finder_;
};

/// Null when the options give that finder nothing to look into.
std::unique_ptr<ListedFinder> built_in(FoundBy kind, const DebugFileOptions& options,
                                       const std::shared_ptr<Debuginfod>& debuginfod) {
    const auto& directories = options.debug_directories;
    switch (kind) {
        case FoundBy::explicit_path:
            return options.debug_files.empty() ? nullptr : explicit_files(options.debug_files);
        case FoundBy::build_id_tree: return build_id_tree(directories, options.sysroot);
        case FoundBy::debug_link: return debug_link_finder(directories, options.sysroot);
        case FoundBy::release_layout: return kernel_layouts(KernelFolders(options));
        case FoundBy::package:
            return options.packages.empty()
                       ? nullptr
                       : package_finder(options.packages, options.package_cache);
        case FoundBy::debuginfod:
            return debuginfod == nullptr ? nullptr : debuginfod_finder(debuginfod);
        default: return nullptr;
    }
}

}  // namespace

FinderList::Finders finders_for(const DebugFileOptions& options,
                                const std::shared_ptr<Debuginfod>& debuginfod) {
    FinderList::Finders finders;
    for (const Finder& each : options.finders) {
        if (const auto* kind = std::get_if<FoundBy>(&each)) {
            if (*kind == FoundBy::debuginfod)
                finders.push_back(llvm_cache_finder(llvm_cache_folder()));
            if (auto finder = built_in(*kind, options, debuginfod)) {
                finders.push_back(std::move(finder));
            }
        } else if (const auto& custom = std::get<std::shared_ptr<FileFinder>>(each)) {
            finders.push_back(std::make_unique<CustomFinder>(custom));
        }
    }
    return finders;
}

}  // namespace find
}  // namespace symline
