#include "find/debuginfod/debuginfod_finder.h"

#include <utility>

namespace symline::find {
namespace {

class DebuginfodFinder : public ListedFinder {
public:
    explicit DebuginfodFinder(std::shared_ptr<Debuginfod> debuginfod)
        : debuginfod_(std::move(debuginfod)) {}

    FoundBy kind() const override { return FoundBy::debuginfod; }
    bool remote() const override { return true; }

    FileCandidates candidates(const WantedFile& wanted) override {
        if (!wanted.build_id) return {};
        const auto path = wanted.content == FileContent::code
                              ? debuginfod_->code_file(*wanted.build_id)
                              : debuginfod_->debug_file(*wanted.build_id);
        FileCandidates found;
        if (path) {
            found.paths.push_back(*path);
        } else {
            found.asked.push_back({"build id " + wanted.build_id->hex(), path.error().message});
        }
        return found;
    }

private:
    std::shared_ptr<Debuginfod> debuginfod_;
};

}  // namespace

std::unique_ptr<ListedFinder> debuginfod_finder(std::shared_ptr<Debuginfod> debuginfod) {
    return std::make_unique<DebuginfodFinder>(std::move(debuginfod));
}

}  // namespace symline::find
