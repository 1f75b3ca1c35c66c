#include "tools/verify_options.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "tools/fetch_options.h"
#include "tools/parse_words.h"
#include "tools/place_options.h"

namespace symline::tools {
namespace {

/// Answers of all readers are kept until they are compared: 1 GB at most.
constexpr std::size_t kMaxAddresses = 1'000'000;

/// CLI11 takes -1 for the largest number.
bool read_number(const std::string& text, std::uint64_t& number) {
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    return error == std::errc() && end == last;
}

}  // namespace

std::expected<VerifyOptions, Ending> parse_verify(const std::vector<std::string>& words) {
    VerifyOptions options;
    CLI::App app("Compares the answers about the DWARF of an ELF file with those of other readers.",
                 "symline verify");
    app.add_option("FILE", options.file,
                   "a kernel, module, program, library or object file in ELF, which may be the "
                   "member of an archive, lib.a(member.o), or - for standard input")
        ->required();
    app.add_option("--addresses", options.sample.addresses,
                   "ask about so many addresses inside functions (10000 if not given); of a file "
                   "with fewer, about both ends of every line row")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, kMaxAddresses));
    std::string seed;
    app.add_option("--seed", seed, "which addresses are chosen (1 if not given)")->type_name("S");
    app.add_option("--against", options.against,
                   "ask installed programs too: gnu (addr2line), eu (eu-addr2line), llvm "
                   "(llvm-addr2line), or several with commas between them")
        ->type_name("PROGRAM")
        ->delimiter(',')
        ->check(CLI::IsMember({"gnu", "eu", "llvm"}));
    app.add_flag("--all", options.every_difference, "show every difference, not one of each kind");
    app.add_flag("--json", options.json, "write one JSON object");
    add_place_options(app, options.places);
    FetchWords fetch;
    add_fetch_options(app, fetch);
    if (auto ending = parse_words(app, words)) return std::unexpected(*ending);
    options.fetch = fetch.choice();
    if (!seed.empty() && !read_number(seed, options.sample.seed))
        return std::unexpected(Ending{{}, "--seed: not an unsigned number: " + seed, 1});
    return options;
}

}  // namespace symline::tools
