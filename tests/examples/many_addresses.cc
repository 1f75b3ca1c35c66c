// Many addresses of one file, answered on several threads; the answers come in order of input.
//
//     many_addresses FILE THREADS < ADDRESSES
//
// Each line of output has the address, the innermost function, and its place.
#include <symline/demangle.h>
#include <symline/module.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace {

std::string text_of(const symline::Expected<symline::Lookup>& lookup) {
    if (!lookup) return "?? (" + lookup.error().message + ")";
    if (lookup->miss) return "?? (" + std::string(describe(*lookup->miss)) + ")";
    const symline::Frame& frame = lookup->frames.front();
    return symline::demangle(frame.linkage_or_name()) + " at " + std::string(frame.location.file) +
           ":" + std::to_string(frame.location.line);
}

std::vector<symline::FileAddress> read_addresses(std::istream& in) {
    std::vector<symline::FileAddress> addresses;
    for (std::string word; in >> word;) addresses.push_back({std::stoull(word, nullptr, 16)});
    return addresses;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: many_addresses FILE THREADS < ADDRESSES\n";
        return 2;
    }
    const auto module = symline::Module::open(arguments[1]);
    if (!module) {
        std::cerr << module.error().file << ": " << module.error().message << '\n';
        return 1;
    }
    const auto threads = static_cast<unsigned>(std::strtoul(arguments[2], nullptr, 10));
    const auto addresses = read_addresses(std::cin);
    std::vector<std::string> texts(addresses.size());
    // Each index is given once, so that no two threads write to one text.
    module->lookup_many(
        addresses, symline::Detail::frames, threads,
        [&texts](const symline::Answer& answer) { texts[answer.index] = text_of(answer.lookup); });
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        std::cout << std::hex << addresses[i].value << std::dec << ' ' << texts[i] << '\n';
    }
}
