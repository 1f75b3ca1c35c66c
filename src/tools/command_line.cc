#include "tools/command_line.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/decode_options.h"
#include "tools/nearest_word.h"
#include "tools/option_words.h"

namespace symline::tools {
namespace {

struct Entry {
    std::string_view name;
    std::string_view purpose;
    std::optional<Command> command;
};

constexpr auto kCommands = std::to_array<Entry>({
    {"decode", "a log in, the same with source lines out", Command::decode},
    {"find", "where the debug files of a program or a kernel are", Command::find},
    {"index", "write an index of a file, for lookups in it to come", Command::index},
    {"core", "the stacks of a crashed or living process, or of a kernel's dump", Command::core},
    {"verify", "compare the answers about a file with those of other readers", Command::verify},
    {"help", "this text, or with the name of a command its options", std::nullopt},
});

std::string command_list() {
    constexpr std::size_t kWidth = 12;
    std::string text = "Commands:\n";
    for (const Entry& each : kCommands) {
        std::string name(each.name);
        name.resize(kWidth, ' ');
        text += "  " + name + std::string(each.purpose) + "\n";
    }
    return text;
}

std::string help() {
    return "Gives the stack frames in a log their source lines.\n"
           "Usage: symline [decode] [OPTIONS] [FILE...]\n"
           "       symline COMMAND [OPTIONS] [FILE...]\n"
           "\n" +
           command_list() +
           "\n"
           "Options:\n"
           "  -h,--help     print this text and exit\n"
           "  -V,--version  print the version and exit\n";
}

Ending wrong(std::string problem) {
    return {{}, std::move(problem), 1, command_list()};
}

enum class WordKind { file, folder, nothing };

/// "symline src" is no log.
WordKind kind_of(const std::string& word) {
    struct stat status{};
    if (word == "-") return WordKind::file;
    if (::stat(word.c_str(), &status) != 0) return WordKind::nothing;
    return S_ISDIR(status.st_mode) ? WordKind::folder : WordKind::file;
}

std::optional<Command> named(std::string_view word) {
    for (const Entry& each : kCommands) {
        if (each.name == word) return each.command;
    }
    return std::nullopt;
}

constexpr std::array<std::string_view, 7> kWords{"decode", "find", "index",  "core",
                                                 "verify", "help", "version"};

Ending version() {
    return {"symline " SYMLINE_VERSION "\n", {}, 0};
}

/// A word that is no command.
Ending misplaced(const std::string& word) {
    const auto meant = did_you_mean(word, kWords);
    if (kind_of(word) == WordKind::folder) {
        return wrong("'" + word + "' is a directory, neither a command nor a file" + meant);
    }
    return wrong("'" + word + "' is neither a command nor a file" + meant);
}

/// An option before any command that is none of "symline decode", whose other options may stand
/// there. "--find" may stand for a command.
Ending unknown(const std::string& word) {
    auto options = decode_option_names();
    options.emplace_back("--version");
    std::vector<std::string_view> known(options.begin(), options.end());
    const std::array<std::string, 4> commands{"--core", "--find", "--index", "--verify"};
    known.insert(known.end(), commands.begin(), commands.end());
    const std::string_view name = std::string_view(word).substr(0, word.find('='));
    const auto nearest = nearest_word(name, known);
    if (std::ranges::find(commands, nearest) == commands.end()) {
        return wrong(unknown_option(word, known));
    }
    return wrong(unknown_option(word, {}) + "; did you mean 'symline " +
                 std::string(nearest.substr(2)) + "'?");
}

Ending before_command(const std::string& option, std::string_view command) {
    return wrong("'" + option + "': options stand after a command, as in 'symline " +
                 std::string(command) + " " + option + "'");
}

/// Options of "symline decode" where what follows them, or comes on standard input, is a log.
std::expected<CommandLine, Ending> options_first(std::vector<std::string> words,
                                                 bool stdin_is_terminal) {
    const OptionWords read = read_decode_words(words);
    const auto asks = [&](std::string_view option) {
        return std::ranges::find(words, option) != words.end();
    };
    if (read.fault == OptionFault::unknown) {
        const bool asks_version = read.at_fault == "--version" || read.at_fault == "-V";
        return std::unexpected(asks_version ? version() : unknown(read.at_fault));
    }
    const bool nothing_to_read = !read.operand && read.fault == OptionFault::none;
    if (nothing_to_read && stdin_is_terminal && !asks("--help") && !asks("-h")) {
        return std::unexpected(before_command(words.front(), "decode"));
    }
    if (read.operand && named(*read.operand)) {
        return std::unexpected(before_command(words.front(), *read.operand));
    }
    if (read.operand && kind_of(*read.operand) != WordKind::file) {
        return std::unexpected(misplaced(*read.operand));
    }
    return CommandLine{Command::decode, std::move(words)};
}

std::expected<CommandLine, Ending> help_on(const std::vector<std::string>& words) {
    if (words.size() < 2 || words[1] == "help") return std::unexpected(Ending{help(), {}, 0});
    const auto command = named(words[1]);
    if (!command) return std::unexpected(misplaced(words[1]));
    return CommandLine{*command, {"--help"}};
}

}  // namespace

std::expected<CommandLine, Ending> read_command_line(std::vector<std::string> words,
                                                     bool stdin_is_terminal) {
    // "dmesg | symline": decoding is what the program is for.
    if (words.empty() && !stdin_is_terminal) return CommandLine{};
    if (words.empty()) return std::unexpected(Ending{help(), {}, 0});
    const std::string& first = words.front();
    if (const auto command = named(first)) {
        words.erase(words.begin());
        return CommandLine{*command, std::move(words)};
    }
    if (first == "help" || first == "--help" || first == "-h") return help_on(words);
    if (first == "version" || first == "--version" || first == "-V") {
        return std::unexpected(version());
    }
    if (first.size() > 1 && first.starts_with('-')) {
        return options_first(std::move(words), stdin_is_terminal);
    }
    if (kind_of(first) == WordKind::file) return CommandLine{Command::decode, std::move(words)};
    return std::unexpected(misplaced(first));
}

}  // namespace symline::tools
