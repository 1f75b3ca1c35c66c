// Answers addresses through the library's API, for tests/corpus/run. One question a line on
// standard input: FILE, SECTION (empty: the address is one of the file's own), ADDRESS in
// hexadecimal, parted by tabs. The answer: "= COUNT", then for each frame a line of linkage name
// (else name), the same demangled in GNU's form and in LLVM's, file and line. "! MESSAGE" when the
// question could not be asked.
#include <charconv>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include <symline/symline.h>

namespace {

using Modules = std::map<std::string, symline::Expected<symline::Module>, std::less<>>;

struct Question {
    std::string file;
    std::string section;
    std::uint64_t address = 0;
};

bool parse(std::string_view line, Question& question) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
        return false;
    }
    question.file = line.substr(0, first);
    question.section = line.substr(first + 1, second - first - 1);
    const std::string_view digits = line.substr(second + 1);
    const auto end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, question.address, 16);
    return result.ec == std::errc() && result.ptr == end;
}

symline::Expected<symline::FileAddress> place(const symline::Module& module,
                                              const Question& question) {
    if (question.section.empty()) {
        return symline::FileAddress{question.address};
    }
    const symline::Section* section = module.sections().named(question.section);
    if (section == nullptr) {
        return std::unexpected(
            symline::Error{symline::ErrorCode::no_such_section, question.file, question.section});
    }
    return module.sections().address_of(*section, question.address);
}

void print(const symline::Lookup& lookup) {
    std::cout << "= " << lookup.frames.size() << '\n';
    for (const symline::Frame& frame : lookup.frames) {
        const std::string_view name = frame.linkage_or_name();
        std::cout << name << '\t' << symline::demangle(name) << '\t'
                  << symline::demangle(name, symline::DemangleStyle::llvm) << '\t'
                  << frame.location.file << '\t' << frame.location.line << '\n';
    }
}

symline::Expected<symline::Lookup> answer(Modules& modules, const Question& question) {
    auto known = modules.find(question.file);
    if (known == modules.end()) {
        known = modules.emplace(question.file, symline::Module::open(question.file)).first;
    }
    if (!known->second) {
        return std::unexpected(known->second.error());
    }
    const auto address = place(*known->second, question);
    if (!address) {
        return std::unexpected(address.error());
    }
    return known->second->lookup(*address);
}

}  // namespace

int main() {
    Modules modules;
    std::string line;
    while (std::getline(std::cin, line)) {
        Question question;
        if (!parse(line, question)) {
            std::cout << "! not a question: " << line << '\n';
            continue;
        }
        const auto lookup = answer(modules, question);
        if (lookup) {
            print(*lookup);
        } else {
            std::cout << "! " << lookup.error().message << '\n';
        }
    }
}
