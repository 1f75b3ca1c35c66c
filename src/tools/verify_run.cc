#include "tools/verify_run.h"

#include <algorithm>
#include <utility>

#include "tools/llvm_reader_program.h"
#include "tools/messages.h"
#include "tools/verify_report.h"
#include "verify/llvm_peer.h"
#include "verify/program_peer.h"
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
    if (!module) return kNotCompared;
    const auto peers = peers_for(*module);
    if (peers.empty()) return kNotCompared;
    return compare(*module, peers);
}

std::optional<Module> Verify::open() {
    auto module = Module::open(options_.file, {.debug_files = files_});
    if (!module) {
        diagnostics_.say(open_failure(module.error(), options_.file));
        return std::nullopt;
    }
    if (module->files().debug_path().empty()) {
        explain_refusals(*module, diagnostics_);
        diagnostics_.say("'" + options_.file + "': no debug information that could be compared");
        return std::nullopt;
    }
    return *std::move(module);
}

std::vector<std::unique_ptr<verify::Peer>> Verify::peers_for(const Module& module) {
    std::vector<std::unique_ptr<verify::Peer>> peers;
    auto llvm = verify::LlvmPeer::open(module, llvm_reader_program());
    if (llvm) {
        peers.push_back(*std::move(llvm));
    } else {
        diagnostics_.say(damage(llvm.error(), options_.file));
    }
    for (const std::string& name : options_.against) {
        auto program = verify::ProgramPeer::open(module, name);
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
    const bool compared = std::ranges::any_of(verification.agreements(),
                                              [](const auto& each) { return each.compared != 0; });
    if (!compared) return kNotCompared;
    const bool unexplained = std::ranges::any_of(
        verification.findings(), [](const auto& each) { return each.explanation == nullptr; });
    return unexplained ? kUnexplained : 0;
}

}  // namespace symline::tools
