#include "symline/debug_files.h"

#include <algorithm>
#include <utility>

#include "find/debuginfod/debuginfod.h"
#include "find/finder_list.h"

namespace symline {

struct DebugFiles::State {
    explicit State(DebugFileOptions given)
        : options(std::move(given)),
          debuginfod(std::make_shared<find::Debuginfod>(options.fetch)),
          finders(find::finders_for(options, debuginfod)) {}

    static State& of(DebugFiles& files) { return *files.state_; }
    FileSearch find(const find::WantedFile& wanted);

    DebugFileOptions options;
    std::shared_ptr<find::Debuginfod> debuginfod;
    find::FinderList finders;
};

FileSearch DebugFiles::State::find(const find::WantedFile& wanted) {
    find::FoundFile found = finders.find(wanted);
    return {.path = found.file ? found.file->path() : std::string(),
            .found_by = found.found_by,
            .finder = std::move(found.finder),
            .refused = std::move(found.refused),
            .tried = std::move(found.tried)};
}

namespace {

/// Names what of a DebugFiles is protected.
struct DebugFilesAccess : DebugFiles {
    using DebugFiles::State;
};

find::WantedFile kernel_file(std::string_view name, std::string_view release,
                             const std::optional<BuildId>& build_id) {
    find::WantedFile wanted;
    wanted.build_id = build_id;
    wanted.kernel_name = name;
    std::ranges::replace(wanted.kernel_name, '-', '_');
    wanted.kernel_release = release;
    return wanted;
}

}  // namespace

find::FinderList& find::finders_of(DebugFiles& files) {
    return DebugFilesAccess::State::of(files).finders;
}

bool find::knows_servers(DebugFiles& files) {
    return DebugFilesAccess::State::of(files).debuginfod->knows_servers();
}

std::string_view describe(const TriedPlace& tried) {
    switch (tried.outcome) {
        case TriedOutcome::used: return "used";
        case TriedOutcome::not_found: return "no such file";
        case TriedOutcome::file_itself: return "the file itself";
        case TriedOutcome::refused:
        case TriedOutcome::no_file: break;
    }
    return tried.detail;
}

DebugFiles::DebugFiles(DebugFileOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

DebugFiles::~DebugFiles() = default;

const DebugFileOptions& DebugFiles::options() const {
    return state_->options;
}

FileSearch DebugFiles::debug_file(const BuildId& build_id) {
    find::WantedFile wanted;
    wanted.build_id = build_id;
    return state_->find(wanted);
}

FileSearch DebugFiles::code_file(const BuildId& build_id) {
    find::WantedFile wanted;
    wanted.content = FileContent::code;
    wanted.build_id = build_id;
    return state_->find(wanted);
}

FileSearch DebugFiles::kernel(std::string_view release, const std::optional<BuildId>& build_id) {
    return kernel_module("vmlinux", release, build_id);
}

FileSearch DebugFiles::kernel_module(std::string_view name, std::string_view release,
                                     const std::optional<BuildId>& build_id) {
    return state_->find(kernel_file(name, release, build_id));
}

Expected<std::string> DebugFiles::source_file(const BuildId& build_id, std::string_view path) {
    return state_->debuginfod->source_file(build_id, path);
}

bool DebugFiles::may_fetch() const {
    return state_->debuginfod->may_fetch();
}

void DebugFiles::fetch_together(std::span<const Expectation> files) {
    if (!may_fetch()) return;
    std::vector<FetchRequest> missing;
    for (const Expectation& each : files) {
        const auto wanted = kernel_file(each.kernel_name, each.kernel_release, each.build_id);
        if (!state_->finders.on_disk(wanted)) {
            missing.push_back({FetchKind::debug_file, each.build_id, {}});
        }
    }
    state_->debuginfod->fetch_together(missing);
}

}  // namespace symline
