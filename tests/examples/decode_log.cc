// A log through the Decoder: every line as it is, and below it the functions of its frames, or the
// instructions of its "Code:" bytes.
//
//     decode_log VMLINUX < LOG
#include <symline/decoder.h>
#include <symline/demangle.h>
#include <symline/disassembler.h>

#include <iostream>
#include <iterator>
#include <string>

namespace {

void print(const symline::DecodedFrame& frame) {
    const symline::DecodedPlace& place = *frame.place;
    std::cout << "    " << frame.logged.symbol << ": ";
    if (place.candidates.empty()) {
        std::cout << place.miss << '\n';
        return;
    }
    // Where nothing tells several functions of one name apart, the first is as good as the others.
    const symline::DecodedCandidate& meant = place.candidates[frame.chosen.value_or(0)];
    if (meant.miss) std::cout << describe(*meant.miss);
    if (meant.error) std::cout << " (" << meant.error->message << ')';
    const char* separator = "";
    for (const symline::Frame& each : meant.frames) {
        std::cout << separator << symline::demangle(each.linkage_or_name()) << " at "
                  << each.location.relative_file() << ':' << each.location.line;
        separator = ", inlined by ";
    }
    if (meant.rule == symline::LookupRule::before) std::cout << " (a return address)";
    std::cout << '\n';
}

void print(const symline::CodeListing& listing) {
    for (const symline::CodeInstruction& each : listing.instructions) {
        // Of the last one the line may hold a part.
        std::cout << (each.trapping ? " => " : "    ")
                  << (each.text.empty() ? "(cut short)" : each.text);
        if (!each.in_file.empty()) std::cout << " (the file has something else)";
        std::cout << '\n';
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: decode_log VMLINUX < LOG\n";
        return 2;
    }
    symline::Decoder decoder({.vmlinux = argv[1], .disassembler = symline::make_disassembler});
    decoder.feed(std::string(std::istreambuf_iterator<char>(std::cin), {}));
    decoder.end();
    while (const symline::DecodedLine* line = decoder.next()) {
        std::cout << line->text << '\n';
        for (const symline::DecodedFrame& frame : line->frames) print(frame);
        if (line->code) print(line->code->listing);
    }
    for (const symline::Notice& notice : decoder.take_notices())
        std::cerr << describe(notice) << '\n';
    for (const symline::MissingFiles& missing : decoder.missing_files())
        std::cerr << describe(missing) << '\n';
    return 0;
}
