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
           "Usage: symline [decode] [FILE...]\n"
           "       symline COMMAND [OPTIONS] [FILE...]\n"
           "\n" +
           command_list() +
           "\n"
           "Options:\n"
           "  -h,--help     print this text and exit\n"
           "  -V,--version  print the version and exit\n";
}

Ending wrong(std::string problem) {
    std::string list = command_list();
    list.pop_back();  // what is said ends its last line itself
    return {{}, std::move(problem) + "\n" + list, 1};
}

enum class WordKind { file, folder, nothing };

/// "symline src" is no log.
WordKind kind_of(const std::string& word) {
    struct stat status{};
    if (word == "-") return WordKind::file;
    if (::stat(word.c_str(), &status) != 0) return WordKind::nothing;
    return S_ISDIR(status.st_mode) ? WordKind::folder : WordKind::file;
}

std::string_view without_dashes(std::string_view word) {
    return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

/// The option of "symline decode" that was meant, with its value.
std::string as_decode_option(const std::string& word) {
    const auto help = parse_decode({"--help"});
    if (help || !word.starts_with("--")) return word;
    const std::string_view text = help.error().out;
    std::vector<std::string_view> names;
    for (auto at = text.find("--"); at != text.npos; at = text.find("--", at + 2)) {
        const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
        names.push_back(text.substr(at, end - at));
    }
    const auto size = std::min(word.find('='), word.size());
    const auto nearest = nearest_word(std::string_view(word).substr(0, size), names);
    return nearest.empty() ? word : std::string(nearest) + word.substr(size);
}

/// An option before any command, or a word that is no command.
Ending misplaced(const std::string& word) {
    constexpr std::array<std::string_view, 6> kNames{"decode", "find", "index",
                                                     "core",   "help", "version"};
    if (word.starts_with('-')) {
        constexpr std::array<std::string_view, 2> kOptions{"--help", "--version"};
        const auto meant = did_you_mean(word, kOptions);
        if (!meant.empty()) return wrong("there is no option '" + word + "'" + meant);
        auto command = nearest_word(without_dashes(word), kNames);
        if (command.empty()) command = "decode";
        return wrong("'" + word + "': options stand after a command, as in 'symline " +
                     std::string(command) +
                     (command == "decode" ? " " + as_decode_option(word) : std::string()) + "'");
    }
    if (kind_of(word) == WordKind::folder) {
        const auto meant = did_you_mean(word, kNames);
        return wrong("'" + word + "' is a directory, neither a command nor a file" + meant);
    }
    return wrong("'" + word + "' is neither a command nor a file" + did_you_mean(word, kNames));
}

std::optional<Command> named(std::string_view word) {
    for (const Entry& each : kCommands) {
        if (each.name == word) return each.command;
    }
    return std::nullopt;
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
        return std::unexpected(Ending{"symline " SYMLINE_VERSION "\n", {}, 0});
    }
    if (kind_of(first) == WordKind::file) return CommandLine{Command::decode, std::move(words)};
    return std::unexpected(misplaced(first));
}

}  // namespace symline::tools
