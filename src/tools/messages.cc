#include "tools/messages.h"

namespace symline::tools {
namespace {

std::string in_quotes(std::string_view path) {
    return "'" + std::string(path) + "'";
}

}  // namespace

std::string message_of(const Error& error) {
    if (error.code == ErrorCode::no_index) return error.message + ": symline index makes one";
    return error.message;
}

std::string notice_line(const Notice& notice) {
    Notice shown = notice;
    shown.about.message = message_of(notice.about);
    return describe(shown);
}

std::string open_failure(const Error& error, std::string_view path) {
    switch (error.code) {
        case ErrorCode::not_found: return in_quotes(path) + ": No such file";
        case ErrorCode::is_directory: return "Warning: " + in_quotes(path) + " is a directory";
        case ErrorCode::not_a_file:
            return "Warning: " + in_quotes(path) + " is not an ordinary file";
        case ErrorCode::archive: return std::string(path) + ": cannot get addresses from archive";
        case ErrorCode::empty: return in_quotes(path) + ": the file is empty";
        case ErrorCode::not_elf: return std::string(path) + ": file format not recognized";
        case ErrorCode::truncated:
        case ErrorCode::malformed:
        case ErrorCode::unsupported:
            return std::string(path) + ": file format not recognized: " + error.message;
        default: return in_quotes(path) + ": " + message_of(error);
    }
}

std::string system_message(const Error& error) {
    switch (error.code) {
        case ErrorCode::not_found: return "No such file or directory";
        case ErrorCode::is_directory: return "Is a directory";
        case ErrorCode::empty:
        case ErrorCode::not_a_file:
        case ErrorCode::not_elf: return "The file was not recognized as a valid object file";
        default: return message_of(error);
    }
}

std::string damage(const Error& error, std::string_view path) {
    const std::string_view file = error.file.empty() ? path : std::string_view(error.file);
    return in_quotes(file) + ": " + error.message;
}

void explain_refusal(const Error& refused, Diagnostics& diagnostics) {
    diagnostics.say_once("debug file " + in_quotes(refused.file) + " not used: " + refused.message);
}

void explain_refusals(const Module& module, Diagnostics& diagnostics) {
    for (const Error& refused : module.files().refused()) explain_refusal(refused, diagnostics);
}

void explain_damage(const Module& module, Diagnostics& diagnostics) {
    if (const auto ignored = module.index().problem(); !ignored.empty()) {
        diagnostics.say_once(in_quotes(module.path()) +
                             ": its index is not used: " + std::string(ignored));
    }
    const auto problem = module.damage();
    if (problem.empty()) return;
    explain_refusals(module, diagnostics);
    diagnostics.say_once(in_quotes(module.files().debug_path()) + ": " + std::string(problem));
    explain_refusals(module, diagnostics);
}

void explain_unknown(const Module& module, Diagnostics& diagnostics) {
    explain_refusals(module, diagnostics);
    if (!module.files().debug_path().empty()) return;
    std::string line =
        in_quotes(module.path()) + ": no debug information in it, and no debug file found";
    if (const auto id = module.build_id()) line += " for build id " + id->hex();
    diagnostics.say_once(line);
}

}  // namespace symline::tools
