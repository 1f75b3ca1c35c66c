// `symline decode` behind its command line: a log goes through, line by line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/parser.h"
#include "tools/block_reader.h"
#include "tools/decode_code.h"
#include "tools/decode_kernels.h"
#include "tools/decode_options.h"
#include "tools/decode_resolver.h"
#include "tools/diagnostics.h"
#include "tools/standard_output.h"

namespace symline::tools {

class Decode {
public:
    /// `options` is borrowed and must live as long. Without a maker of disassemblers "Code:" lines
    /// stay as they are.
    Decode(const DecodeOptions& options, Diagnostics& diagnostics, StandardOutput& output,
           output::DisassemblerMaker disassembler = nullptr)
        : options_(options),
          diagnostics_(diagnostics),
          output_(output),
          kernels_(options, diagnostics),
          resolver_(options, kernels_),
          code_(kernels_, resolver_, diagnostics, disassembler) {}

    /// True when all input could be read.
    bool run();
    const FetchSession& fetches() const { return kernels_.fetches(); }

private:
    bool decode_file(const std::string& path);
    bool decode_descriptor(int descriptor, const std::string& name);
    void decode(LogLine line, BlockReader& reader);
    void parse(const LogLine& line);
    bool awaits_release() const;
    LogLine hold(const LogLine& line, BlockReader& reader);
    bool take_release_below(const BlockReader& reader);
    void count_sizes_below(const BlockReader& reader);
    bool is_of_host(const log::ParsedLine& parsed, std::string_view line) const;
    void expect_files_below(std::string_view line, const BlockReader& reader);
    const DecodedEntry* next_entry(const BlockReader& reader);

    void append_text(const LogLine& line);
    void append_json(const LogLine& line);
    void append_kernel(const LogLine& line);
    std::string_view kernel_style_places(const output::KernelLine& words);
    void append_below(const LogLine& line);
    std::optional<DecodedCode> decode_code(const LogLine& line, DecodeCode::Addresses addresses);
    void append_code_json(const LogLine& line);

    const DecodeOptions& options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    DecodeKernels kernels_;
    DecodeResolver resolver_;
    DecodeCode code_;
    log::Parser parser_;
    log::ParsedLine parsed_;
    log::ParsedLine ahead_;
    std::vector<std::string> below_;
    std::uint64_t line_number_ = 0;
    std::uint64_t next_search_ = 0;     ///< no line before this one names a release
    std::uint64_t next_expected_ = 0;   ///< the modules in lines before this one are fetched
    std::uint64_t next_sizes_ = 0;      ///< the sizes of the lines before this one were counted
    std::string held_;                  ///< a line that waits for those below it
    std::string_view line_end_ = "\n";  ///< as the log has it
    const BlockReader* reader_ = nullptr;
};

}  // namespace symline::tools
