// Installed addr2line programs, whose printed answers ours are compared with.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "symline/error.h"
#include "verify/peer.h"

namespace symline::verify {

/// What a program prints with -a -f -i: an address for each question, and after it two lines for
/// each frame. Nothing where it is not of that form.
std::optional<std::vector<OwnedLookup>> parse_printed(std::string_view text);

class ProgramPeer : public Peer {
public:
    /// `name` is "gnu" (addr2line), "eu" (eu-addr2line) or "llvm" (llvm-addr2line, also with a
    /// version's number at its end); it is asked about `file`, a path. Errors: not_found.
    static Expected<std::unique_ptr<ProgramPeer>> open(const std::string& file,
                                                       std::string_view name);

    std::string name() const override { return name_; }
    std::string version() const override { return version_; }
    FrameParts parts() const override { return FrameParts::place; }
    /// Of relocatable files, llvm-addr2line is asked where there is but one section of code: it
    /// takes all of them to begin at 0.
    std::vector<std::optional<OwnedLookup>> ask(std::span<const Question> questions) override;
    std::string problem() const override { return problem_; }

private:
    ProgramPeer(std::string name, std::string program, std::string file)
        : name_(std::move(name)), program_(std::move(program)), file_(std::move(file)) {}

    /// Questions of one section, or of a file that is not relocatable. Nothing where the program
    /// does not answer each of them: it cannot read the file, crashed, or took too long.
    std::optional<std::vector<OwnedLookup>> ask_together(
        std::span<const Question* const> questions);
    void note(std::string_view problem);

    std::string name_, program_, version_, file_, problem_;
};

}  // namespace symline::verify
