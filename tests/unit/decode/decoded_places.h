// A text through a Decoder with the kernels of the fixtures, and the places that it gives.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/files.h"
#include "symline/decoder.h"
#include "symline/disassembler.h"

namespace symline::test {

inline DecoderOptions with_vmlinux() {
    DecoderOptions options;
    options.vmlinux = fixture("mini-vmlinux-gcc");
    options.disassembler = make_disassembler;
    return options;
}

/// Two kernels, and nothing of this machine.
inline DecoderOptions two_kernels() {
    DecoderOptions options;
    options.debug_files = std::make_shared<DebugFiles>(
        DebugFileOptions{.debug_directories = {fixture("two-kernels")}, .sysroot = "/nonexistent"});
    return options;
}

inline std::string place_of(const DecodedCandidate& candidate) {
    if (candidate.frames.empty())
        return std::string(candidate.miss ? describe(*candidate.miss) : "no miss");
    const auto& location = candidate.frames.front().location;
    const std::string file(location.file);
    const auto folder = file.rfind('/', file.rfind('/') - 1);
    return file.substr(folder + 1) + ":" + std::to_string(location.line);
}

/// "fork.c:19" for the place that a frame means; those of all candidates where none is chosen.
inline std::string place_of(const DecodedFrame& frame) {
    const auto& all = frame.place->candidates;
    if (all.empty()) return "(" + frame.place->miss + ")";
    if (frame.chosen) return place_of(all[*frame.chosen]);
    std::string places;
    for (const auto& each : all) places += (places.empty() ? "" : " or ") + place_of(each);
    return places;
}

/// The places in each line, of a whole text.
inline std::vector<std::string> places(Decoder& decoder, std::string_view text) {
    decoder.begin_text();
    decoder.feed(text);
    decoder.end();
    std::vector<std::string> found;
    while (const DecodedLine* line = decoder.next()) {
        std::string places;
        for (const DecodedFrame& frame : line->frames) {
            places += (places.empty() ? "" : ", ") + place_of(frame);
        }
        found.push_back(std::move(places));
    }
    return found;
}

using Places = std::vector<std::string>;

}  // namespace symline::test
