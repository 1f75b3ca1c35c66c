// "Code:" lines: which place of which file their bytes are from, and what is said of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/patched_code.h"
#include "log/occurrence.h"
#include "output/code_line.h"
#include "output/disassembler.h"
#include "tools/code_listing.h"
#include "tools/decode_kernels.h"
#include "tools/decode_resolver.h"
#include "tools/diagnostics.h"

namespace symline::tools {

/// A "Code:" line, decoded.
struct DecodedCode {
    output::CodeListing listing;
    log::Occurrence counter;   ///< the program counter of the report; views into DecodeCode
    bool has_counter = false;  ///< false: no kernel address, or none seen
    const DecodedText* place = nullptr;  ///< of the counter; null where nothing is known of it
    bool has_file = false;
};

class DecodeCode {
public:
    /// `maker` may be null: nothing is disassembled.
    DecodeCode(DecodeKernels& kernels, DecodeResolver& resolver, Diagnostics& diagnostics,
               output::DisassemblerMaker maker)
        : kernels_(kernels), resolver_(resolver), diagnostics_(diagnostics), maker_(maker) {}

    /// Every parsed line: keeps the program counter that a later "Code:" line belongs to.
    void take(const log::ParsedLine& parsed);

    /// Which addresses the instructions get: those of the file, or counted from the first byte on.
    enum class Addresses { file, from_zero };
    /// The "Code:" bytes of a line. Nothing where they are no instructions of a known machine.
    /// A file that has other bytes there is refused.
    std::optional<DecodedCode> decode(std::string_view bytes, Addresses addresses);

private:
    struct Counter {
        log::Occurrence occurrence;
        std::string symbol, module, build_id, file, mapping;
    };
    void keep(const log::Occurrence& occurrence);
    log::Occurrence kept() const;
    output::Disassembler* disassembler(const output::CodeTarget& target);
    std::optional<output::CodeTarget> guessed_target(unsigned unit) const;
    const kernel::PatchedCode& patched_code(const kernel::KernelFile& file);
    FileCode file_code(const kernel::KernelPlace& place, const CodeBytes& code);
    output::CodeListing list(const log::CodeText& text, const output::CodeTarget& target,
                             output::Disassembler& disassembler, const kernel::KernelPlace* place,
                             Addresses addresses);
    struct Best {
        std::optional<output::CodeListing> listing;
        std::size_t candidate = 0;
        std::size_t differing = 0;
        bool alone = true;  ///< no other candidate agrees as well
    };
    Best best_listing(const log::CodeText& text, const DecodedEntry& entry, Addresses addresses);
    /// False where the file is surely the right one.
    bool refuse(const kernel::KernelPlace& place, const log::Occurrence& counter);

    DecodeKernels& kernels_;
    DecodeResolver& resolver_;
    Diagnostics& diagnostics_;
    output::DisassemblerMaker maker_;
    std::optional<Counter> counter_;
    bool code_seen_ = false;  ///< the last parsed line was its "Code:" line
    log::CodeMachine machine_ = log::CodeMachine::unknown;
    std::vector<std::pair<output::CodeTarget, std::unique_ptr<output::Disassembler>>>
        disassemblers_;
    std::map<const kernel::KernelFile*, kernel::PatchedCode> patched_;
};

}  // namespace symline::tools
