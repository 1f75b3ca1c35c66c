#include "tools/verify_run.h"

#include <algorithm>
#include <utility>

#include "base/mapped_file.h"
#include "symbolize/open_module.h"
#include "tools/foreign_format.h"
#include "tools/llvm_reader_program.h"
#include "tools/messages.h"
#include "tools/verify_report.h"
#include "verify/llvm_peer.h"
#include "verify/program_peer.h"
#include "verify/readable_file.h"
#include "verify/verification.h"

namespace symline::tools {

Verify::Verify(VerifyOptions options, Diagnostics& diagnostics, StandardOutput& output)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(options_.fetch, diagnostics),
      files_(open_debug_files(options_.places, fetches_)) {}

int Verify::run() {
    const auto module = open();
    if (!module || !is_comparable(*module)) return kNotCompared;
    const auto file = verify::ReadableFile::of(*module);
    if (!file) {
        diagnostics_.say(damage(file.error(), options_.file));
        return kNotCompared;
    }
    const auto peers = peers_for(*module, file->path());
    if (peers.empty()) return kNotCompared;
    return compare(*module, peers);
}

std::optional<Module> Verify::open() {
    auto module = open_named();
    if (module) return *std::move(module);
    if (is_foreign()) {
        diagnostics_.say(options_.file + ": not an ELF file: verify compares no others");
    } else {
        diagnostics_.say(open_failure(module.error(), options_.file));
    }
    return std::nullopt;
}

Expected<Module> Verify::open_named() {
    const ModuleOptions wanted{.debug_files = files_};
    if (options_.file != "-") {
        auto module = Module::open(options_.file, wanted);
        if (module || module.error().code != ErrorCode::not_found) return module;
    }
    auto object = ObjectFile::named(options_.file, {});
    if (!object) return std::unexpected(Error{ErrorCode::not_found, options_.file, "No such file"});
    if (!*object) return std::unexpected(object->error());
    object_ = **std::move(object);
    return object_->module(options_.file, wanted);
}

bool Verify::is_foreign() const {
    if (object_) return is_foreign_format(object_->bytes());
    const auto file = base::MappedFile::open(options_.file);
    return file && is_foreign_format(file->bytes());
}

bool Verify::is_comparable(const Module& module) {
    if (symbolize::debug_file(module) != nullptr) return true;
    explain_refusals(module, diagnostics_);
    if (module.files().found_by() == FoundBy::gsym_file) {
        diagnostics_.say("'" + options_.file +
                         "': no DWARF that could be compared, only GSYM in '" +
                         module.files().debug_path() + "'");
    } else {
        diagnostics_.say("'" + options_.file + "': no debug information that could be compared");
    }
    return false;
}

std::vector<std::unique_ptr<verify::Peer>> Verify::peers_for(const Module& module,
                                                             const std::string& file) {
    std::vector<std::unique_ptr<verify::Peer>> peers;
    auto llvm = verify::LlvmPeer::open(module, file, llvm_reader_program());
    if (llvm) {
        peers.push_back(*std::move(llvm));
    } else {
        diagnostics_.say(damage(llvm.error(), options_.file));
    }
    for (const std::string& name : options_.against) {
        auto program = verify::ProgramPeer::open(file, name);
        if (program) {
            peers.push_back(*std::move(program));
        } else {
            diagnostics_.say(damage(program.error(), name));
        }
    }
    return peers;
}

int Verify::compare(const Module& module, const std::vector<std::unique_ptr<verify::Peer>>& peers) {
    const verify::Sample sample = verify::sample_of(module, options_.sample);
    if (sample.addresses.empty()) {
        diagnostics_.say("'" + options_.file + "': no function to ask about");
        return kNotCompared;
    }
    verify::Verification verification(module, peers);
    verification.run(sample);
    explain_damage(module, diagnostics_);
    const VerifyReport report{.file = options_.file,
                              .request = options_.sample,
                              .sample = sample,
                              .peers = peers,
                              .verification = verification,
                              .every_difference = options_.every_difference};
    if (options_.json) {
        append_verify_json(output_.buffer(), report);
    } else {
        append_verify_text(output_.buffer(), report);
    }
    const bool unexplained = std::ranges::any_of(
        verification.findings(), [](const auto& each) { return each.explanation == nullptr; });
    const bool complete = explain_missing(verification, peers);
    if (unexplained) return kUnexplained;
    return complete ? 0 : kNotCompared;
}

/// Says why answers of readers are missing. True where none is.
bool Verify::explain_missing(const verify::Verification& verification,
                             const std::vector<std::unique_ptr<verify::Peer>>& peers) {
    bool complete = true;
    for (std::size_t i = 0; i < peers.size(); ++i) {
        const auto& agreement = verification.agreements()[i];
        if (agreement.unanswered == 0) continue;
        complete = false;
        std::string text = peers[i]->name() + ": " + std::to_string(agreement.unanswered) + " of " +
                           std::to_string(agreement.unanswered + agreement.compared) +
                           " addresses without an answer";
        const std::string problem = peers[i]->problem();
        diagnostics_.say(problem.empty() ? text : text + ": " + problem);
    }
    return complete;
}

}  // namespace symline::tools
