// "Code:" lines: which place of which file their bytes are from, and what is said of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/code_comparison.h"
#include "decode/frame_resolver.h"
#include "decode/kernels_of_text.h"
#include "kernel/patched_code.h"
#include "log/occurrence.h"
#include "symline/decoder.h"
#include "symline/disassembler.h"

namespace symline::decode {

class CodeLines {
public:
    /// All are borrowed. Without a maker nothing is disassembled.
    CodeLines(const DecoderOptions& options, KernelsOfText& kernels, FrameResolver& resolver)
        : options_(options), kernels_(kernels), resolver_(resolver) {}

    /// Every parsed line: keeps the program counter that a later "Code:" line belongs to.
    void take(const log::ParsedLine& parsed);

    /// The "Code:" bytes of a line. Nothing where they are no instructions of a known machine.
    /// A file that has other bytes there is refused. The text of `pc` lives as long as this object
    /// or until the next report.
    std::optional<DecodedCode> decode(std::string_view bytes);
    /// What the user should know of files and machines; empties the list.
    std::vector<Notice> take_notices() { return std::exchange(notices_, {}); }

private:
    struct ProgramCounter {
        log::Occurrence occurrence;
        std::string symbol, module, build_id, file, mapping;
    };
    void keep(const log::Occurrence& occurrence);
    log::Occurrence kept() const;
    Disassembler* disassembler(const CodeTarget& target);
    std::optional<CodeTarget> guessed_target(unsigned unit) const;
    const kernel::PatchedCode& patched_code(const kernel::KernelFile& file);
    FileCode file_code(const kernel::KernelPlace& place, const CodeBytes& code);
    CodeListing list(const log::CodeText& text, const CodeTarget& target,
                     Disassembler& disassembler, const kernel::KernelPlace* place);
    struct Best {
        std::optional<CodeListing> listing;
        std::size_t candidate = 0;
        std::size_t differing = 0;
        bool alone = true;  ///< no other candidate agrees as well
    };
    Best best_listing(const log::CodeText& text, const Entry& entry);
    /// False where the file is surely the right one.
    bool refuse(const kernel::KernelPlace& place, const log::Occurrence& pc);

    const DecoderOptions& options_;
    KernelsOfText& kernels_;
    FrameResolver& resolver_;
    std::vector<Notice> notices_;
    std::optional<ProgramCounter> pc_;
    bool code_seen_ = false;  ///< the last parsed line was its "Code:" line
    log::CodeMachine machine_ = log::CodeMachine::unknown;
    std::vector<std::pair<CodeTarget, std::unique_ptr<Disassembler>>> disassemblers_;
    std::map<const kernel::KernelFile*, kernel::PatchedCode> patched_;
};

}  // namespace symline::decode
