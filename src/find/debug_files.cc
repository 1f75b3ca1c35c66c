#include "symline/debug_files.h"

#include <algorithm>
#include <utility>

#include "find/chain.h"
#include "find/debuginfod/debuginfod.h"

namespace symline {
namespace {

FileSearch outcome(find::Search search) {
    FileSearch answer;
    if (search.file) answer.path = search.file->path();
    answer.found_by = search.found_by;
    answer.refused = std::move(search.refused);
    answer.tried = std::move(search.tried);
    return answer;
}

}  // namespace

DebugFiles::DebugFiles(DebugFileOptions options)
    : options_(std::move(options)),
      debuginfod_(std::make_shared<find::Debuginfod>(options_.fetch)),
      chain_(std::make_unique<find::Chain>(find::finders_for(options_, debuginfod_))) {}

DebugFiles::~DebugFiles() = default;

FileSearch DebugFiles::debug_file(const BuildId& build_id) {
    find::Wanted wanted;
    wanted.build_id = build_id;
    return outcome(chain_->find(wanted));
}

FileSearch DebugFiles::code_file(const BuildId& build_id) {
    find::Wanted wanted;
    wanted.content = find::Content::code;
    wanted.build_id = build_id;
    return outcome(chain_->find(wanted));
}

FileSearch DebugFiles::kernel(std::string_view release, const std::optional<BuildId>& build_id) {
    return kernel_module("vmlinux", release, build_id);
}

FileSearch DebugFiles::kernel_module(std::string_view name, std::string_view release,
                                     const std::optional<BuildId>& build_id) {
    find::Wanted wanted;
    wanted.build_id = build_id;
    wanted.kernel_name = name;
    std::ranges::replace(wanted.kernel_name, '-', '_');
    wanted.kernel_release = release;
    return outcome(chain_->find(wanted));
}

Expected<std::string> DebugFiles::source_file(const BuildId& build_id, std::string_view path) {
    return debuginfod_->source_file(build_id, path);
}

bool DebugFiles::may_fetch() const {
    return debuginfod_->may_fetch();
}

void DebugFiles::fetch_together(std::span<const Expectation> files) {
    if (!may_fetch()) return;
    std::vector<FetchRequest> missing;
    for (const Expectation& each : files) {
        find::Wanted wanted;
        wanted.build_id = each.build_id;
        wanted.kernel_name = each.kernel_name;
        std::ranges::replace(wanted.kernel_name, '-', '_');
        wanted.kernel_release = each.kernel_release;
        if (!chain_->on_disk(wanted)) {
            missing.push_back({FetchKind::debug_file, each.build_id, {}});
        }
    }
    debuginfod_->fetch_together(missing);
}

}  // namespace symline
