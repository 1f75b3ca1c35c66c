#include "symline/missing_files.h"

#include <algorithm>
#include <span>
#include <unordered_set>
#include <utility>

#include "base/path.h"

namespace symline {
namespace {

/// A line that is longer is not read.
constexpr std::size_t kMaxNames = 200;
constexpr std::size_t kMaxModules = 8;

/// "vmlinux, module vfat, module xfs".
std::string names_of(const MissingFiles& missing) {
    std::string names;
    if (missing.vmlinux) names = "vmlinux";
    for (const std::string& module : missing.modules) {
        names += (names.empty() ? "module " : ", module ") + module;
        if (names.size() > kMaxNames) return names + ", ...";
    }
    return names;
}

/// Why no package is named.
std::string no_package(const DebugFileSource& source) {
    std::string text;
    if (!source.distribution.empty()) {
        text = "of " + source.distribution + " no package of debug files is known";
    } else if (source.remark.empty()) {
        text = "its release is of no distribution that is known";
    }
    if (!source.remark.empty()) text += (text.empty() ? "" : "; ") + source.remark;
    return text;
}

std::string from_server(const DebugFileSource& source, const std::optional<BuildId>& build_id) {
    const std::string variable = "DEBUGINFOD_URLS=" + source.server;
    if (!build_id) return "export " + variable + " (by build id, which the text lacks)";
    return variable + " debuginfod-find debuginfo " + build_id->hex();
}

std::string server_of(const DebugFileSource& source) {
    return "the debuginfod server of " + source.distribution;
}

/// " on Debian: apt-get install ..., or set DEBUGINFOD_URLS=..."
std::string by_command(const DebugFileSource& source) {
    std::string text = source.of_this_machine ? "" : " on " + source.distribution;
    text += ": " + source.command;
    if (!source.remark.empty()) text += ", " + source.remark;
    if (!source.server.empty()) text += ", or set DEBUGINFOD_URLS=" + source.server;
    return text;
}

/// In the words of the distribution that the release is of.
std::string advice(const MissingFiles& missing) {
    const DebugFileSource& source = missing.source;
    const bool with_modules = !missing.modules.empty();
    if (source.command.empty()) {
        return server_of(source) + " may have " + (with_modules ? "them: " : "it: ") +
               from_server(source, missing.build_id);
    }
    return (with_modules ? "to get them (out-of-tree modules aside)" : "to get it") +
           by_command(source);
}

/// "libc.so.6 (build id ..., package libc6 2.36-9)".
std::string name_of(const MissingModules::Missing& module) {
    std::string facts;
    const auto add = [&](std::string_view label, std::string_view text) {
        if (!facts.empty()) facts += ", ";
        (facts += label) += text;
    };
    if (!module.code_found) add("not found itself", "");
    add(module.build_id ? "build id " : "no build id",
        module.build_id ? module.build_id->hex() : "");
    if (module.package && !module.package->name.empty()) {
        add("package ", module.package->name);
        if (!module.package->version.empty()) (facts += ' ') += module.package->version;
    }
    return std::string(base::file_name(module.name)) + " (" + facts + ")";
}

/// Each once: a file may have been mapped by several names.
std::string names_of(const MissingModules& missing) {
    std::vector<std::string> names;
    std::unordered_set<std::string> seen;
    for (const auto& each : missing.modules) {
        auto name = name_of(each);
        if (seen.insert(name).second) names.push_back(std::move(name));
    }
    std::string text;
    for (const auto& name : std::span(names).first(std::min(names.size(), kMaxModules))) {
        text += (text.empty() ? "" : ", ") + name;
    }
    if (names.size() > kMaxModules) {
        text += " and " + std::to_string(names.size() - kMaxModules) + " more";
    }
    return text;
}

/// What debuginfod servers said: once, if they said the same of all.
std::string answers_of(const MissingModules& missing) {
    if (missing.offline) return "; no debuginfod server was asked (offline)";
    std::vector<std::pair<std::string_view, std::string>> answers;  // and the names
    for (const auto& each : missing.modules) {
        if (each.servers.empty()) continue;
        auto at = std::ranges::find(answers, each.servers, [](const auto& e) { return e.first; });
        if (at == answers.end()) at = answers.insert(at, {each.servers, {}});
        (at->second += at->second.empty() ? "" : ", ") += base::file_name(each.name);
    }
    std::string text;
    for (const auto& [answer, names] : answers) {
        (text += "; ") += answer;
        if (answers.size() > 1) text += " (" + names + ")";
    }
    return text;
}

std::string advice(const MissingModules& missing) {
    const DebugFileSource& source = missing.source;
    const bool several = missing.modules.size() > 1;
    if (!source.command.empty()) {
        const char* const what = !missing.source_has_all ? "to get those of packages"
                                 : several               ? "to get them"
                                                         : "to get it";
        return std::string("; ") + what + by_command(source);
    }
    if (source.server.empty()) return {};
    return "; " + server_of(source) + " may have " + (several ? "them" : "it") +
           ": set DEBUGINFOD_URLS=" + source.server;
}

}  // namespace

std::string describe(const MissingFiles& missing) {
    using Remedy = MissingFiles::Remedy;
    std::string text = "no debug file of " +
                       (missing.release.empty() ? "this kernel" : "kernel " + missing.release) +
                       ": " + names_of(missing);
    switch (missing.remedy) {
        case Remedy::source: return text + "; " + advice(missing);
        case Remedy::vmlinux: return text + "; " + no_package(missing.source);
        case Remedy::module_folder: return text + "; not among the files of this vmlinux";
        default: return text;
    }
}

std::string describe(const MissingModules& missing) {
    return "no debug file of " + names_of(missing) + advice(missing) + answers_of(missing);
}

}  // namespace symline
