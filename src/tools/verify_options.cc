#include "tools/verify_options.h"

#include <CLI/CLI.hpp>

#include "tools/fetch_options.h"
#include "tools/parse_words.h"
#include "tools/place_options.h"

namespace symline::tools {
namespace {

/// Answers of all readers are kept until they are compared: 1 GB at most.
constexpr std::size_t kMaxAddresses = 1'000'000;

}  // namespace

std::expected<VerifyOptions, Ending> parse_verify(const std::vector<std::string>& words) {
    VerifyOptions options;
    CLI::App app("Compares the answers about a file with those of other readers.",
                 "symline verify");
    app.add_option("FILE", options.file, "a kernel, module, program, library or object file")
        ->required();
    app.add_option("--addresses", options.sample.addresses,
                   "ask about so many addresses inside functions (10000 if not given); of a file "
                   "with fewer, about both ends of every line row")
        ->type_name("N")
        ->check(CLI::Range(std::size_t{1}, kMaxAddresses));
    app.add_option("--seed", options.sample.seed, "which addresses are chosen (1 if not given)")
        ->type_name("S");
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
    return options;
}

}  // namespace symline::tools
