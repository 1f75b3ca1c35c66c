// What `symline decode` does, once its command line has been read: logs go through, line by line.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symline/decoder.h"
#include "tools/decode_options.h"
#include "tools/decode_printer.h"
#include "tools/diagnostics.h"
#include "tools/log_reader.h"
#include "tools/opportunistic_index.h"
#include "tools/standard_output.h"

namespace symline::tools {

class Decode {
public:
    /// `options` is borrowed and must live as long. Without a maker of disassemblers "Code:" lines
    /// stay as they are.
    Decode(const DecodeOptions& options, Diagnostics& diagnostics, StandardOutput& output,
           DisassemblerMaker disassembler = nullptr);

    /// True when all input could be read. A vmlinux that was asked for and cannot be used ends the
    /// run before it begins.
    bool run();
    /// Whether any frame got a source line.
    bool found_any() const { return printer_.found_any(); }
    const FetchSession& fetches() const { return fetches_; }

private:
    DecoderOptions decoder_options(DisassemblerMaker disassembler);
    bool can_use_vmlinux();
    bool decode_file(const std::string& path);
    bool decode_descriptor(int descriptor, const std::string& path);
    bool print_lines();
    bool feed_more(LogReader& reader);
    void read_into_decoder(LogReader& reader);
    bool wait_for_report(LogReader& reader);
    bool can_override(const Notice& notice) const;
    void tell(const std::vector<Notice>& notices);

    const DecodeOptions& options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> debug_files_;
    OpportunisticIndex indexes_;
    Decoder decoder_;
    DecodePrinter printer_;
    /// Since when a line waits for the rest of its report.
    std::optional<std::chrono::steady_clock::time_point> waiting_since_;
};

}  // namespace symline::tools
