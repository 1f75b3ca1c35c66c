// The lines of a decoded log, as one of the three styles has them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "output/decode.h"
#include "symline/decoder.h"
#include "tools/decode_options.h"
#include "tools/place_texts.h"
#include "tools/standard_output.h"

namespace symline::tools {

class DecodePrinter {
public:
    /// `options`, `decoder` and `output` are borrowed.
    DecodePrinter(const DecodeOptions& options, Decoder& decoder, StandardOutput& output,
                  const std::shared_ptr<DebugFiles>& debug_files)
        : options_(options),
          decoder_(decoder),
          output_(output),
          texts_(options, decoder, debug_files) {}

    /// The lines from here on are of this file; empty: of standard input.
    void begin_text(std::string_view input) { input_ = input; }
    /// UTF-8's mark, which the text begins with.
    void print_mark();
    /// The line that the Decoder returned last.
    void print(const DecodedLine& line);
    /// Whether any place of the lines so far was found in source.
    bool found_any() const { return found_any_; }
    /// See PlaceDetailer.
    std::string missing_source() const { return texts_.detailer().missing_source(); }

private:
    void note_places(const DecodedLine& line);
    void print_text(const DecodedLine& line);
    void print_embedded(const DecodedLine& line);
    void put_off_below(const EmbeddedLine& place, const std::string& margin);
    void add_put_off(std::string_view end);
    /// What is added after a frame, and below its line.
    struct Added {
        std::string_view place;
        std::string_view below;
    };
    enum class Within { line, string };
    Added added_to(const DecodedFrame& frame, Within within);
    void print_tail_calls(const DecodedLine& line);
    void print_json_tail_calls(const DecodedFrame& frame);
    void collect_code(const DecodedLine& line);
    void add_below(const DecodedLine& line);
    void print_json(const DecodedLine& line);
    void append_logged(output::LoggedPlace logged);
    void print_code_json(const DecodedLine& line);
    void print_kernel(const DecodedLine& line);
    std::string_view kernel_places(const output::KernelLine& words);

    const DecodeOptions& options_;
    Decoder& decoder_;
    StandardOutput& output_;
    PlaceTexts texts_;
    std::string input_;
    bool found_any_ = false;
    std::string below_;  ///< lines to add below the one that is printed, each with an end
    /// Lines to add below a line of the log once all of it is printed, each with its margin.
    std::vector<std::pair<std::string, std::string>> put_off_;
    std::string prefix_;                ///< of that line
    std::string_view line_end_ = "\n";  ///< as the log has it
};

}  // namespace symline::tools
