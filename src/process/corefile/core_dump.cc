#include "symline/core_dump.h"

#include <utility>

#include "process/address_words.h"
#include "process/corefile/core_image.h"
#include "process/corefile/core_notes.h"
#include "process/modules/mappings.h"
#include "process/process_state.h"

namespace symline {
namespace {

process::Snapshot snapshot_of(process::CoreImage image, const ProcessOptions& options) {
    auto notes = process::read_core_notes(image);
    auto files = process::read_mapped_files(image, image.format(),
                                            {image.segments(), notes.files, image.machine()},
                                            notes.auxiliary, options);
    process::Snapshot snapshot;
    snapshot.facts = std::move(notes.facts);
    snapshot.facts.program = std::move(files.program);
    snapshot.facts.build_id = std::move(files.program_build_id);
    snapshot.format = image.format();
    snapshot.machine = image.machine();
    snapshot.register_size = notes.register_size;
    snapshot.entry = notes.auxiliary.entry;
    snapshot.segments = image.segments();
    snapshot.mappings = std::move(files.mappings);
    snapshot.user = notes.user;
    snapshot.roots = std::move(files.roots);
    snapshot.threads = std::move(notes.threads);
    snapshot.xsave_layout = notes.xsave_layout;
    snapshot.problems = image.problems();
    for (const auto& each : notes.problems) snapshot.problems.push_back(each);
    for (const auto& each : files.problems) snapshot.problems.push_back(each);
    snapshot.memory = std::make_unique<process::CoreImage>(std::move(image));
    auto& facts = snapshot.facts;
    if (facts.fault_address && !snapshot.threads.empty()) {
        facts.fault_place = process::AddressWords(snapshot).describe_fault(
            *facts.fault_address, snapshot.threads.front());
    }
    return snapshot;
}

}  // namespace

Expected<CoreDump> CoreDump::open(const std::string& path, const ProcessOptions& options) {
    auto image = process::CoreImage::open(path);
    if (!image) return std::unexpected(std::move(image.error()));
    return CoreDump(
        std::make_unique<State>(snapshot_of(std::move(*image), options), path, options));
}

const std::string& CoreDump::path() const {
    return state_->core_path;
}

}  // namespace symline
