// LLVM's reader as the one that ours is compared with.
#pragma once

#include <memory>
#include <string>

#include "llvm_reader/llvm_reader.h"
#include "symline/module.h"
#include "verify/peer.h"

namespace symline::verify {

class LlvmPeer : public Peer {
public:
    /// Asks `file`, the path of the one that has the debug information of `module`: see
    /// ReadableFile. `program` is the path of the reader. Errors: see LlvmReader::open().
    static Expected<std::unique_ptr<LlvmPeer>> open(const Module& module, const std::string& file,
                                                    const std::string& program);

    std::string name() const override { return "LLVM"; }
    std::string version() const override { return version_; }
    FrameParts parts() const override { return FrameParts::all; }
    std::vector<std::optional<OwnedLookup>> ask(std::span<const Question> questions) override;
    std::string problem() const override { return problem_; }

private:
    LlvmPeer(std::string program, llvm_reader::OpenRequest request)
        : program_(std::move(program)), request_(std::move(request)) {}

    std::optional<OwnedLookup> answer(const Question& question);
    void note(const Error& error);
    Expected<void> start();

    std::string program_;
    llvm_reader::OpenRequest request_;
    std::string version_, problem_;
    std::optional<llvm_reader::LlvmReader> reader_;
    unsigned starts_ = 0;
};

}  // namespace symline::verify
