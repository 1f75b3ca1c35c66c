#include "symline/core_dump.h"

#include <utility>

#include "process/core_dump_state.h"

namespace symline {

Expected<CoreDump> CoreDump::open(const std::string& path, const CoreDumpOptions& options) {
    auto image = process::CoreImage::open(path);
    if (!image) return std::unexpected(std::move(image.error()));
    auto notes = process::read_core_notes(*image);
    auto files =
        process::read_mapped_files(*image, image->format(), notes.files, notes.auxiliary, options);
    auto state =
        std::make_unique<State>(State{std::move(*image), std::move(notes), std::move(files), {}});
    state->problems = state->image.problems();
    for (const auto& each : state->notes.problems) state->problems.push_back(each);
    for (const auto& each : state->files.problems) state->problems.push_back(each);
    CoreProcess& process = state->notes.process;
    process.program = state->files.program;
    process.build_id = state->files.program_build_id;
    return CoreDump(std::move(state));
}

CoreDump::CoreDump(std::unique_ptr<State> state) : state_(std::move(state)) {}
CoreDump::CoreDump(CoreDump&&) noexcept = default;
CoreDump& CoreDump::operator=(CoreDump&&) noexcept = default;
CoreDump::~CoreDump() = default;

const std::string& CoreDump::path() const {
    return state_->image.path();
}

const CoreProcess& CoreDump::process() const {
    return state_->notes.process;
}

const std::vector<Mapping>& CoreDump::mappings() const {
    return state_->files.mappings;
}

std::vector<int> CoreDump::threads() const {
    std::vector<int> ids;
    for (const auto& each : state_->notes.threads) ids.push_back(each.tid);
    return ids;
}

bool CoreDump::read(RuntimeAddress address, std::span<std::uint8_t> to) const {
    return state_->image.read(address.value, to);
}

std::span<const std::string> CoreDump::problems() const {
    return state_->problems;
}

std::uint16_t CoreDump::machine() const {
    return state_->image.machine();
}

}  // namespace symline
